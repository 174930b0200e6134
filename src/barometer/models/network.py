"""The fine-tuned network: encoder, mean pooling, dropout, linear layer; and its training step for Lightning."""

import math
import re
from typing import Any

import pytorch_lightning as pl
import torch
from torch import nn
from torch.nn.functional import log_softmax
from transformers import PreTrainedModel

from barometer.labels import N_CLASSES

_LAYER = re.compile(r"\.layers?\.(\d+)\.")


class SentimentNetwork(nn.Module):
    """Class logits of a headline from the mean of its token vectors (Reimers and Gurevych 2019)."""

    def __init__(self, encoder: PreTrainedModel, dropout: float) -> None:
        super().__init__()
        self.encoder = encoder
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(encoder.config.hidden_size, N_CLASSES)
        nn.init.normal_(self.head.weight, std=0.02)
        nn.init.zeros_(self.head.bias)

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """Logits of shape (N, 3) for ids and mask of shape (N, L)."""
        states = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        mask = attention_mask.unsqueeze(-1).to(states.dtype)
        pooled = (states * mask).sum(dim=1) / mask.sum(dim=1)
        logits: torch.Tensor = self.head(self.dropout(pooled))
        return logits

    def freeze_embeddings(self) -> None:
        """Keep the word embeddings as they are: a third of the time of a step on a CPU, and less to forget."""
        for parameter in self.encoder.embeddings.parameters():
            parameter.requires_grad = False


class FineTuning(pl.LightningModule):
    """Cross-entropy against soft labels, AdamW, linear warm-up and decay, layer-wise learning rates."""

    def __init__(
        self,
        network: SentimentNetwork,
        *,
        lr: float,
        head_lr_factor: float,
        layer_decay: float,
        weight_decay: float,
        warmup_share: float,
        total_steps: int,
    ) -> None:
        super().__init__()
        self.network = network
        self.rates = {"lr": lr, "head": head_lr_factor, "decay": layer_decay, "weight_decay": weight_decay}
        self.warmup_steps = max(1, math.ceil(warmup_share * total_steps))
        self.total_steps = total_steps
        self.validation_losses: list[float] = []

    def _loss(self, batch: dict[str, torch.Tensor]) -> torch.Tensor:
        logits = self.network(batch["input_ids"], batch["attention_mask"])
        losses = -(batch["targets"] * log_softmax(logits.float(), dim=-1)).sum(dim=-1)
        return (losses * batch["weights"]).sum() / batch["weights"].sum()

    def training_step(self, batch: dict[str, torch.Tensor], _: int) -> torch.Tensor:
        """Weighted mean cross-entropy of a batch."""
        loss = self._loss(batch)
        self.log("train_loss", loss, prog_bar=True, batch_size=len(batch["targets"]))
        return loss

    def validation_step(self, batch: dict[str, torch.Tensor], _: int) -> None:
        """Log `val_loss`, by which the best checkpoint is chosen."""
        self.log("val_loss", self._loss(batch), prog_bar=True, batch_size=len(batch["targets"]))

    def on_validation_end(self) -> None:
        """Remember the epoch's `val_loss`."""
        self.validation_losses.append(float(self.trainer.callback_metrics["val_loss"]))

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
        depth = int(self.network.encoder.config.num_hidden_layers)
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
