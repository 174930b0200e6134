"""Back-translation: into another language and back (Sennrich et al. 2016), by a pair of sequence-to-sequence models."""

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

from barometer.seeding import seeded_globals
from barometer.settings import SettingsError
from pipelines.studies.augmentation.base import Augmenter

_BATCH = 32
_MAX_NEW_TOKENS = 96  # headlines are short; a model that finds no end would go on to its limit of 512


def back_translation(there: str, back: str) -> Augmenter:
    """Translate by the model `there` and back by `back`: hub names or local folders, such as a Marian pair.

    The way there is sampled, which as training data beats the most probable translation (Edunov et al. 2018) and
    makes copies of one title differ; the way back is the best of a beam.

    Raises:
        SettingsError: if a model cannot be loaded.
    """
    outward, homeward = (_load(name, place) for place, name in enumerate((there, back)))

    def augment(texts: Sequence[str], rng: np.random.Generator) -> list[str]:
        with seeded_globals(rng), torch.inference_mode():
            return [
                text
                for start in range(0, len(texts), _BATCH)
                for text in homeward(
                    outward(list(texts[start : start + _BATCH]), do_sample=True, top_k=50, num_beams=1),
                    do_sample=False,
                    num_beams=4,
                )
            ]

    return augment


class _Translator:
    def __init__(self, name: str) -> None:
        with warnings.catch_warnings():
            # It would unify punctuation, as `normalise_title` has done.
            warnings.filterwarnings("ignore", "Recommended: pip install sacremoses")
            self.tokenizer = AutoTokenizer.from_pretrained(name)
        device = "cuda" if torch.cuda.is_available() else "cpu"
        self.model = AutoModelForSeq2SeqLM.from_pretrained(name).to(device).eval()

    def __call__(self, texts: list[str], **how: Any) -> list[str]:  # noqa: ANN401
        batch = self.tokenizer(texts, padding=True, truncation=True, return_tensors="pt").to(self.model.device)
        ids = self.model.generate(**batch, max_new_tokens=_MAX_NEW_TOKENS, **how)
        translated: list[str] = self.tokenizer.batch_decode(ids, skip_special_tokens=True)
        return translated


def _load(name: str, place: int) -> _Translator:
    try:
        return _Translator(name)
    except (ImportError, OSError, ValueError) as error:
        key = f"experiment.augmentation.translation_models.{place} = {name!r}"
        raise SettingsError(f"{key}: cannot be loaded as a translation model: {error}") from None
