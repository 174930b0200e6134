from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from serve.app.reports import (
    MissingReportError,
    ReportError,
    read_behaviour,
    read_confusion,
    read_curve,
    read_drift,
    read_reliability,
    read_reported_version,
    read_results,
    read_study,
    read_tested_version,
)

REPORTS = Path(__file__).resolve().parents[3] / "reports"
# Every reader of one file, and the file.
READERS: dict[str, Callable[[Path], object]] = {
    "results.json": read_results,
    "export/bert.json": lambda reports: read_reported_version(reports, "bert"),
    "checklist/bert/metrics.json": lambda reports: read_tested_version(reports, "bert"),
    "evaluate/bert/confusion.csv": lambda reports: read_confusion(reports, "bert"),
    "evaluate/bert/reliability.csv": lambda reports: read_reliability(reports, "bert"),
    "checklist/bert/failure_rates.csv": lambda reports: read_behaviour(reports, "bert"),
    "adversarial_validation/auc.csv": read_drift,
    "learning_curve/learning_curve.csv": read_curve,
    "checklist/summary.json": lambda reports: read_study(reports, "checklist"),
}


@pytest.mark.parametrize("corpus", ["demo", "cryptolin"])
def test_what_the_stages_wrote_is_read_and_agrees_with_itself(corpus: str) -> None:
    reports = REPORTS / corpus
    for read in READERS.values():
        assert read(reports)
    counts = read_confusion(reports, "bert")
    total = sum(map(sum, counts))
    right = sum(counts[k][k] for k in range(3))
    assert right / total == pytest.approx(read_results(reports)["test"].figures["bert"].accuracy.value, abs=1e-5)
    assert sum(b.headlines for b in read_reliability(reports, "bert")) == total
    assert {point.model for point in read_curve(reports)} == {"bert", "tfidf"}
    assert all(
        test.failures / test.cases == pytest.approx(test.failure_rate) for test in read_behaviour(reports, "bert")
    )


@pytest.mark.parametrize("name", READERS)
def test_a_report_that_was_not_written_is_told_from_a_broken_one(tmp_path: Path, name: str) -> None:
    with pytest.raises(MissingReportError, match=str(tmp_path / name)):
        READERS[name](tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("results.json", '{"test": {"figures": {"bert": {"accuracy": {"value": "high"}}}}}', "accuracy.value"),
        ("results.json", '{"test": {"figures": {"bert": {"accuracy": {"value": NaN}}}}}', "accuracy.value"),
        ("results.json", '{"test": ', "Invalid JSON"),
        ("export/bert.json", '{"version": 3}', "version is 3"),
        ("evaluate/bert/confusion.csv", "actual,predicted\nNegative,Great\n", "Great"),
        ("evaluate/bert/confusion.csv", "a,b\nNegative,Neutral\n", "columns actual and predicted"),
        ("evaluate/bert/reliability.csv", "confidence,accuracy,headlines\n0.5,1.5,3\n", "0.accuracy"),
        ("evaluate/bert/reliability.csv", "confidence,accuracy,headlines\n", "no rows"),
        ("checklist/bert/failure_rates.csv", "test,capability,kind\na,b,XYZ\n", "0.kind"),
    ],
)
def test_a_malformed_report_is_named_with_what_is_wrong(tmp_path: Path, name: str, content: str, said: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ReportError, match=said) as caught:
        READERS[name](tmp_path)
    assert str(path) in str(caught.value)
    assert not isinstance(caught.value, MissingReportError)


@given(name=st.sampled_from(sorted(READERS)), content=st.binary(max_size=80) | st.text(max_size=80).map(str.encode))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
def test_whatever_a_file_holds_nothing_but_a_report_error_is_raised(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    try:
        READERS[name](tmp_path)
    except ReportError as error:
        assert str(path) in str(error)
