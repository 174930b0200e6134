"""Logistic regression over tf-idf weights of word and character n-grams."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import joblib
import numpy as np
from pydantic import Field
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import FeatureUnion, Pipeline
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from barometer.card import MODEL, VOCABULARY
from barometer.labels import CLASS_NAMES, N_CLASSES
from barometer.models.base import Examples, Floats, Temperatures
from barometer.ngrams import Terms
from barometer.settings import BackboneSettings, Section, validate

FILE = "tfidf.joblib"
# Spelt out in ASCII, because the exported graph runs it in RE2, whose \w knows no other letters either.
TOKEN_PATTERN = "[a-z0-9$%.']+"  # noqa: S105


class TfidfSettings(Section):
    """n-gram ranges (both ends included), the rarest n-gram kept, inverse regularisation, and auxiliary weight."""

    word_ngrams: tuple[int, int]
    char_ngrams: tuple[int, int]
    min_count: Annotated[int, Field(ge=1)]
    C: Annotated[float, Field(gt=0)]
    auxiliary_weight: Annotated[float, Field(ge=0)]


def prepare(text: str) -> str:
    """Lower-case a normalised title; done here and by the predictor, so that the exported graph need not."""
    return text.lower()


class TfidfClassifier:
    """Learns from soft labels by giving each text to every class with the weight of its share."""

    def __init__(self, settings: TfidfSettings, seed: int) -> None:
        self.settings = settings
        self.seed = seed
        common = {"lowercase": False, "min_df": settings.min_count, "dtype": np.float32}
        words = TfidfVectorizer(token_pattern=TOKEN_PATTERN, ngram_range=settings.word_ngrams, **common)
        chars = TfidfVectorizer(analyzer="char", ngram_range=settings.char_ngrams, **common)
        regression = LogisticRegression(C=settings.C, max_iter=1000, random_state=seed)
        self.pipeline = Pipeline(
            [("features", FeatureUnion([("words", words), ("chars", chars)])), ("regression", regression)]
        )

    def fit(self, train: Examples, validation: Examples, auxiliary: Examples | None = None) -> None:
        """Fit on `train`, and on `auxiliary` with the configured weight; `validation` is not used."""
        if auxiliary is not None and self.settings.auxiliary_weight > 0:
            train = train + auxiliary.weighted(self.settings.auxiliary_weight)
        rows, classes = np.nonzero(train.targets)
        absent = [name for k, name in enumerate(CLASS_NAMES) if k not in classes]
        if absent:
            raise ValueError(f"no training text is {', '.join(absent)}; every class needs some")
        weights = train.targets[rows, classes] * train.weights[rows]
        texts = [prepare(text) for text in train.texts]
        features = self.pipeline["features"].fit_transform(texts)
        # The solver's sums round differently with each number of BLAS threads: on one, all counts of cores agree.
        with threadpool_limits(1, user_api="blas"):
            self.pipeline["regression"].fit(features[rows], classes, sample_weight=weights)

    def predict_proba(self, texts: Sequence[str]) -> Floats:
        """Probabilities, shape (N, 3), class order."""
        if not texts:
            return np.empty((0, N_CLASSES))
        return np.asarray(self.pipeline.predict_proba([prepare(text) for text in texts]))

    def predict_both(self, texts: Sequence[str]) -> tuple[Floats, Floats]:
        """The probabilities, and that all are news: tf-idf does not learn which are not."""
        return self.predict_proba(texts), np.ones(len(texts))

    def save(self, folder: Path) -> None:
        """Write the fitted pipeline; the same fit gives the same bytes."""
        folder.mkdir(parents=True, exist_ok=True)
        # No address, which scikit-learn keeps to check stop words once; and the settings as a plain dict, because the
        # set inside a pydantic model is pickled in the order of string hashes. Both differ from process to process.
        for _, vectorizer in self.pipeline["features"].transformer_list:
            vars(vectorizer).pop("_stop_words_id", None)
        joblib.dump((self.settings.model_dump(), self.seed, self.pipeline), folder / FILE)

    def export(self, temperatures: Temperatures, folder: Path) -> dict[str, Path]:
        """Write graph and vocabulary; the temperature of news plays no part."""
        from barometer.models.tfidf_graph import write_tfidf_graph  # noqa: PLC0415 - onnx takes long to import

        folder.mkdir(parents=True, exist_ok=True)
        vectorisers = dict(self.pipeline["features"].transformer_list)
        words, chars = (vectorisers[name].get_feature_names_out().tolist() for name in ("words", "chars"))
        terms = Terms(words, chars, TOKEN_PATTERN, self.settings.word_ngrams, self.settings.char_ngrams)
        terms.write(folder / VOCABULARY)
        idf = np.concatenate([vectorisers["words"].idf_, vectorisers["chars"].idf_])
        regression = self.pipeline["regression"]
        write_tfidf_graph(folder / MODEL, idf, regression.coef_, regression.intercept_, len(words), temperatures[0])
        return {name: folder / name for name in (MODEL, VOCABULARY)}


def build(settings: Mapping[str, Any], backbone: BackboneSettings, seed: int) -> TfidfClassifier:
    """Make an unfitted classifier; the backbone plays no part."""
    return TfidfClassifier(validate(TfidfSettings, settings, "model.tfidf"), seed)


def load(folder: Path) -> TfidfClassifier:
    """Load what `save` wrote. A pickle: for the training pipeline's own files only, never for serving."""
    settings, seed, pipeline = joblib.load(folder / FILE)
    model = TfidfClassifier(TfidfSettings(**settings), seed)
    model.pipeline = pipeline
    return model
