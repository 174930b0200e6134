"""The predictor: light imports, probabilities that belong to one text, and sharing between threads."""

import itertools
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from barometer.card import MODEL, TOKENIZER, ArtifactError, read_card, write_artifact
from barometer.predictor import Predictor
from barometer.runtimes import installed

HEAVY = ("openvino", "torch", "transformers", "sklearn", "pandas", "scipy", "pydantic", "mlflow")
PREDICT = """
import sys
from pathlib import Path
from barometer.predictor import Predictor
print(Predictor.load(Path(sys.argv[1]), runtime="onnxruntime").predict_proba(["Bitcoin surges"]).shape)
print([name for name in sys.argv[2:] if name in sys.modules])
"""

artifacts = pytest.mark.parametrize("artifact", ["tiny_artifact", "int8_artifact", "tfidf_artifact"])
runtimes = pytest.mark.parametrize("runtime", ["onnxruntime", "openvino"])


@pytest.fixture
def predictor(artifact: str, request: pytest.FixtureRequest) -> Predictor:
    return Predictor.load(request.getfixturevalue(artifact), threads=3)


@pytest.fixture
def running(artifact: str, runtime: str, request: pytest.FixtureRequest) -> Predictor:
    """A predictor in a runtime of choice."""
    if runtime not in installed():
        pytest.skip(f"{runtime} is not installed")
    return Predictor.load(request.getfixturevalue(artifact), threads=2, runtime=runtime)


@pytest.fixture
def texts(headlines: list[tuple[str, int]]) -> list[str]:
    odd = ["", "?!", "Биткоин 🚀", "Bitcoin crashes " * 100]
    return [*odd, *(text for text, _ in headlines[:60])]


@artifacts
def test_predicting_imports_nothing_heavy(artifact: str, request: pytest.FixtureRequest) -> None:
    command = [sys.executable, "-c", PREDICT, str(request.getfixturevalue(artifact)), *HEAVY]
    output = subprocess.check_output(command, text=True).splitlines()
    assert output == ["(1, 3)", "[]"]


@artifacts
def test_rows_are_probabilities(predictor: Predictor, texts: list[str]) -> None:
    rows = predictor.predict_proba(texts)
    assert rows.shape == (len(texts), 3)
    assert rows.min() >= 0
    np.testing.assert_allclose(rows.sum(axis=1), 1, atol=1e-5)


@artifacts
def test_a_text_is_independent_of_neighbours(predictor: Predictor, texts: list[str]) -> None:
    together = predictor.predict_proba(texts)
    backwards = predictor.predict_proba(texts[::-1])[::-1]
    alone = np.concatenate([predictor.predict_proba([text]) for text in texts])
    np.testing.assert_allclose(together, alone, atol=1e-5)
    np.testing.assert_allclose(together, backwards, atol=1e-5)


@artifacts
@runtimes
@given(data=st.data())
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_partition_gives_the_same(running: Predictor, texts: list[str], data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(len(texts))))
    cuts = sorted(data.draw(st.sets(st.integers(1, len(texts) - 1), max_size=6)))
    parts = [order[a:b] for a, b in itertools.pairwise([0, *cuts, len(order)])]
    expected = running.score(texts)
    for part in parts:
        found = running.score([texts[i] for i in part])
        np.testing.assert_allclose(found.probabilities, expected.probabilities[part], atol=1e-4)
        np.testing.assert_allclose(found.news, expected.news[part], atol=1e-4)


def test_without_fixed_ranges_texts_score_alone(tiny_artifact: Path, texts: list[str], tmp_path: Path) -> None:
    from onnxruntime.quantization import QuantType, quantize_dynamic

    graph = tmp_path / "dynamic.onnx"
    quantize_dynamic(str(tiny_artifact / MODEL), str(graph), weight_type=QuantType.QInt8)
    card = read_card(tiny_artifact)
    shared = {"name": card.name, "model_input": "tokens", "max_length": 32, "calibration": card.calibration,
              "metrics": {}, "data_version": "d", "code_version": "c"}  # fmt: skip
    files = {MODEL: graph, TOKENIZER: tiny_artifact / TOKENIZER}
    write_artifact(tmp_path / "artifact", files, precision="int8", parity={}, **shared)
    predictor = Predictor.load(tmp_path / "artifact", runtime="onnxruntime")
    alone = np.concatenate([predictor.predict_proba([text]) for text in texts])
    np.testing.assert_allclose(predictor.predict_proba(texts), alone, atol=1e-6)
    write_artifact(tmp_path / "artifact", files, precision="int8", parity={"ranges": "static"}, **shared)
    batched = Predictor.load(tmp_path / "artifact", runtime="onnxruntime").predict_proba(texts)
    assert np.abs(batched - alone).max() > 1e-4


@artifacts
def test_threads_do_not_change_probabilities(artifact: str, texts: list[str], request: pytest.FixtureRequest) -> None:
    folder = request.getfixturevalue(artifact)
    one, four = (Predictor.load(folder, threads).predict_proba(texts) for threads in (1, 4))
    np.testing.assert_allclose(one, four, atol=1e-5)


@artifacts
def test_texts_differ_in_their_probabilities(predictor: Predictor) -> None:
    rows = predictor.predict_proba(["Bitcoin surges in week 0", "Bitcoin crashes in week 0"])
    assert np.abs(rows[0] - rows[1]).max() > 1e-3


@artifacts
def test_no_texts_give_no_rows(predictor: Predictor) -> None:
    assert predictor.predict_proba([]).shape == (0, 3)


@artifacts
def test_one_predictor_serves_several_threads(predictor: Predictor, texts: list[str]) -> None:
    expected = predictor.predict_proba(texts)
    with ThreadPoolExecutor(8) as pool:
        for rows in pool.map(predictor.predict_proba, [texts] * 24):
            np.testing.assert_allclose(rows, expected, atol=1e-5)


@artifacts
@pytest.mark.parametrize(
    "written",
    ["Dogecoin&#39;s price &amp; volume: 'up'", "Dogecoin\u2019s price &amp;amp; volume: \u2018up\u2019\u200b"],
)
def test_entities_and_quotes_do_not_matter(predictor: Predictor, written: str) -> None:
    plain = predictor.predict_proba(["Dogecoin's price & volume: 'up'"])
    np.testing.assert_array_equal(predictor.predict_proba([written]), plain)


def test_version_is_the_cards(tiny_artifact: Path) -> None:
    assert Predictor.load(tiny_artifact).version == read_card(tiny_artifact).version


def test_an_altered_model_is_not_loaded(tiny_artifact: Path, tmp_path: Path) -> None:
    for path in tiny_artifact.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / MODEL).write_bytes(b"no graph at all")
    with pytest.raises(ArtifactError, match=MODEL):
        Predictor.load(tmp_path)
