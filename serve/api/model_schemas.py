"""Requests and answers of the model API."""

from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, Field

from barometer.headline import normalise_title
from barometer.labels import CLASS_NAMES
from serve.api.switch import Scores

MAX_TITLE_CHARACTERS = 512
MAX_TITLES = 256
# Bounds for the documentation only: a sum of 32-bit floats may exceed 1 by a rounding error.
Probability = Annotated[float, Field(json_schema_extra={"minimum": 0, "maximum": 1})]
_EXAMPLE = "Bitcoin rallies as regulators approve a spot fund"


def _is_readable(title: str) -> str:
    if "\0" in title:
        raise ValueError("a title must not contain a NUL character")
    if not normalise_title(title):
        raise ValueError("a title needs at least one readable character")
    return title


Title = Annotated[
    str, Field(min_length=1, max_length=MAX_TITLE_CHARACTERS, examples=[_EXAMPLE]), AfterValidator(_is_readable)
]


class ClassProbabilities(BaseModel):
    """Probability of each class; they sum to 1."""

    negative: Probability = Field(alias="Negative", examples=[0.04])
    neutral: Probability = Field(alias="Neutral", examples=[0.11])
    positive: Probability = Field(alias="Positive", examples=[0.85])

    @classmethod
    def of(cls, scores: Scores) -> Self:
        """The answer for the first title of `scores`."""
        return cls.model_validate(dict(zip(CLASS_NAMES, map(float, scores.probabilities[0]), strict=True)))


class Prediction(BaseModel):
    """A title, its probability of each class and of being news at all, and the most likely class."""

    text: str = Field(examples=[_EXAMPLE])
    negative: Probability = Field(examples=[0.04])
    neutral: Probability = Field(examples=[0.11])
    positive: Probability = Field(examples=[0.85])
    news: Probability = Field(
        examples=[0.97],
        description="Probability of being news, not a guide, advertisement or opinion; 1 if not predicted.",
    )
    label: str = Field(examples=["Positive"], json_schema_extra={"enum": list(CLASS_NAMES)})


class Predictions(BaseModel):
    """Predictions in the order of the texts, all by one model version."""

    model_version: str = Field(examples=["3f9a1c02d7be"])
    news_threshold: float | None = Field(
        default=None,
        examples=[0.35],
        description="Value of `news` from which a headline counts in the barometer; null if every headline counts.",
    )
    predictions: list[Prediction]

    @classmethod
    def of(cls, texts: list[str], scores: Scores) -> Self:
        """The answer for `texts`."""
        best = scores.probabilities.argmax(axis=1)
        rows = zip(texts, scores.probabilities.tolist(), scores.news.tolist(), best, strict=True)
        predictions = [
            Prediction(text=text, negative=row[0], neutral=row[1], positive=row[2], news=news, label=CLASS_NAMES[label])
            for text, row, news, label in rows
        ]
        return cls(model_version=scores.model_version, news_threshold=scores.news_threshold, predictions=predictions)


class ModelInfo(BaseModel):
    """The model that answers."""

    name: str = Field(examples=["bert"])
    model_version: str = Field(examples=["3f9a1c02d7be"])
    runtime: str = Field(description="Runtime of the model, and its precision.", examples=["onnxruntime int8"])


class TitleRequest(BaseModel):
    """One title."""

    title: Title


class TextsRequest(BaseModel):
    """Several titles."""

    texts: Annotated[list[Title], Field(min_length=1, max_length=MAX_TITLES)]
