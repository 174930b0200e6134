from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from barometer.models import transformer
from barometer.models.base import Examples
from barometer.models.encoders import load_encoder, pad
from barometer.models.network import FineTuning, SentimentNetwork
from barometer.settings import BackboneSettings

SHORT, LONG = [2, 30, 31, 3], [2, 10, 11, 12, 13, 14, 15, 16, 3]


@pytest.fixture
def network(tiny_backbone: Path) -> SentimentNetwork:
    torch.manual_seed(0)
    network = SentimentNetwork(load_encoder(str(tiny_backbone)), dropout=0.1).eval()
    torch.nn.init.normal_(network.head.weight)  # large enough for a slip in the pooling to show
    return network


def tuning(network: SentimentNetwork, **changes: Any) -> FineTuning:
    rates = {
        "lr": 1.0,
        "head_lr_factor": 5.0,
        "layer_decay": 0.5,
        "weight_decay": 0.01,
        "warmup_share": 0.2,
        "news_weight": 0.3,
    }
    return FineTuning(network, **{**rates, "total_steps": 10, **changes})


def rates_of(module: FineTuning, key: str) -> dict[str, float]:
    names = {id(parameter): name for name, parameter in module.network.named_parameters()}
    groups = module.configure_optimizers()["optimizer"].param_groups
    return {names[id(parameter)]: group[key] for group in groups for parameter in group["params"]}


@torch.inference_mode()
def test_padding_does_not_change_a_text(network: SentimentNetwork) -> None:
    alone = network(*pad([SHORT]))[0].softmax(dim=-1)[0]
    in_batch = network(*pad([LONG, SHORT]))[0].softmax(dim=-1)[1]
    torch.testing.assert_close(in_batch, alone, rtol=0, atol=1e-5)


@torch.inference_mode()
def test_masked_tokens_do_not_matter(network: SentimentNetwork) -> None:
    ids, mask = pad([LONG, SHORT])
    clean = network(ids, mask)
    torch.testing.assert_close(network(ids.masked_fill(mask == 0, 40), mask), clean)


@torch.inference_mode()
def test_logits_use_the_mean_token_vector(network: SentimentNetwork) -> None:
    ids, mask = pad([SHORT])
    states = network.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
    pooled = states[0].mean(dim=0)
    logits, news = network(ids, mask)
    torch.testing.assert_close((logits[0], news[:1]), (network.head(pooled), network.news_head(pooled)))


def test_lower_layers_learn_more_slowly(network: SentimentNetwork) -> None:
    rates = rates_of(tuning(network), "initial_lr")
    assert rates["head.weight"] == 5.0
    assert rates["encoder.encoder.layer.1.output.dense.weight"] == 1.0
    assert rates["encoder.encoder.layer.0.output.dense.weight"] == 0.5
    assert rates["encoder.embeddings.word_embeddings.weight"] == 0.25


def test_only_matrices_decay(network: SentimentNetwork) -> None:
    decays = rates_of(tuning(network), "weight_decay")
    assert decays["head.weight"] == 0.01
    assert decays["head.bias"] == 0.0
    assert decays["encoder.encoder.layer.0.output.LayerNorm.weight"] == 0.0


def test_frozen_embeddings_are_not_optimised(network: SentimentNetwork) -> None:
    network.freeze_embeddings()
    names = rates_of(tuning(network), "lr").keys()
    assert [name for name in names if "embeddings" in name] == []
    assert "head.weight" in names


def test_fits_move_layers_not_frozen_embeddings(
    quick: dict[str, dict[str, Any]], backbone: BackboneSettings, few: Examples
) -> None:
    settings = {**quick["bert"], "epochs": 1, "batch_size": 48, "freeze_embeddings": True}
    model = transformer.build(settings, backbone, seed=1)
    model.fit(few, few)
    before, after = load_encoder(backbone.source), model.network.encoder
    for old, new in zip(before.embeddings.parameters(), after.embeddings.parameters(), strict=True):
        assert torch.equal(old, new)
    layers = [encoder.encoder.layer[0].output.dense.weight for encoder in (before, after)]
    assert not torch.equal(*layers)


def test_the_rate_warms_up_then_decays(network: SentimentNetwork) -> None:
    configured = tuning(network, layer_decay=1.0, head_lr_factor=1.0).configure_optimizers()
    optimizer, schedule = configured["optimizer"], configured["lr_scheduler"]["scheduler"]
    rates = []
    for _ in range(11):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    assert rates == pytest.approx([1 / 2, 1, 1, 7 / 8, 6 / 8, 5 / 8, 4 / 8, 3 / 8, 2 / 8, 1 / 8, 0])
    assert configured["lr_scheduler"]["interval"] == "step"


def test_one_step_needs_no_schedule(network: SentimentNetwork) -> None:
    rates = rates_of(tuning(network, total_steps=1), "lr")
    assert rates["encoder.encoder.layer.1.output.dense.weight"] == 1.0


@torch.inference_mode()
def test_lower_plus_upper_is_the_whole(network: SentimentNetwork) -> None:
    ids, mask = pad([LONG, SHORT])
    whole = network(ids, mask)
    with network.lower_layers(1):
        states = network.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
    with network.upper_layers(1):
        from_states = network(states, mask)
    torch.testing.assert_close(from_states, whole)
    torch.testing.assert_close(network(ids, mask), whole)


def test_frozen_layers_stay_as_they_were(
    quick: dict[str, dict[str, Any]], backbone: BackboneSettings, few: Examples
) -> None:
    settings = {**quick["bert"], "epochs": 1, "batch_size": 48, "frozen_layers": 1}
    model = transformer.build(settings, backbone, seed=1)
    model.fit(few, few)
    before, after = load_encoder(backbone.source).encoder.layer, model.network.encoder.encoder.layer
    weights = [(old.output.dense.weight, new.output.dense.weight) for old, new in zip(before, after, strict=True)]
    assert torch.equal(*weights[0]) and not torch.equal(*weights[-1])


def test_unasked_headlines_teach_no_news(network: SentimentNetwork) -> None:
    ids, mask = pad([LONG, SHORT])
    batch = {"inputs": ids, "attention_mask": mask, "targets": torch.full((2, 3), 1 / 3), "weights": torch.ones(2)}
    module = tuning(network, news_weight=0.5)
    without = module._loss({**batch, "news": torch.full((2,), torch.nan)})
    with_one = module._loss({**batch, "news": torch.tensor([torch.nan, 0.0])})
    logit = network(ids, mask)[1][1]
    torch.testing.assert_close(with_one - without, 0.5 * torch.nn.functional.softplus(logit) / 2)


def test_news_is_learnt_beside_the_class(backbone: BackboneSettings, quick: dict[str, dict[str, Any]]) -> None:
    texts = ["bitcoin gains in week 1", "how to buy bitcoin"] * 40
    targets = np.tile(np.eye(3)[[2, 1]], (40, 1))
    examples = Examples(texts, targets, np.ones(80), np.tile([1.0, 0.0], 40))
    model = transformer.build({**quick["bert"], "epochs": 8, "news_weight": 1.0}, backbone, seed=1)
    model.fit(examples, examples)
    probabilities, news = model.predict_both(texts[:2])
    assert news[0] > 0.7 and news[1] < 0.3
    np.testing.assert_array_equal(probabilities, model.predict_proba(texts[:2]))
