"""A fine-tuned transformer encoder; training runs in Lightning, on a GPU when there is one."""

import tempfile
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import numpy as np
import pytorch_lightning as pl
import torch
from pydantic import Field
from pytorch_lightning.callbacks import EarlyStopping, ModelCheckpoint
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from torch.utils.data import BatchSampler, DataLoader, SequentialSampler

from barometer.card import MODEL, TOKENIZER
from barometer.labels import N_CLASSES
from barometer.models.base import Examples, Floats, Temperatures
from barometer.models.devices import BFLOAT16, FULL, Shares, check_devices, resolve_precision
from barometer.models.encoders import (
    MixedLengthSampler,
    Row,
    Rows,
    collate,
    empty_encoder,
    load_encoder,
    load_tokenizer,
    pad,
    sorted_batches,
    tokenise,
)
from barometer.models.network import FineTuning, SentimentNetwork, quiet, trainer
from barometer.models.network_graph import export_network
from barometer.settings import BackboneSettings, Section, Share, TrainerSettings, validate

WEIGHTS = "network.safetensors"
PREDICTION_BATCH = 64

Batches: TypeAlias = "DataLoader[dict[str, torch.Tensor]]"


class TransformerSettings(Section):
    """Hyper-parameters of fine-tuning; every rate and share is a plain number.

    `auxiliary` is `joint` (texts of other corpora are mixed in, each counting `auxiliary_weight`), `intermediate`
    (`auxiliary_epochs` on them first, the best checkpoint of which is then fine-tuned), or `none`.
    `frozen_layers` counts the encoder layers, from the first, that stay as they are: their states are computed once,
    so that a large encoder can be trained on a CPU. `news_weight` is the weight of news or not in the loss. `precision`
    is Lightning's: `32-true`, or `bf16-mixed` on processors that compute in bfloat16; `auto` chooses.
    """

    epochs: Annotated[int, Field(ge=1)]
    patience: Annotated[int, Field(ge=1)]
    batch_size: Annotated[int, Field(ge=1)]
    lr: Annotated[float, Field(gt=0)]
    head_lr_factor: Annotated[float, Field(gt=0)]
    layer_decay: Annotated[float, Field(gt=0, le=1)]
    weight_decay: Annotated[float, Field(ge=0)]
    warmup_share: Share
    dropout: Annotated[float, Field(ge=0, lt=1)]
    label_smoothing: Annotated[float, Field(ge=0, lt=1)]
    freeze_embeddings: bool
    frozen_layers: Annotated[int, Field(ge=0)]
    news_weight: Annotated[float, Field(ge=0)]
    precision: Annotated[str, Field(pattern="^(32-true|bf16-mixed|auto)$")]
    auxiliary: Annotated[str, Field(pattern="^(joint|intermediate|none)$")]
    auxiliary_weight: Annotated[float, Field(ge=0)]
    auxiliary_epochs: Annotated[int, Field(ge=1)]
    trainer: TrainerSettings = TrainerSettings()


class TransformerClassifier:
    """Soft-label cross-entropy with early stopping; the best checkpoint by validation loss is what remains.

    Attributes:
        validation_losses: the loss after each epoch of the last fit, by which its checkpoint was chosen.
    """

    validation_losses: Sequence[float] = ()

    def __init__(self, settings: TransformerSettings, backbone: BackboneSettings, seed: int) -> None:
        check_devices(settings.trainer)
        self.settings = settings
        self.precision = resolve_precision(settings.precision)
        self.seed = seed
        self.tokenizer: Tokenizer = load_tokenizer(backbone)
        pl.seed_everything(seed, verbose=False)
        self.network = SentimentNetwork(load_encoder(backbone.source), settings.dropout)
        if settings.freeze_embeddings:
            self.network.freeze_embeddings()

    def fit(self, train: Examples, validation: Examples, auxiliary: Examples | None = None) -> None:
        """Fine-tune; `validation` only chooses the checkpoint and stops early."""
        mode = self.settings.auxiliary if auxiliary is not None and len(auxiliary) else "none"
        if mode == "intermediate" and auxiliary is not None:
            self._fit(auxiliary, validation, self.settings.auxiliary_epochs)
        elif mode == "joint" and auxiliary is not None and self.settings.auxiliary_weight > 0:
            train = train + auxiliary.weighted(self.settings.auxiliary_weight)
        self._fit(train, validation, self.settings.epochs)

    def _fit(self, train: Examples, validation: Examples, epochs: int) -> None:
        pl.seed_everything(self.seed, verbose=False)
        below = self.settings.frozen_layers
        batches = self._training_batches(train)
        checks = self._validation_batches(validation)
        with self.network.upper_layers(below) if below else nullcontext():
            self.network.train()  # a loaded encoder, and one that an earlier fit left, is in evaluation mode
            self._train(batches, checks, epochs)
        self.network = self.network.cpu().eval()

    def _train(self, batches: Batches, checks: Batches, epochs: int) -> None:
        module = FineTuning(
            self.network,
            lr=self.settings.lr,
            head_lr_factor=self.settings.head_lr_factor,
            layer_decay=self.settings.layer_decay,
            weight_decay=self.settings.weight_decay,
            warmup_share=self.settings.warmup_share,
            news_weight=self.settings.news_weight,
            total_steps=epochs * len(batches),
        )
        with tempfile.TemporaryDirectory() as folder:
            best = ModelCheckpoint(folder, monitor="val_loss", save_weights_only=True)
            stop = EarlyStopping("val_loss", patience=self.settings.patience)
            with quiet():
                trainer(epochs, [best, stop], self.precision, self.settings.trainer).fit(module, batches, checks)
            # Restored here, before anything can look at the network: what stopped is not what was best.
            state = torch.load(best.best_model_path, weights_only=True, map_location="cpu")["state_dict"]
        self.validation_losses = module.validation_losses
        module.load_state_dict(state)

    def _training_batches(self, examples: Examples) -> Batches:
        smoothing = self.settings.label_smoothing
        targets = examples.targets * (1 - smoothing) + smoothing / N_CLASSES
        rows = self._rows(replace(examples, targets=targets))
        sampler = MixedLengthSampler(
            [len(row.inputs) for row in rows], self.settings.batch_size, np.random.default_rng(self.seed)
        )
        return DataLoader(Rows(rows), batch_sampler=Shares(sampler), collate_fn=collate)

    def _validation_batches(self, examples: Examples) -> Batches:
        rows = Rows(sorted(self._rows(examples), key=lambda row: len(row.inputs)))
        batches = BatchSampler(SequentialSampler(rows), PREDICTION_BATCH, drop_last=False)
        return DataLoader(rows, batch_sampler=Shares(batches), collate_fn=collate)

    def _rows(self, examples: Examples) -> list[Row]:
        columns = (examples.targets, examples.weights, examples.news)
        targets, weights, news = (torch.from_numpy(column.astype(np.float32)) for column in columns)
        return list(map(Row, self._inputs(examples.texts), targets, weights, news))

    def _inputs(self, texts: Sequence[str]) -> list[torch.Tensor]:
        """Token ids of each text, shape (L,), or the states of the frozen layers, shape (L, width)."""
        ids = tokenise(self.tokenizer, texts)
        inputs = [torch.tensor(row) for row in ids]
        if not self.settings.frozen_layers:
            return inputs
        self.network.eval()
        lengths = [len(row) for row in ids]
        with self.network.lower_layers(self.settings.frozen_layers), torch.inference_mode(), self._autocast():
            for batch in sorted_batches(lengths, PREDICTION_BATCH):
                padded, mask = pad([ids[i] for i in batch])
                states = self.network.encoder(input_ids=padded, attention_mask=mask).last_hidden_state
                for i, row in zip(batch, states.to(self._state_type()), strict=True):
                    inputs[i] = row[: lengths[i]].clone()
        return inputs

    def _state_type(self) -> torch.dtype:
        """States are kept in what the layers above compute in; bfloat16 halves their memory."""
        return torch.bfloat16 if self.precision == BFLOAT16 else torch.float32

    def _autocast(self) -> torch.autocast:
        return torch.autocast("cpu", torch.bfloat16, enabled=self.precision == BFLOAT16)

    def predict_proba(self, texts: Sequence[str]) -> Floats:
        """Probabilities before calibration, shape (N, 3), class order; batches are sorted by length."""
        return self.predict_both(texts)[0]

    def predict_both(self, texts: Sequence[str]) -> tuple[Floats, Floats]:
        """Class probabilities before calibration, shape (N, 3), and the probability of being news, shape (N,)."""
        probabilities = np.empty((len(texts), N_CLASSES), dtype=np.float32)
        news = np.empty(len(texts), dtype=np.float32)
        ids = tokenise(self.tokenizer, texts)
        self.network.eval()
        with torch.inference_mode(), self._autocast():
            for batch in sorted_batches([len(row) for row in ids], PREDICTION_BATCH):
                logits, news_logits = self.network(*pad([ids[i] for i in batch]))
                probabilities[batch] = torch.softmax(logits.float(), dim=-1).numpy()
                news[batch] = torch.sigmoid(news_logits.float()).numpy()
        return probabilities, news

    def save(self, folder: Path) -> None:
        """Write weights (safetensors), the encoder's configuration, the tokenizer and the settings."""
        folder.mkdir(parents=True, exist_ok=True)
        save_file(self.network.state_dict(), folder / WEIGHTS)
        self.network.encoder.config.save_pretrained(folder)
        self.tokenizer.save(str(folder / TOKENIZER))
        (folder / "settings.json").write_text(self.settings.model_dump_json(indent=2, exclude={"trainer"}))

    def export(self, temperatures: Temperatures, folder: Path) -> dict[str, Path]:
        """Write the fp32 graph and the tokenizer."""
        folder.mkdir(parents=True, exist_ok=True)
        export_network(self.network, temperatures, folder / MODEL)
        self.tokenizer.save(str(folder / TOKENIZER))
        return {name: folder / name for name in (MODEL, TOKENIZER)}


def build(settings: Mapping[str, Any], backbone: BackboneSettings, seed: int) -> TransformerClassifier:
    """Make an unfitted classifier around the configured backbone."""
    return TransformerClassifier(validate(TransformerSettings, settings, "model.bert"), backbone, seed)


def load(folder: Path) -> TransformerClassifier:
    """Load what `save` wrote, without touching the backbone it grew from.

    It predicts in full precision whatever it was trained in, so that an exported graph can be compared with it.
    """
    model = TransformerClassifier.__new__(TransformerClassifier)
    model.settings = TransformerSettings.model_validate_json((folder / "settings.json").read_text())
    model.precision = FULL
    model.tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
    model.network = SentimentNetwork(empty_encoder(folder), model.settings.dropout)
    model.network.load_state_dict(load_file(folder / WEIGHTS))
    model.network.eval()
    return model
