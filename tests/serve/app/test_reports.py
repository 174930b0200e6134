from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from serve.app.reports import MissingReportError, ReportError, Reports

REPORTS = Path(__file__).resolve().parents[3] / "reports"
# Every reader of one file, and the file.
READERS: dict[str, Callable[[Reports], object]] = {
    "results.json": Reports.results,
    "export/bert.json": Reports.exported_version,
    "checklist/bert/metrics.json": Reports.tested_version,
    "evaluate/bert/confusion.csv": Reports.confusion,
    "evaluate/bert/reliability.csv": Reports.reliability,
    "checklist/bert/failure_rates.csv": Reports.behaviour,
    "adversarial_validation/auc.csv": Reports.drift,
    "learning_curve/learning_curve.csv": Reports.curve,
    "checklist/summary.json": lambda reports: reports.study("checklist"),
}


@pytest.mark.parametrize("corpus", ["demo", "cryptolin"])
def test_committed_reports_are_consistent(corpus: str) -> None:
    reports = Reports(REPORTS / corpus, "bert")
    for read in READERS.values():
        assert read(reports)
    counts = reports.confusion()
    total = sum(map(sum, counts))
    right = sum(counts[k][k] for k in range(3))
    assert right / total == pytest.approx(reports.results()["test"].figures["bert"].accuracy.value, abs=1e-5)
    assert sum(b.headlines for b in reports.reliability()) == total
    assert {point.model for point in reports.curve()} == {"bert", "tfidf"}
    assert all(test.failures / test.cases == pytest.approx(test.failure_rate) for test in reports.behaviour())


@pytest.mark.parametrize("name", READERS)
def test_missing_report_is_distinguished(tmp_path: Path, name: str) -> None:
    with pytest.raises(MissingReportError, match=str(tmp_path / name)):
        READERS[name](Reports(tmp_path, "bert"))


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("results.json", '{"test": {"figures": {"bert": {"accuracy": {"value": "high"}}}}}', "accuracy.value"),
        ("results.json", '{"test": {"figures": {"bert": {"accuracy": {"value": NaN}}}}}', "accuracy.value"),
        ("results.json", '{"test": ', "Invalid JSON"),
        ("export/bert.json", '{"version": 3}', "version: Input should be a valid string"),
        ("evaluate/bert/confusion.csv", "actual,predicted\nNegative,Great\n", "Great"),
        ("evaluate/bert/confusion.csv", "a,b\nNegative,Neutral\n", "0.actual: Field required"),
        ("evaluate/bert/reliability.csv", "confidence,accuracy,headlines\n0.5,1.5,3\n", "0.accuracy"),
        ("evaluate/bert/reliability.csv", "confidence,accuracy,headlines\n", "no rows"),
        ("checklist/bert/failure_rates.csv", "test,capability,kind\na,b,XYZ\n", "0.kind"),
    ],
)
def test_malformed_report_is_named(tmp_path: Path, name: str, content: str, said: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ReportError, match=said) as caught:
        READERS[name](Reports(tmp_path, "bert"))
    assert str(path) in str(caught.value)
    assert not isinstance(caught.value, MissingReportError)


@given(name=st.sampled_from(sorted(READERS)), content=st.binary(max_size=80) | st.text(max_size=80).map(str.encode))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
def test_any_content_parses_or_fails(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    try:
        READERS[name](Reports(tmp_path, "bert"))
    except ReportError as error:
        assert str(path) in str(error)
