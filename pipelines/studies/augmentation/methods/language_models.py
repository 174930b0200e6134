"""Copies by language models of `transformers`: words that one expects, and translation there and back."""

import warnings
from collections.abc import Sequence
from typing import Any

import nlpaug.augmenter.word as naw
import nlpaug.model.lang_models as nml
import numpy as np
import torch
from transformers import AutoConfig, AutoModelForSeq2SeqLM, AutoTokenizer

from barometer.settings import SettingsError
from pipelines.studies.augmentation.methods import Augmenter
from pipelines.studies.augmentation.methods.words import one_by_one

_KEY = "experiment.augmentation"
# By type: how nlpaug calls its kind, which is known by how its tokenizer marks the beginning or the rest of a word.
_KINDS = {"bert": "bert", "distilbert": "bert", "electra": "bert", "roberta": "roberta", "longformer": "roberta"}
_TOP_K = 50
_BATCH = 32
_MAX_NEW_TOKENS = 96  # headlines are short; a model that finds no end would go on to its limit of 512


def contextual(model: str, share: float) -> Augmenter:
    """Replace about `share` of the words by what a masked language model expects there (Kobayashi 2018).

    `model` is a hub name or a local folder of a BERT- or RoBERTa-like model. The word is another than before, drawn
    from the 50 likeliest by their probabilities.

    Raises:
        SettingsError: if the model cannot be loaded, or is of another kind.
    """
    expected = _load_masked(model)

    class Contextual(naw.ContextualWordEmbsAug):  # type: ignore[misc]
        """nlpaug's augmenter around a loaded model; its own are for `transformers` before 5, and shared by name."""

        @classmethod
        def get_model(cls, *_: object, **__: object) -> _MaskedModel:
            return expected

    return one_by_one(Contextual(model, expected.model_type, aug_p=share, aug_max=None))


class _MaskedModel(nml.FmTransformers):  # type: ignore[misc]
    """nlpaug's model, answering in tokens of its vocabulary, without a process for each question."""

    def predict(self, texts: Sequence[str], target_words: Sequence[str], n: int = 1) -> list[list[str]]:
        """One token for the mask in each text, in a list of its own; none where no whole word is among the likeliest.

        Draws from NumPy's global generator, which `one_by_one` has seeded.
        """
        return [self._draw(text, target) for text, target in zip(texts, target_words, strict=True)]

    def _draw(self, text: str, target: str) -> list[str]:
        tokenizer = self.get_tokenizer()
        found = self.model(text, top_k=min(_TOP_K, len(tokenizer)))
        likely = {tokenizer.convert_ids_to_tokens(answer["token"]): answer["score"] for answer in found}
        whole = {
            token: score
            for token, score in likely.items()
            if token.startswith(self.get_subword_prefix()) == (self.model_type == "roberta")
            and any(map(str.isalnum, token))
            and token.casefold() != target.casefold()
            and token not in tokenizer.all_special_tokens
        }
        if not whole:
            return []
        scores = np.array(list(whole.values()))
        return [list(whole)[int(np.random.choice(len(whole), p=scores / scores.sum()))]]


def _load_masked(model: str) -> _MaskedModel:
    key = f"{_KEY}.contextual_model = {model!r}"
    try:
        kind = AutoConfig.from_pretrained(model).model_type
        if kind in _KINDS:
            return _MaskedModel(model, _KINDS[kind], device="cpu")
    except (OSError, ValueError) as error:
        raise SettingsError(f"{key}: cannot be loaded as a masked language model: {error}") from None
    raise SettingsError(f"{key}: its type is {kind!r}; expected one of {', '.join(_KINDS)}")


def back_translation(there: str, back: str) -> Augmenter:
    """Translate by the model `there` and back by `back` (Sennrich et al. 2016): hub names or local folders.

    The way there is sampled, which as training data beats the most probable translation (Edunov et al. 2018) and
    makes copies of one title differ; the way back is the best of a beam.

    Raises:
        SettingsError: if a model cannot be loaded.
    """
    outward, homeward = (_load_translator(name, place) for place, name in enumerate((there, back)))

    def augment(texts: Sequence[str], rng: np.random.Generator) -> list[str]:
        copies = []
        # `generate` takes no generator: it draws from torch's global one.
        with torch.random.fork_rng(range(torch.cuda.device_count())), torch.inference_mode():
            torch.manual_seed(int(rng.integers(2**32)))
            for start in range(0, len(texts), _BATCH):
                batch = list(texts[start : start + _BATCH])
                foreign = outward(batch, do_sample=True, top_k=50, num_beams=1)
                copies += homeward(foreign, do_sample=False, num_beams=4)
        return copies

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


def _load_translator(name: str, place: int) -> _Translator:
    try:
        return _Translator(name)
    except (ImportError, OSError, ValueError) as error:
        key = f"{_KEY}.translation_models.{place} = {name!r}"
        raise SettingsError(f"{key}: cannot be loaded as a translation model: {error}") from None
