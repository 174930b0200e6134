"""The fine-tuned network as an ONNX graph that gives calibrated probabilities; the temperatures are inside it."""

import warnings
from pathlib import Path

import torch
from torch import nn

from barometer.models.base import Temperatures

_OPSET = 17


class _Probabilities(nn.Module):
    def __init__(self, network: nn.Module, temperature: float, news_temperature: float) -> None:
        super().__init__()
        self.network = network
        self.temperature = temperature
        self.news_temperature = news_temperature

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        logits, news_logits = self.network(input_ids, attention_mask)
        return torch.softmax(logits / self.temperature, dim=-1), torch.sigmoid(news_logits / self.news_temperature)


def export_network(network: nn.Module, temperatures: Temperatures, path: Path) -> None:
    """Write the fp32 graph: input_ids and attention_mask of shape (N, L) -> probabilities (N, 3) and news (N,)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    ids = torch.ones(2, 8, dtype=torch.long)
    axes = {0: "texts", 1: "tokens"}
    inputs, outputs = ["input_ids", "attention_mask"], ["probabilities", "news"]
    with warnings.catch_warnings():
        # The exporter that traces is deprecated; the newer one's graphs ran 20 to 25% slower in onnxruntime.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            _Probabilities(network.eval(), *temperatures),
            (ids, torch.ones_like(ids)),
            str(path),
            input_names=inputs,
            output_names=outputs,
            dynamic_axes=dict.fromkeys(inputs, axes) | {name: {0: "texts"} for name in outputs},
            opset_version=_OPSET,
            dynamo=False,
        )
