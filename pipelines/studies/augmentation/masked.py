"""Words that a masked language model expects, by nlpaug around a model of `transformers`."""

from collections.abc import Sequence

import nlpaug.augmenter.word as naw
import nlpaug.model.lang_models as nml
import numpy as np
from transformers import AutoConfig

from barometer.settings import SettingsError
from pipelines.studies.augmentation.base import Augmenter, one_by_one

# By type: how nlpaug calls its kind, which is known by how its tokenizer marks the beginning or the rest of a word.
_KINDS = {"bert": "bert", "distilbert": "bert", "electra": "bert", "roberta": "roberta", "longformer": "roberta"}
_TOP_K = 50


def contextual(model: str, share: float) -> Augmenter:
    """Replace about `share` of the words by what a masked language model expects there (Kobayashi 2018).

    `model` is a hub name or a local folder of a BERT- or RoBERTa-like model. The word is another than before, drawn
    from the 50 likeliest by their probabilities.

    Raises:
        SettingsError: if the model cannot be loaded, or is of another kind.
    """
    expected = _load(model)

    class Contextual(naw.ContextualWordEmbsAug):  # type: ignore[misc]
        """nlpaug's augmenter around a loaded model; its own are for `transformers` before 5, and shared by name."""

        @classmethod
        def get_model(cls, *_: object, **__: object) -> _MaskedModel:
            return expected

    return one_by_one(Contextual(model, expected.model_type, aug_p=share, aug_max=None))


def _load(model: str) -> "_MaskedModel":
    key = f"experiment.augmentation.contextual_model = {model!r}"
    try:
        kind = AutoConfig.from_pretrained(model).model_type
        if kind in _KINDS:
            return _MaskedModel(model, _KINDS[kind], device="cpu")
    except (OSError, ValueError) as error:
        raise SettingsError(f"{key}: cannot be loaded as a masked language model: {error}") from None
    raise SettingsError(f"{key}: its type is {kind!r}; expected one of {', '.join(_KINDS)}")


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
