"""Requests and answers of the model API."""

import re
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field

from barometer.headline import normalise_title
from barometer.labels import CLASS_NAMES
from serve.api.switch import Scores

MAX_TITLE_CHARACTERS = 512
MAX_TITLES = 256
# Bounds for the documentation only: a sum of 32-bit floats may exceed 1 by a rounding error.
Probability = Annotated[float, Field(json_schema_extra={"minimum": 0, "maximum": 1})]
# JSON can hold both, Unicode text neither.
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_NO_TEXT = re.compile(r"[\0\ufffd]")
_EXAMPLE = "Bitcoin rallies as regulators approve a spot fund"


def _is_readable(title: str) -> str:
    if "\0" in title:
        raise ValueError("a title must not contain a NUL character")
    if not normalise_title(title):
        raise ValueError("a title needs at least one readable character")
    return title


def _without_surrogates(value: object) -> object:
    return _SURROGATE.sub("\ufffd", value) if isinstance(value, str) else value


Title = Annotated[
    str, Field(min_length=1, max_length=MAX_TITLE_CHARACTERS, examples=[_EXAMPLE]), AfterValidator(_is_readable)
]

Titles = Annotated[list[Title], Field(min_length=1, max_length=MAX_TITLES)]


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
    """One title of any kind, as existing front ends send it; what is odd about it is said in a `Warning`."""

    title: Annotated[
        str,
        BeforeValidator(_without_surrogates),
        Field(description=f"Only the first {MAX_TITLE_CHARACTERS} characters count.", examples=[_EXAMPLE]),
    ]

    def shortened(self) -> tuple[str, list[str]]:
        """The title to score, of at most `MAX_TITLE_CHARACTERS` characters, and what was odd about it."""
        # White space is no part of what models read; further cleaning of long texts could take long.
        text = " ".join(self.title.split())
        short = text[:MAX_TITLE_CHARACTERS]
        odd = {
            f"only the first {MAX_TITLE_CHARACTERS} characters of the title were read": len(text) > len(short),
            "characters of the title that are not text were ignored": bool(_NO_TEXT.search(short)),
            "the title has no readable character": not normalise_title(short),
        }
        return short, [remark for remark, holds in odd.items() if holds]


class TextsRequest(BaseModel):
    """Several titles."""

    texts: Titles
