"""The fine-tuned network: encoder, mean pooling, dropout, two linear heads; and its training step for Lightning."""

import logging
import math
import os
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytorch_lightning as pl
import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits, log_softmax

from barometer.labels import N_CLASSES
from barometer.models.devices import lightning_strategy, processes, total
from barometer.settings import TrainerSettings

if TYPE_CHECKING:
    from transformers import PreTrainedModel

_LAYER = re.compile(r"\.layers?\.(\d+)\.")


class SentimentNetwork(nn.Module):
    """Class logits and news logit of a headline from the mean of its token vectors (Reimers and Gurevych 2019)."""

    def __init__(self, encoder: "PreTrainedModel", dropout: float) -> None:
        super().__init__()
        self.encoder = encoder
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(encoder.config.hidden_size, N_CLASSES)
        self.news_head = nn.Linear(encoder.config.hidden_size, 1)
        for head in (self.head, self.news_head):
            nn.init.normal_(head.weight, std=0.02)
            nn.init.zeros_(head.bias)

    def forward(self, inputs: torch.Tensor, attention_mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Class logits of shape (N, 3) and news logits of shape (N,).

        Args:
            inputs: token ids of shape (N, L), or the states below the trained layers, shape (N, L, width): see
                `upper_layers`.
            attention_mask: shape (N, L).
        """
        given = {"inputs_embeds" if inputs.is_floating_point() else "input_ids": inputs}
        states = self.encoder(**given, attention_mask=attention_mask).last_hidden_state
        mask = attention_mask.unsqueeze(-1).to(states.dtype)
        pooled = self.dropout((states * mask).sum(dim=1) / mask.sum(dim=1))
        return self.head(pooled), self.news_head(pooled).squeeze(-1)

    def freeze_embeddings(self) -> None:
        """Keep the word embeddings as they are: a third of the time of a step on a CPU, and less to forget."""
        for parameter in self.encoder.embeddings.parameters():
            parameter.requires_grad = False

    @contextmanager
    def lower_layers(self, count: int) -> Iterator[None]:
        """Within it the encoder ends after its first `count` layers."""
        stack = self.encoder.encoder
        layers = stack.layer
        stack.layer = layers[:count]
        try:
            yield
        finally:
            stack.layer = layers

    @contextmanager
    def upper_layers(self, below: int) -> Iterator[None]:
        """Within it the encoder starts above its first `below` layers and reads their states, for training the rest.

        What layers share (MPNet's relative attention bias) stays as it is, since the states below depend on it.
        """
        stack, embeddings = self.encoder.encoder, self.encoder.embeddings
        layers = stack.layer
        stack.layer, self.encoder.embeddings = layers[below:], _States()
        shared = [p for name, p in stack.named_parameters() if not name.startswith("layer.") and p.requires_grad]
        for parameter in shared:
            parameter.requires_grad = False
        try:
            yield
        finally:
            stack.layer, self.encoder.embeddings = layers, embeddings
            for parameter in shared:
                parameter.requires_grad = True


class _States(nn.Module):
    """Stands in for the embeddings where an encoder is given the states of its lower layers."""

    def forward(self, inputs_embeds: torch.Tensor, **_: object) -> torch.Tensor:
        return inputs_embeds


class FineTuning(pl.LightningModule):
    """Cross-entropy against soft labels and of news or not, AdamW, linear warm-up and decay, layer-wise rates.

    Attributes:
        validation_losses: one for each epoch so far. They are part of the state, which spawned processes hand back.
    """

    def __init__(
        self,
        network: SentimentNetwork,
        *,
        lr: float,
        head_lr_factor: float,
        layer_decay: float,
        weight_decay: float,
        warmup_share: float,
        news_weight: float,
        total_steps: int,
    ) -> None:
        super().__init__()
        self.network = network
        self.rates = {"lr": lr, "head": head_lr_factor, "decay": layer_decay, "weight_decay": weight_decay}
        self.news_weight = news_weight
        self.warmup_steps = max(1, math.ceil(warmup_share * total_steps))
        self.total_steps = total_steps
        self.validation_losses: list[float] = []

    def _loss(self, batch: dict[str, torch.Tensor]) -> torch.Tensor:
        logits, news_logits = self.network(batch["inputs"], batch["attention_mask"])
        losses = -(batch["targets"] * log_softmax(logits.float(), dim=-1)).sum(dim=-1)
        asked = ~batch["news"].isnan()  # of the others nobody knows whether they are news
        news = binary_cross_entropy_with_logits(news_logits.float()[asked], batch["news"][asked], reduction="none")
        losses = losses.index_add(0, asked.nonzero()[:, 0], self.news_weight * news)
        # Divided by the weights of the whole batch: the mean over the processes is what one process would find.
        return processes() * (losses * batch["weights"]).sum() / total(batch["weights"].sum())

    def on_train_start(self) -> None:
        """Let every process drop units of its own: spawned ones start with the same random state."""
        if self.global_rank:
            torch.manual_seed(torch.initial_seed() + self.global_rank)

    def training_step(self, batch: dict[str, torch.Tensor], _: int) -> torch.Tensor:
        """Weighted mean cross-entropy of a batch."""
        loss = self._loss(batch)
        self.log("train_loss", loss, prog_bar=True, batch_size=len(batch["targets"]))
        return loss

    def validation_step(self, batch: dict[str, torch.Tensor], _: int) -> None:
        """Log `val_loss`, by which the best checkpoint is chosen."""
        headlines = int(total(torch.tensor(len(batch["targets"]), device=self.device)))
        self.log("val_loss", self._loss(batch), prog_bar=True, batch_size=headlines, sync_dist=True)

    def on_validation_end(self) -> None:
        """Remember the epoch's `val_loss`."""
        self.validation_losses.append(float(self.trainer.callback_metrics["val_loss"]))

    def get_extra_state(self) -> list[float]:
        """The losses so far, for `state_dict`."""
        return self.validation_losses

    def set_extra_state(self, state: list[float]) -> None:
        """Take them over from `load_state_dict`."""
        self.validation_losses = list(state)

    def configure_optimizers(self) -> dict[str, Any]:
        """AdamW with a lower rate for lower layers (Howard and Ruder 2018), and a linear schedule."""
        optimizer = torch.optim.AdamW(self._parameter_groups())
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, self._rate_at)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def _rate_at(self, step: int) -> float:
        if step < self.warmup_steps:
            return (step + 1) / self.warmup_steps
        return max(0.0, (self.total_steps - step) / max(1, self.total_steps - self.warmup_steps))

    def _parameter_groups(self) -> list[dict[str, Any]]:
        depth = len(self.network.encoder.encoder.layer)
        groups = []
        for name, parameter in self.network.named_parameters():
            if not parameter.requires_grad:
                continue
            decay = 0.0 if parameter.ndim == 1 else self.rates["weight_decay"]
            groups.append({"params": [parameter], "lr": self._rate_of(name, depth), "weight_decay": decay})
        return groups

    def _rate_of(self, name: str, depth: int) -> float:
        if name.startswith("head."):
            return self.rates["lr"] * self.rates["head"]
        layer = _LAYER.search(name)
        below_top = depth - 1 - int(layer[1]) if layer else depth
        return float(self.rates["lr"] * self.rates["decay"] ** below_top)


@contextmanager
def quiet() -> Iterator[None]:
    """Silence Lightning's advertising and its warnings about its own use of PyTorch."""
    logger = logging.getLogger("pytorch_lightning.utilities.rank_zero")
    level = logger.level
    logger.setLevel(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=".*LeafSpec", category=FutureWarning)
            yield
    finally:
        logger.setLevel(level)


def trainer(epochs: int, callbacks: list[Any], precision: str, settings: TrainerSettings) -> pl.Trainer:
    """A deterministic trainer on as many devices as the settings say; their share of a batch is `Shares`'s."""
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # without it CUDA refuses to be deterministic
    return pl.Trainer(
        max_epochs=epochs,
        precision=precision,
        accelerator="auto",
        devices=settings.devices,
        strategy=lightning_strategy(settings),
        use_distributed_sampler=False,
        deterministic=True,
        callbacks=callbacks,
        gradient_clip_val=1.0,
        logger=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        log_every_n_steps=10,
    )
