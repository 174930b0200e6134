"""Sets the behavioural tests of both models side by side: `python -m pipelines.studies.checklist.compare`."""

from collections.abc import Mapping
from dataclasses import asdict, replace

import pandas as pd

from barometer.checks.gap import Gap, failure_gap, paired_p_values
from barometer.checks.settings import ChecklistSettings
from pipelines.studies.checklist.figures import plot_failure_rates
from pipelines.studies.checklist.page import checklist_page
from pipelines.studies.checklist.run import NAME
from pipelines.studies.checklist.tables import MODELS, Comparison
from pipelines.studies.study import Study, open_study
from pipelines.tables import read_table

Cases = Mapping[str, pd.DataFrame]
_CASE = ["test", "capability", "kind", "expected", "source", "original", "text"]


def same_cases(cases: Cases) -> None:
    """Make sure that the models were given the same cases.

    Raises:
        ValueError: if not; one stage was run with other parameters.
    """
    first, *others = (table[_CASE].reset_index(drop=True) for table in cases.values())
    if not all(first.equals(other) for other in others):
        raise ValueError(f"the cases of {' and '.join(cases)} differ; run `dvc repro {NAME}` to make them anew")


def negation_gap(cases: Cases, study: Study[ChecklistSettings]) -> Gap:
    """How much less BERT fails than tf-idf on the minimum functionality tests of negation."""
    tfidf, bert = (cases[name].query("capability == 'Negation' and kind == 'MFT'") for name in ("tfidf", "bert"))
    return failure_gap(
        tfidf["test"].to_numpy(dtype=str),
        tfidf["source"].to_numpy(dtype=str),
        tfidf["failed"].to_numpy(dtype=bool),
        bert["failed"].to_numpy(dtype=bool),
        study.rng(),
        study.params.bootstrap_samples,
    )


def rates_side_by_side(cases: Cases) -> pd.DataFrame:
    """One row a test: what `Comparison.rates` holds."""
    first, second = (cases[name] for name in MODELS)
    failed = first[["test", "capability", "kind", "expected"]].assign(
        cases=1,
        tfidf=first["failed"],
        bert=second["failed"],
        tfidf_only=first["failed"] * (1 - second["failed"]),
        bert_only=second["failed"] * (1 - first["failed"]),
    )
    table = failed.groupby(["test", "capability", "kind", "expected"], sort=False).sum().reset_index()
    return table.assign(p_value=paired_p_values(table["tfidf_only"].tolist(), table["bert_only"].tolist()))


def metrics(found: Comparison) -> dict[str, object]:
    """Numbers for `dvc metrics` and MLflow."""
    return {
        "negation_gap": asdict(found.gap),
        "failure_rate": {
            name: {
                "minimum_functionality": found.mean_rate(name, "MFT").value,
                "invariance": found.mean_rate(name, "INV").value,
                "direction": found.mean_rate(name, "DIR").value,
                "negation": found.mean_rate(name, "MFT", "Negation").value,
            }
            for name in MODELS
        },
        "tests_passed_better": {name: len(found.better_on(name)) for name in MODELS},
    }


def main() -> None:
    """Run the stage."""
    study = replace(open_study(NAME, ChecklistSettings), target="compare_checklists")
    cases = {name: read_table(study.private(f"{name}/cases.csv")) for name in MODELS}
    same_cases(cases)
    found = Comparison(
        rates=rates_side_by_side(cases),
        cases=cases,
        gap=negation_gap(cases, study),
        maximum=study.params.minimum_functionality,
        worst_examples=study.params.worst_examples,
        real_titles=study.settings.corpus.name == "demo",
    )
    study.write_metrics(metrics(found))
    study.write_curve("failure_rates.csv", found.rates.round({"p_value": 6}))
    plot_failure_rates(study.folder / "failure_rates.png", found)
    study.write_page(checklist_page(found))


if __name__ == "__main__":
    main()
