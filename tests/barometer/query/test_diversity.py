import numpy as np
import pytest
from numpy.typing import NDArray
from skactiveml.pool import k_greedy_center

from barometer.query.diversity import badge, gradient_embeddings, k_center, k_means_plus_plus

Array = NDArray[np.float64]
NOTHING = np.empty((0, 1))


def test_k_center_takes_the_farthest() -> None:
    line = np.array([[0.0], [1.0], [5.0], [10.0]])
    chosen = k_center(line, np.array([[0.0]]), np.empty((4, 3)), 3, np.random.default_rng(0))
    assert chosen.tolist() == [3, 2, 1]  # 10 away; then 5 (of 0 and of 10); then 1


def test_k_center_equals_scikit_activeml(vectors: Array, labelled: Array, probabilities: Array) -> None:
    everything = np.concatenate([vectors, labelled])
    marks = np.concatenate([np.full(len(vectors), np.nan), np.zeros(len(labelled))])
    theirs, _ = k_greedy_center(everything, marks, batch_size=12, random_state=0)
    ours = k_center(vectors, labelled, probabilities, 12, np.random.default_rng(0))
    assert ours.tolist() == theirs.tolist()


def test_unlabelled_k_center_begins_anywhere(vectors: Array, probabilities: Array) -> None:
    firsts = {int(k_center(vectors, NOTHING, probabilities, 1, np.random.default_rng(s))[0]) for s in range(30)}
    assert len(firsts) > 10


def test_k_center_never_repeats_a_headline() -> None:
    copies = np.ones((6, 2))
    chosen = k_center(copies, copies[:1], np.empty((6, 3)), 6, np.random.default_rng(0))
    assert sorted(chosen) == list(range(6))


def test_gradient_embedding_by_hand() -> None:
    found = gradient_embeddings(np.array([[2.0, 3.0]]), np.array([[0.2, 0.7, 0.1]]))
    np.testing.assert_allclose(found, [[0.4, 0.6, -0.6, -0.9, 0.2, 0.3]])


def test_gradient_embedding_equals_autograd(vectors: Array) -> None:
    import torch

    weight = torch.tensor(np.random.default_rng(0).normal(size=(5, 3)), requires_grad=True)
    logits = torch.tensor(vectors[:1]) @ weight
    torch.nn.functional.cross_entropy(logits, logits.argmax(dim=1)).backward()  # type: ignore[no-untyped-call]
    probabilities = torch.softmax(logits, dim=1).detach().numpy()
    assert weight.grad is not None
    found = gradient_embeddings(vectors[:1], probabilities).reshape(3, 5)
    np.testing.assert_allclose(found, weight.grad.numpy().T)


def test_certain_headline_has_short_gradient(vectors: Array) -> None:
    certain, unsure = np.array([[0.98, 0.01, 0.01]]), np.array([[0.4, 0.3, 0.3]])
    lengths = [np.linalg.norm(gradient_embeddings(vectors[:1], p)) for p in (certain, unsure)]
    assert lengths[0] < 0.1 * lengths[1]


def test_seeding_starts_longest_then_far() -> None:
    points = np.array([[0.0, 0.1], [0.0, 0.0], [10.0, 0.0], [9.0, 0.0], [9.1, 0.0]])
    chosen = [k_means_plus_plus(points, 2, np.random.default_rng(s)).tolist() for s in range(200)]
    assert {pair[0] for pair in chosen} == {2}
    # Squared distances to (10, 0): 100.01, 100, 0, 1 and 0.81.
    far = sum(pair[1] in {0, 1} for pair in chosen)
    assert far > 190


def test_seeding_draws_by_squared_distance() -> None:
    points = np.array([[3.0], [0.0], [1.0]])  # from 3: 9 and 4
    second = [int(k_means_plus_plus(points, 2, np.random.default_rng(s))[1]) for s in range(2000)]
    assert np.mean(np.array(second) == 1) == pytest.approx(9 / 13, abs=0.03)


def test_badge_fills_batch_when_certain(vectors: Array) -> None:
    certain = np.tile([0.0, 1.0, 0.0], (len(vectors), 1))
    chosen = badge(vectors, NOTHING, certain, 20, np.random.default_rng(0))
    assert len(set(chosen.tolist())) == 20
