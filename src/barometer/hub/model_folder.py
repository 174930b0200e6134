"""The folder that is a model repository: the artifact as it is, and what `transformers` and the hub read beside it."""

import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from huggingface_hub import EvalResult, ModelCardData
from huggingface_hub import ModelCard as HubCard

from barometer.card import CARD, MODEL, ModelCard, read_card
from barometer.hub.data_card import DataCard, read_data_card
from barometer.hub.encoder import Encoder, encoder_config, tokenizer_config
from barometer.hub.folders import HubError, copy_licence

DATA_CARD = "data-card.md"
LICENCES = {"apache-2.0": Path(__file__).with_name("apache-2.0.txt")}
_TEMPLATE = Path(__file__).parent / "templates" / "model.md.j2"
# What each part of the card's metrics is; the first that is there leads.
PARTS = {
    "yardstick": "1,200 real headlines of 2013 to 2026, each labelled three times, never trained on",
    "yardstick-written": "600 headlines written for the project, never trained on",
    "fresh": "real headlines of January to March 2026; errors on them guided the recipe",
    "test": "held-out part of the training corpus",
    "cryptolin": "CryptoLin, real headlines, labelled by people by another guide",
    "sentfin": "SEntFiN, financial headlines, labelled by people by another guide",
    "demo": "held-out part of the synthetic demo corpus",
    "demo-pairs": "held-out minimal pairs, written for the project",
}
_SHOWN = ("accuracy", "macro_f1", "calibration_error")
_METRICS = {"accuracy": ("accuracy", "Accuracy"), "macro_f1": ("f1", "Macro-F1"), "log_loss": ("log_loss", "Log loss")}


def corpus_card(artifact: Path) -> Path:
    """Where a checkout has the data card of the corpus that a model was trained on.

    Raises:
        ArtifactError: if the artifact is incomplete or altered.
    """
    # Cards of before the release of `fast` do not name their corpus; that was `news`.
    return Path("docs") / f"data-card-{read_card(artifact).corpus.get('name', 'news')}.md"


def write_model_folder(target: Path, artifact: Path, name: str, encoder: Encoder, data_card: Path) -> ModelCard:
    """Fill the empty folder `target`, which is then an artifact itself, too.

    Args:
        target: the folder.
        artifact: of a model that reads tokens.
        name: `OWNER/NAME` of the repository, for the snippet in its card.
        encoder: what the model was fine-tuned from.
        data_card: of the corpus that it was trained on.

    Raises:
        ArtifactError: if the artifact is incomplete or altered.
        HubError: if it reads no tokens, or encoder, data card or licence do not suit it.
    """
    card = read_card(artifact)
    if card.input != "tokens":
        raise HubError(f"{artifact} reads n-grams; a model repository takes a transformer")
    if encoder.licence not in LICENCES:
        raise HubError(f"licence {encoder.licence!r} of {encoder.base_model}: expected {', '.join(LICENCES)}")
    data = read_data_card(data_card)
    for file in (CARD, *card.files):
        shutil.copyfile(artifact / file, target / file)
    _write_json(target / "config.json", encoder_config(encoder, card, artifact))
    _write_json(target / "tokenizer_config.json", tokenizer_config(card, artifact))
    copy_licence(target)
    shutil.copyfile(LICENCES[encoder.licence], target / f"LICENSE.{encoder.licence}")
    (target / DATA_CARD).write_text(data.text, encoding="utf-8")
    (target / "README.md").write_text(model_page(name, card, encoder, data, artifact), encoding="utf-8")
    return card


def _write_json(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def model_page(name: str, card: ModelCard, encoder: Encoder, data: DataCard, artifact: Path) -> str:
    """The model card of a repository: Markdown with the hub's metadata, figures from the artifact's own card."""
    results = list(_results(card))
    front = ModelCardData(
        language="en",
        license="mit",
        library_name="onnx",
        pipeline_tag="text-classification",
        base_model=encoder.base_model,
        tags=["onnxruntime", "finance", "cryptocurrency", "news", "sentiment-analysis"],
        model_name=name.rpartition("/")[2] if results else None,
        eval_results=results or None,
    )
    return str(
        HubCard.from_template(
            front,
            template_path=str(_TEMPLATE),
            name=name,
            card=card,
            base_model=encoder.base_model,
            base_licence=encoder.licence,
            trained=encoder.trained.get(card.version, ""),
            data=data.table.strip(),
            evaluation=_evaluation(card),
            megabytes=f"{(artifact / MODEL).stat().st_size / 1e6:.0f}",
        ).content
    )


def _parts(card: ModelCard) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Name, description and figures of each measured part, the most telling first."""
    known = [name for name in PARTS if name in card.metrics]
    for name in (*known, *sorted(card.metrics.keys() - set(known))):
        figures = card.metrics[name]
        if isinstance(figures, dict) and {"headlines", *_SHOWN, *_METRICS} <= figures.keys():
            yield name, PARTS.get(name, ""), figures


def _evaluation(card: ModelCard) -> str:
    """A Markdown table of the parts; empty without any."""
    rows = [
        f"| {name} | {about} | {figures['headlines']:,} | {' | '.join(_cells(figures))} |"
        for name, about, figures in _parts(card)
    ]
    head = ["| part | | headlines | accuracy | macro-F1 | calibration error |", "|---|---|---:|---:|---:|---:|"]
    return "\n".join(head + rows) if rows else ""


def _cells(figures: Mapping[str, Any]) -> Iterator[str]:
    for key in _SHOWN:
        value, low, high = (100 * figures[key][end] for end in ("value", "low", "high"))
        yield f"{value:.1f} [{low:.1f}, {high:.1f}]"


def _results(card: ModelCard) -> Iterator[EvalResult]:
    for name, about, figures in _parts(card):
        for key, (kind, shown) in _METRICS.items():
            yield EvalResult(
                task_type="text-classification",
                task_name="Sentiment of headlines",
                dataset_type=name,
                dataset_name=f"{name}: {about}" if about else name,
                metric_type=kind,
                metric_name=shown,
                metric_value=figures[key]["value"],
            )
