"""What `transformers` has to know of an artifact: the encoder's configuration, and the special tokens."""

import re
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from tokenizers import Tokenizer

from barometer.card import MODEL, TOKENIZER, ModelCard
from barometer.hub.folders import HubError
from barometer.labels import CLASS_NAMES

FAST = Path(__file__).with_name("fast.yaml")
_LAYER = re.compile(rb"/layer\.(\d+)/")
# What BERT and RoBERTa call them; the first that a tokenizer has.
_SPECIAL = {
    "pad_token": ("[PAD]", "<pad>"),
    "unk_token": ("[UNK]", "<unk>"),
    "cls_token": ("[CLS]", "<s>"),
    "sep_token": ("[SEP]", "</s>"),
    "mask_token": ("[MASK]", "<mask>"),
}


class Encoder(BaseModel):
    """The encoder that a model was fine-tuned from.

    Attributes:
        base_model: its name on the hub; licence: as it is called there.
        config: as its `config.json`.
        trained: of model versions, how they were trained, where that is more than their corpus.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    base_model: str = Field(pattern=r"^[\w.-]+(/[\w.-]+)?$")
    licence: str
    config: dict[str, Any]
    trained: dict[str, str] = Field(default_factory=dict)


def read_encoder(path: Path) -> Encoder:
    """Read the YAML file that describes the encoder of a model.

    Raises:
        HubError: if it cannot be read, or lacks something; the message names file, key and value.
    """
    try:
        return Encoder.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise HubError(f"{path}: {error.strerror}; expected YAML with base_model, licence and config") from None
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise HubError(f"{path} is not YAML: {' '.join(str(error).split())}") from None
    except ValidationError as error:
        problem = error.errors()[0]
        raise HubError(f"{path}: {'.'.join(map(str, problem['loc']))}: {problem['msg']}") from None


def encoder_config(encoder: Encoder, card: ModelCard, artifact: Path) -> dict[str, Any]:
    """The `config.json` of a model repository: the encoder's, with the classes in the project's order.

    It names no architecture: the repository has a graph, and no weights that `transformers` could load.

    Raises:
        HubError: if the encoder is not that of the artifact, by the tokenizer's size or the graph's layers.
    """
    config = encoder.config
    _check("vocab_size", config, Tokenizer.from_file(str(artifact / TOKENIZER)).get_vocab_size(), artifact)
    layers = {int(number) for number in _LAYER.findall((artifact / MODEL).read_bytes())}
    if layers:  # other exporters name no layers
        _check("num_hidden_layers", config, len(layers), artifact)
    return {
        **config,
        "id2label": dict(enumerate(CLASS_NAMES)),
        "label2id": {name: number for number, name in enumerate(CLASS_NAMES)},
        "problem_type": "single_label_classification",
        "barometer_version": card.version,
    }


def _check(key: str, config: dict[str, Any], found: int, artifact: Path) -> None:
    if config.get(key) != found:
        raise HubError(
            f"config.{key} of the encoder is {config.get(key)}, but that of {artifact} is {found}; "
            "--encoder names a file that describes its encoder"
        )


def tokenizer_config(card: ModelCard, artifact: Path) -> dict[str, Any]:
    """The `tokenizer_config.json` beside a `tokenizer.json`, for `transformers.AutoTokenizer`."""
    tokenizer = Tokenizer.from_file(str(artifact / TOKENIZER))
    found = {
        kind: next((name for name in names if tokenizer.token_to_id(name) is not None), None)
        for kind, names in _SPECIAL.items()
    }
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": card.max_length,
        "model_input_names": ["input_ids", "attention_mask"],
        **{kind: name for kind, name in found.items() if name is not None},
    }
