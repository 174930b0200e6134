# Every target sets up what it needs; `make` lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP_INSTALL := $(BIN)/python -m pip install --quiet --constraint constraints.txt
# A wheel of checklist, which no index has; made beside the installation of the rest.
CHECKLIST := build/checklist
INSTALL_CHECKLIST := $(PIP_INSTALL) --no-deps $(CHECKLIST)/*.whl
RUN := PATH="$(CURDIR)/$(BIN):$$PATH"
# One process more than cores (tests/conftest.py), of one thread each; the tests of a file share their fixtures, and the
# longest files go first.
PYTEST := $(RUN) OMP_NUM_THREADS=1 python -m pytest -n auto --dist loadfile --no-loadscope-reorder
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export HYDRA_FULL_ERROR := 1

.DEFAULT_GOAL := help
.PHONY: help demo stop test test-long test-deploy check repro bench params screenshots space pull clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-11s %s\n", $$1, $$2}'

demo: $(VENV)/.demo ## train and ship a model on the demo corpus, crawl and score sample news, open the app
	@$(RUN) bash scripts/demo.sh

stop: ## close the app that the demo opened
	@bash scripts/demo_app.sh stop

test: ## lint, types, import rules and the test suite; installs a browser if there is none
	@$(MAKE) --no-print-directory $(BIN)/python # first, or the longest installation begins last
	@$(MAKE) --no-print-directory --jobs 2 $(VENV)/.dev label-studio
	@$(MAKE) --no-print-directory pull
	@$(RUN) python -m scripts.browser
	@$(MAKE) --no-print-directory --jobs 2 lint suite

.PHONY: suite label-studio
suite:
	$(PYTEST) -m "not long"

label-studio: # in an environment of its own; where it cannot be installed, its tests are skipped and say so
	@test -n "$$BAROMETER_LABEL_STUDIO" || $(PYTHON) -m scripts.label_studio || true

test-long: $(VENV)/.dev label-studio ## what takes minutes each: the human loop, killed workers, a killed cluster
	$(PYTEST) -m long

test-deploy: $(VENV)/.dev ## start every service of the compose file in a Debian root, without an engine (root, debootstrap)
	@test "$$(id -u)" = 0 && command -v debootstrap > /dev/null || { echo "run it as root, with debootstrap installed"; exit 1; }
	$(RUN) python -m pytest tests/deploy

check: $(VENV)/.dev ## the quick gate: lint, types, import rules, unit tests
	$(MAKE) --no-print-directory lint
	$(PYTEST) -m "not slow and not real_data and not long"

.PHONY: lint
lint: $(VENV)/.dev
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(RUN) mypy
	$(RUN) lint-imports

repro: $(VENV)/.experiments pull ## run every stage that is out of date, cross-validation and studies included
	$(RUN) dvc repro

bench: $(VENV)/.dev ## measure models, store, crawler, APIs, app, annotation and archives (after `make demo`)
	$(RUN) python -m scripts.bench
	$(RUN) python -m scripts.bench_store
	$(RUN) python -m scripts.bench_crawl
	$(RUN) python -m scripts.bench_api --other outputs/artifacts/fp32/bert
	$(RUN) python -m scripts.bench_slowloris
	$(RUN) python -m scripts.bench_app
	$(RUN) python -m scripts.bench_flood
	$(RUN) python -m scripts.bench_annotation
	$(RUN) python -m scripts.bench_archive
	$(RUN) python -m scripts.bench_history

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
	rm -rf $(VENV) outputs build mlflow.db* mlruns .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; set PYTHON=..."; exit 1; }
	@echo "creating $(VENV)"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.train: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "installing the pinned dependencies of the research pipeline (some minutes, once)"
	@$(PIP_INSTALL) --editable '.[train]'
	@touch $@

$(VENV)/.demo: $(VENV)/.train
	@echo "installing what the crawler, the schedule, the APIs and the app need"
	@$(PIP_INSTALL) --editable '.[train,live,flows,serve,app,mcp]'
	@touch $@

$(CHECKLIST)/.made: scripts/checklist_wheel.sh
	@bash $< $(PYTHON) $(@D)
	@touch $@

$(VENV)/.experiments: $(VENV)/.train $(CHECKLIST)/.made
	@echo "installing what the studies need"
	@$(PIP_INSTALL) --editable '.[train,experiments,live]'
	@$(INSTALL_CHECKLIST)
	@touch $@

# All at once: each installation works out anew what fits together, and pip alone would compile on one core.
$(VENV)/.packages: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "installing what the program, the checks and the tests need (some minutes, once)"
	@$(PIP_INSTALL) --no-compile --editable '.[train,experiments,live,flows,serve,app,mcp,scale,alerts,hub,dev]'
	@$(BIN)/python -m compileall -qq -j 0 -x '/tests?/|transformers/models/|torch/testing/' $(VENV)/lib || true
	@touch $@

$(VENV)/.dev: $(VENV)/.packages $(CHECKLIST)/.made
	@$(INSTALL_CHECKLIST)
	@touch $(VENV)/.train $(VENV)/.demo $(VENV)/.experiments $@
