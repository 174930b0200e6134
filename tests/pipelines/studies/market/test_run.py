"""The market stage: what it refuses before it scores, and a whole run on a small corpus."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from barometer.corpus.split import Split
from barometer.settings import CorpusSettings, SettingsError
from pipelines.compose import compose_params
from pipelines.studies.market import run as stage
from pipelines.studies.market.methods.periods import MarketSettings
from pipelines.studies.report import write_report

ROOT = Path(__file__).resolve().parents[4]
SPLIT = Split([1], [2], [], [], [], [3], {}, {}, {}, 0)


def params(**changes: Any) -> MarketSettings:
    values = yaml.safe_load((ROOT / "params.yaml").read_text())["experiment"]["market"]
    return MarketSettings.model_validate(values | changes)


def headlines(dates: list[str], corpus: str = "demo") -> pd.DataFrame:
    ids = list(range(1, len(dates) + 1))
    table = pd.DataFrame({"id": ids, "text": "Bitcoin moves", "date": dates, "corpus": corpus})
    return table.set_index("id", drop=False)


def flat_market(days: pd.DatetimeIndex) -> pd.DataFrame:
    return pd.DataFrame({"price": np.arange(1.0, len(days) + 1), "fear_greed": 50.0}, days)


def test_a_missing_market_is_named() -> None:
    settings = CorpusSettings(
        name="x", path="data/x", yardsticks=[], auxiliary=[], evaluation=[], unlabelled=[], market="no/where",
        label_values="auto", max_bad_share=0.01,
    )  # fmt: skip
    with pytest.raises(
        SettingsError, match=r"corpus\.market = 'no/where': no file .*btc_daily\.csv; barometer fetch market"
    ):
        stage.open_market(settings)


def test_training_headlines_are_left_out() -> None:
    table = headlines(["2024-01-01T23:30:00Z"] * 5)
    assert stage.choose_headlines(table, SPLIT, params()).index.tolist() == [4, 5]
    kept = stage.choose_headlines(table, SPLIT, params(trained="keep"))
    assert kept.index.tolist() == [1, 2, 3, 4, 5]
    assert kept["day"].tolist() == [pd.Timestamp("2024-01-01")] * 5


def test_undated_headlines_do_not_count() -> None:
    table = headlines(["", "", "", "2024-01-01T00:00:00Z", "2024-02-01T00:00:00Z", ""])
    chosen = stage.choose_headlines(table, SPLIT, params(periods=[{"since": "2024-01-15", "until": "2024-02-01"}]))
    assert chosen.index.tolist() == [5]


@pytest.mark.parametrize(
    ("table", "changes", "message"),
    [
        (headlines([""] * 6), {}, r"corpora = \['demo'\]: no headline there has a date"),
        (
            headlines(["2024-01-01T00:00:00Z"] * 6),
            {"corpora": ["demo", "moon"]},
            r"corpora = .*: not at hand: moon; expected some of demo",
        ),
        (
            headlines(["2024-01-01T00:00:00Z"] * 6),
            {"periods": [{"since": "2020-01-01", "until": "2020-02-01"}]},
            r"periods = .*2020, 1, 1.*no headline that counts lies in them",
        ),
    ],
)
def test_missing_headlines_name_the_key(table: pd.DataFrame, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError, match=rf"experiment\.market\.{message}"):
        stage.choose_headlines(table, SPLIT, params(**changes))


def test_too_few_days_stop_early() -> None:
    days = pd.date_range("2024-01-01", periods=80)
    rows, market = pd.DataFrame({"day": days.repeat(2)}), flat_market(days)
    stage.check_reach(rows, market, params(min_headlines=2))
    with pytest.raises(
        SettingsError, match=r"experiment\.market\.min_headlines = 3: only 0 days .* at least 60 are needed"
    ):
        stage.check_reach(rows, market, params(min_headlines=3))
    with pytest.raises(SettingsError, match=r"min_headlines = 1: only 19 days have as many headlines and a market"):
        stage.check_reach(rows, market[:20], params(min_headlines=1))
    apart = pd.date_range("2024-01-01", periods=80, freq="2D")
    wide = flat_market(pd.date_range("2023-12-01", periods=300))
    with pytest.raises(SettingsError, match=r"min_headlines = 1: only 0 days follow one that counts as well"):
        stage.check_reach(pd.DataFrame({"day": apart}), wide, params(min_headlines=1))
    with pytest.raises(SettingsError, match=r"experiment\.market\.mean_block = 90: longer than the 79 days"):
        stage.check_reach(rows, market, params(mean_block=90))


@pytest.mark.slow
def test_runs_are_reproducible(in_folder: Path, tfidf_artifact: Path, headlines: list[tuple[str, int]]) -> None:
    from scripts.simulate_demo import write_market

    compose_params(ROOT / "conf", in_folder / "params.yaml", ["experiment.market.resamples=100"])
    days = np.repeat(pd.date_range("2024-01-01", periods=len(headlines) // 2).strftime("%Y-%m-%d"), 2)
    table = pd.DataFrame(headlines[: len(days)], columns=["text", "label"]).assign(date=days)
    key = in_folder / "data" / "demo" / "key"
    key.mkdir(parents=True)
    table.to_csv(key / "headlines.csv", index=False)
    write_market(key.parent)
    write_inputs(in_folder / "outputs", table, tfidf_artifact)
    run()
    folder = in_folder / "reports" / "demo" / "market"
    first = {path.name: path.read_bytes() for path in folder.iterdir()}
    expected = {
        "correlations.csv",
        "fear_greed.csv",
        "lags.png",
        "market.png",
        "metrics.json",
        "report.md",
        "returns.csv",
    }
    assert set(first) == expected | {"run.json", "summary.json"}
    assert set(json.loads(first["metrics.json"])["level_return"]) >= {"same_time", "strongest_lag", "band", "p_holm"}
    assert len(pd.read_csv(folder / "returns.csv")) == 15
    assert "This market is **simulated**" in first["report.md"].decode()
    assert not any(text in first["report.md"].decode() for text, _ in headlines)
    run()
    same = expected - {"report.md"}
    assert {name: (folder / name).read_bytes() for name in same} == {name: first[name] for name in same}
    daily = pd.read_csv(in_folder / "outputs" / "studies" / "market" / "daily.csv")
    assert daily["headlines"].sum() == len(table)


def run() -> None:
    stage.main()
    write_report(stage.NAME, "demo")


def write_inputs(outputs: Path, table: pd.DataFrame, artifact: Path) -> None:
    """All headlines unlabelled, an empty table of labels and a split of nothing."""
    columns = {"id": range(len(table)), "source": "x.example", "corpus": "demo", "role": "train"}
    rows = table.assign(**columns, date=table["date"] + "T00:00:00Z")[
        ["id", "text", "source", "date", "corpus", "role"]
    ]
    (outputs / "ingest").mkdir(parents=True)
    (outputs / "labels").mkdir()
    rows.to_csv(outputs / "ingest" / "unlabelled.csv", index=False)
    rows[:0].assign(label=[]).to_csv(outputs / "labels" / "labelled.csv", index=False)
    split = Split([], [], [], [], [], [], {}, {}, {}, 0)
    (outputs / "split.json").write_text(json.dumps(split.to_json()))
    shutil.copytree(artifact, outputs / "artifacts" / "bert")
