"""Try the model: a negation at work, many headlines from a paste or a file, and what cannot be scored."""

import csv
import io
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest
from playwright.sync_api import Page, expect

from serve.app.pages.predict import EXAMPLES

pytestmark = pytest.mark.slow
COINS = ("Bitcoin", "Ether", "Solana", "Litecoin", "Tron", "Cardano")


@pytest.fixture(scope="module")
def negating_artifact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tf-idf model that has learned that what does not fall is good news."""

    from barometer.card import write_artifact
    from barometer.models.base import Examples
    from barometer.models.tfidf import build
    from barometer.settings import BackboneSettings

    rows = [
        (text, label)
        for coin in COINS
        for price in ("60K", "50K", "40K")
        for text, label in (
            (f"{coin} falls below {price}", 0),
            (f"{coin} does fall below {price}", 0),
            (f"{coin} does not fall below {price}", 2),
            (f"{coin} does not trade below {price}", 2),
            (f"{coin} guide for {price}", 1),
        )
    ]
    examples = Examples([text for text, _ in rows], np.eye(3)[[label for _, label in rows]], np.ones(len(rows)))
    settings = {"word_ngrams": [1, 2], "char_ngrams": [2, 3], "min_count": 2, "C": 10.0, "auxiliary_weight": 0.0}
    model = build(settings, BackboneSettings(name="none", source="none", max_length=32), 0)
    model.fit(examples, examples)
    files = model.export((1.0, 1.0), tmp_path_factory.mktemp("graph"))
    folder = tmp_path_factory.mktemp("artifacts") / "negating"
    write_artifact(
        folder,
        files,
        name="tfidf",
        model_input="text",
        max_length=None,
        precision="fp32",
        calibration={"method": "temperature", "temperature": 1.0},
        metrics={},
        parity={},
        data_version="d",
        code_version="c",
    )
    return folder


@pytest.fixture(scope="module")
def negating_app(
    start_app: Callable[..., object], seeded: Callable[..., str], negating_artifact: Path
) -> Iterator[str]:
    with start_app(model=negating_artifact, database_url=seeded()) as address:  # type: ignore[attr-defined]
        yield address


@pytest.fixture
def predict(open_page: Callable[..., Page], negating_app: str) -> Page:
    page = open_page(f"{negating_app}/?tab=predict")
    expect(page.locator(".p-class")).to_have_text("Negative")
    return page


def rows_of(content: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content)))


def saved(page: Page) -> str:
    with page.expect_download() as download:
        page.get_by_role("link", name="Download CSV").click()
    assert download.value.suggested_filename == "predictions.csv"
    return download.value.path().read_text(encoding="utf-8")


def test_negation_changes_the_class(predict: Page) -> None:
    fell, held = EXAMPLES[:2]
    expect(predict.locator("#predict-one input")).to_have_value(fell)
    predict.get_by_role("button", name=held).click()
    expect(predict.locator(".p-class")).to_have_text("Positive")
    expect(predict.locator("#predict-one input")).to_have_value(held)
    expect(predict.locator(".p-without")).to_contain_text("Without not it would be Negative")
    expect(predict.locator(".p-word > span")).to_have_text(held.split())
    expect(predict.locator(".p-for", has_text="not")).to_be_visible()


def test_enter_predicts_and_matches_the_api(predict: Page, negating_app: str) -> None:
    text = "Tron does not trade below 40K"
    predict.locator("#predict-one input").fill(text)
    predict.locator("#predict-one input").press("Enter")
    expect(predict.locator(".p-word > span").first).to_have_text("Tron")
    answer = httpx.post(f"{negating_app}/gradio_api/run/predict", json={"data": [text]}).json()["data"][0]
    assert answer["label"] == predict.locator(".p-class").inner_text() == "Positive"
    shown = [int(number.rstrip("%")) for number in predict.locator(".p-answer .s-row b").all_inner_texts()]
    assert shown == pytest.approx([100 * answer[name] for name in ("negative", "neutral", "positive")], abs=1)
    not_word = answer["words"][2]
    assert (not_word["word"], not_word["start"], not_word["end"]) == ("not", 10, 13) and not_word["positive"] > 0


@pytest.mark.parametrize(
    ("name", "given", "told"),
    [
        ("predict", [""], "A title should have at least 1 character"),
        ("predict", [None], "A title should be a valid string"),
        ("predict_many", [["x"] * 257], "There are 257 headlines; the limit is 256"),
        ("predict_many", ["no list"], "Send a list of titles"),
    ],
)
def test_programs_are_told_what_is_wrong(negating_app: str, name: str, given: list[object], told: str) -> None:
    answer = httpx.post(f"{negating_app}/gradio_api/run/{name}", json={"data": given})
    assert answer.status_code == 500 and answer.json()["error"] == told


def test_pasted_headlines_are_listed_and_saved(predict: Page) -> None:
    predict.get_by_label("Headlines, one per line").fill("Ether falls below 50K\n\n<b>Tron</b> does not fall below 40K")
    predict.get_by_role("button", name="Predict all").click()
    results = predict.locator("#predict-results")
    expect(results.get_by_role("status")).to_contain_text("2 headlines: 1 negative, 0 neutral, 1 positive")
    expect(results.get_by_role("rowheader")).to_have_text(
        ["Ether falls below 50K", "<b>Tron</b> does not fall below 40K"]
    )
    rows = rows_of(saved(predict))
    assert [row["label"] for row in rows] == ["Negative", "Positive"]
    for row in rows:
        assert float(row["negative"]) + float(row["neutral"]) + float(row["positive"]) == pytest.approx(1, abs=2e-6)


def test_saved_file_round_trips(predict: Page) -> None:
    content = '\ufeffid,title\r\n1,=1+1 falls below\r\n2,"Ether, ""the"" guide für 60K"\r\n'
    upload = predict.locator("#predict-actions input[type=file]")
    upload.set_input_files({"name": "a.csv", "mimeType": "text/csv", "buffer": content.encode()})
    expect(predict.locator("#predict-results tbody tr")).to_have_count(2)
    first = saved(predict)
    assert [row["text"] for row in rows_of(first)] == ["'=1+1 falls below", 'Ether, "the" guide für 60K']
    upload.set_input_files({"name": "b.csv", "mimeType": "text/csv", "buffer": b"text\nx\n"})
    expect(predict.locator("#predict-results tbody tr")).to_have_count(1)
    upload.set_input_files({"name": "c.csv", "mimeType": "text/csv", "buffer": first.encode()})
    expect(predict.locator("#predict-results tbody tr")).to_have_count(2)
    assert saved(predict) == first


def test_unusable_input_is_reported_with_place(predict: Page) -> None:
    upload = predict.locator("#predict-actions input[type=file]")
    upload.set_input_files({"name": "a.csv", "mimeType": "text/csv", "buffer": b"id,text\n1,a\n2,\n"})
    results = predict.locator("#predict-results")
    expect(results).to_contain_text("Row 3, column 2: a title should have at least 1 character.")
    predict.get_by_label("Headlines, one per line").fill("x\n" * 257)
    predict.get_by_role("button", name="Predict all").click()
    expect(results).to_contain_text("There are 257 headlines; the limit is 256.")
    predict.locator("#predict-one input").fill(" ")
    predict.locator("#predict-one input").press("Enter")
    expect(predict.locator("#predict-answer")).to_contain_text("A title should have at least 1 character.")


def test_missing_model_is_reported(
    open_page: Callable[..., Page], start_app: Callable[..., object], seeded: Callable[..., str]
) -> None:
    with start_app(database_url=seeded()) as address:  # type: ignore[attr-defined]
        page = open_page(f"{address}/?tab=predict")
        expect(page.locator("#predict-answer").get_by_role("alert")).to_contain_text("No model is loaded yet")
        page.close()


def test_phone_needs_no_sideways_scrolling(open_page: Callable[..., Page], negating_app: str) -> None:
    page = open_page(f"{negating_app}/?tab=predict", width=390, dark=True)
    page.locator("#predict-one input").fill("W" * 90 + " does not fall below 60K")
    page.locator("#predict-one input").press("Enter")
    expect(page.locator(".p-word")).to_have_count(6)
    page.get_by_text("Effect of each word in numbers").click()
    page.get_by_label("Headlines, one per line").fill("W" * 300)
    page.get_by_role("button", name="Predict all").click()
    expect(page.locator("#predict-results tbody tr")).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
