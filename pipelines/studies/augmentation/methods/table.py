"""The table of methods, and the parameters of the study that compares them."""

from collections.abc import Callable
from typing import Annotated, NamedTuple

from pydantic import AfterValidator, Field

from barometer.settings import Section, Share
from pipelines.studies.augmentation.analysis import REPEAT
from pipelines.studies.augmentation.methods import Augmenter, NotAvailableError
from pipelines.studies.augmentation.methods.coin_swap import swap_coins
from pipelines.studies.augmentation.methods.language_models import back_translation, contextual
from pipelines.studies.augmentation.methods.words import keyboard, random_delete, random_swap, synonym
from pipelines.studies.study import ModelName


class Strengths(Section):
    """Share of the words that a copy changes."""

    synonym: Share
    swap: Share
    delete: Share
    keyboard: Share
    contextual: Share


class Method(NamedTuple):
    """What a method does to a headline, in words for the report, and what makes its augmenter from the parameters."""

    title: str
    build: Callable[["AugmentationSettings"], Augmenter]


def _contextual(params: "AugmentationSettings") -> Augmenter:
    if params.contextual_model is None:
        raise NotAvailableError("no model configured (`experiment.augmentation.contextual_model`)")
    return contextual(params.contextual_model, params.strength.contextual)


def _back_translation(params: "AugmentationSettings") -> Augmenter:
    if params.translation_models is None:
        raise NotAvailableError("no models configured (`experiment.augmentation.translation_models`)")
    return back_translation(*params.translation_models)


METHODS: dict[str, Method] = {
    REPEAT: Method("the same text again (control)", lambda _: lambda texts, _rng: list(texts)),
    "synonym": Method("WordNet synonyms", lambda params: synonym(params.strength.synonym)),
    "swap": Method("neighbouring words exchanged", lambda params: random_swap(params.strength.swap)),
    "delete": Method("words left out", lambda params: random_delete(params.strength.delete)),
    "keyboard": Method("keyboard typos", lambda params: keyboard(params.strength.keyboard)),
    "contextual": Method("words from a masked language model", _contextual),
    "back_translation": Method("into another language and back", _back_translation),
    "coin_swap": Method("another coin", lambda _: swap_coins),
}


def _known_method(name: str) -> str:
    if name not in METHODS:
        raise ValueError(f"unknown method; expected one of {', '.join(METHODS)}")
    return name


def _distinct(names: list[str]) -> list[str]:
    if len(set(names)) < len(names):
        raise ValueError("expected each method once")
    return names


class AugmentationSettings(Section):
    """Parameters of the study.

    Attributes:
        model: which model is trained, with its own settings.
        methods: names in METHODS, each compared with no augmentation.
        train_size: training headlines of each seed, a stratified sample of the training part.
        seeds: repetitions; all methods share the sample and the model's seed. Five or more give the tests some power.
        copies: altered copies of each training headline.
        checklist_cases: cases of each behavioural test.
        strength: how much each method changes.
        contextual_model: a masked language model, hub name or local folder.
        translation_models: a pair of translation models, there and back.
    """

    model: ModelName
    methods: Annotated[
        list[Annotated[str, AfterValidator(_known_method)]], Field(min_length=1), AfterValidator(_distinct)
    ]
    train_size: Annotated[int, Field(ge=30)]
    seeds: Annotated[int, Field(ge=2, le=100)]
    copies: Annotated[int, Field(ge=1, le=20)]
    checklist_cases: Annotated[int, Field(ge=20, le=500)]
    strength: Strengths
    contextual_model: str | None = None
    translation_models: Annotated[list[str], Field(min_length=2, max_length=2)] | None = None


def available(params: AugmentationSettings) -> tuple[dict[str, Augmenter], dict[str, str]]:
    """Make the chosen augmenters; returns them by name, and why the others cannot run.

    Raises:
        SettingsError: if a configured model cannot be loaded.
    """
    ready: dict[str, Augmenter] = {}
    missing: dict[str, str] = {}
    for name in params.methods:
        try:
            ready[name] = METHODS[name].build(params)
        except NotAvailableError as reason:
            missing[name] = str(reason)
    return ready, missing
