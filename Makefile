# Every target sets up what it needs; `make` lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP_INSTALL := $(BIN)/python -m pip install --quiet --constraint constraints.txt --editable
RUN := PATH="$(CURDIR)/$(BIN):$$PATH"
# One process per core with one thread each; the tests of a file share their fixtures.
PYTEST := $(RUN) OMP_NUM_THREADS=1 python -m pytest -n auto --dist loadfile
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export HYDRA_FULL_ERROR := 1

.DEFAULT_GOAL := help
.PHONY: help demo stop test check repro bench params screenshots space pull clean

help: ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-11s %s\n", $$1, $$2}'

demo: $(VENV)/.demo ## train and ship a model on the demo corpus, crawl and score sample news, open the app
	@$(RUN) bash scripts/demo.sh

stop: ## close the app that the demo opened
	@bash scripts/demo_app.sh stop

test: $(VENV)/.dev pull ## lint, types, import rules and the whole test suite; installs a browser if there is none
	$(MAKE) --no-print-directory lint
	@$(RUN) python -m scripts.browser
	$(PYTEST)

check: $(VENV)/.dev ## the quick gate: lint, types, import rules, unit tests
	$(MAKE) --no-print-directory lint
	$(PYTEST) -m "not slow and not real_data"

.PHONY: lint
lint: $(VENV)/.dev
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(RUN) mypy
	$(RUN) lint-imports

repro: $(VENV)/.experiments pull ## run every stage that is out of date, cross-validation and studies included
	$(RUN) dvc repro

bench: $(VENV)/.dev ## measure models, store, crawler, APIs, app and archives, side by side (after `make demo`)
	$(RUN) python -m scripts.bench
	$(RUN) python -m scripts.bench_store
	$(RUN) python -m scripts.bench_crawl
	$(RUN) python -m scripts.bench_api --other outputs/artifacts/fp32/bert
	$(RUN) python -m scripts.bench_slowloris
	$(RUN) python -m scripts.bench_app
	$(RUN) python -m scripts.bench_flood
	$(RUN) python -m scripts.bench_archive

screenshots: $(VENV)/.dev ## photograph the app for reports/screenshots (after `make demo`)
	$(RUN) python -m scripts.screenshots

space: $(VENV)/.demo ## build a Hugging Face Space in outputs/space, with the news of the store NEWS=FILE (the demo's)
	$(RUN) barometer space build --database $(or $(NEWS),outputs/demo/barometer.db)

params: $(VENV)/.train ## compose conf/ into params.yaml
	$(RUN) python -m pipelines.compose

pull: $(VENV)/.train ## fetch the demo corpus and the released model from the DVC remote inside the repository
	@$(RUN) sh -c 'test -d data || dvc pull --quiet data.dvc'
	@$(RUN) sh -c 'test -d models/fast || dvc pull --quiet models/fast.dvc'
	@$(RUN) sh -c 'test -f models/teacher/probabilities.csv || dvc pull --quiet teach'

clean: ## remove the environment and all outputs of stages (raw corpora and the DVC cache stay)
	rm -rf $(VENV) outputs build mlflow.db mlruns .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; set PYTHON=..."; exit 1; }
	@echo "creating $(VENV)"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.train: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "installing the pinned dependencies of the research pipeline (some minutes, once)"
	@$(PIP_INSTALL) '.[train]'
	@touch $@

$(VENV)/.demo: $(VENV)/.train
	@echo "installing what the crawler, the schedule, the APIs and the app need"
	@$(PIP_INSTALL) '.[train,live,flows,serve,app]'
	@touch $@

$(VENV)/.experiments: $(VENV)/.train scripts/install_checklist.sh
	@echo "installing what the studies need"
	@$(PIP_INSTALL) '.[train,experiments,live]'
	@bash scripts/install_checklist.sh $(BIN)/python
	@touch $@

$(VENV)/.dev: $(VENV)/.experiments
	@echo "installing what the checks and tests need"
	@$(PIP_INSTALL) '.[train,experiments,live,flows,serve,app,scale,dev]'
	@touch $@
