import copy

import pytest
import torch

from barometer.models.tokens import pad, tokenise
from barometer.models.transformer import TransformerClassifier
from barometer.ship.smooth import SmoothedLinear, smooth

TEXTS = ["Bitcoin surges in week 0", "Tron is hacked in week 5", "Solana guide in week 5"]


def logits(network: torch.nn.Module, model: TransformerClassifier) -> torch.Tensor:
    with torch.inference_mode():
        return network.eval()(*pad(tokenise(model.tokenizer, TEXTS)))


def test_a_smoothed_layer_gives_the_same_output() -> None:
    torch.manual_seed(0)
    linear, x = torch.nn.Linear(6, 4), torch.randn(5, 6) * torch.tensor([1, 50, 0.1, 1, 1, 3])
    smoothed = SmoothedLinear(linear, x.abs().amax(dim=0), strength=0.8)
    assert torch.allclose(smoothed(x), linear(x), atol=1e-5)


def test_smoothing_evens_out_the_inputs_that_are_quantised() -> None:
    torch.manual_seed(0)
    linear, x = torch.nn.Linear(6, 4), torch.randn(200, 6) * torch.tensor([1, 50, 0.1, 1, 1, 3])
    ranges = (x * SmoothedLinear(linear, x.abs().amax(dim=0), strength=0.8).inverse).abs().amax(dim=0)
    before = x.abs().amax(dim=0)
    assert ranges.max() / ranges.min() < 0.1 * before.max() / before.min()


def test_a_channel_that_is_never_used_does_no_harm() -> None:
    linear = torch.nn.Linear(3, 2)
    smoothed = SmoothedLinear(linear, torch.tensor([1.0, 0.0, 2.0]), strength=0.8)
    assert torch.isfinite(smoothed(torch.ones(1, 3))).all()


def test_a_smoothed_network_predicts_the_same_and_leaves_the_original_alone(tiny_bert: TransformerClassifier) -> None:
    before = copy.deepcopy(tiny_bert.network.state_dict())
    smoothed = smooth(tiny_bert.network, tokenise(tiny_bert.tokenizer, TEXTS))
    # six in each of two layers, and the pooler
    assert sum(isinstance(module, SmoothedLinear) for module in smoothed.modules()) == 13
    assert torch.allclose(logits(smoothed, tiny_bert), logits(tiny_bert.network, tiny_bert), atol=1e-4)
    assert before.keys() == tiny_bert.network.state_dict().keys()


@pytest.mark.parametrize("texts", [TEXTS[:1], TEXTS])
def test_the_collecting_hooks_are_gone_afterwards(tiny_bert: TransformerClassifier, texts: list[str]) -> None:
    smoothed = smooth(tiny_bert.network, tokenise(tiny_bert.tokenizer, texts))
    assert not any(module._forward_pre_hooks for module in smoothed.modules())
