"""Local rules: their updates against autograd and by hand, what they learn, and the autoencoders that they train."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
import torch

from lpu_core import engrams, training
from lpu_core.training import local_rules

RNG = np.random.default_rng(0)
BITS = np.array(list(itertools.product([0.0, 1.0], repeat=2)))
POINTS = np.zeros((5, 3), np.float32)
START = engrams.initial_layers([3, 2, 3], [0])


def autoencoders(points, widths, n_steps, **options):
    n = points.shape[1]
    start = engrams.initial_layers([n, 24, max(widths), 24, n], range(len(widths)), linear=(2,), widths=widths)
    return training.learn(start, points, points, n_steps=n_steps, n_batch=64, **options).layers


@pytest.mark.parametrize("linear", [(), (1,)])
def test_updates_are_the_descent_of_the_comparator_s_activity(linear):
    """By autograd. All layers by backpropagation, the last by every rule that knows the sign; the twin does not know it.

    Kolen and Pollack's rule is backpropagation where its feedback has become the forward synapses.
    """
    layers = engrams.initial_layers([5, 4, 3], [0, 1, 2], linear)
    weights = [torch.tensor(w, requires_grad=True) for w in layers.weights]
    x = torch.tensor(RNG.standard_normal((20, 5)), dtype=torch.float32)
    goal = torch.tensor(RNG.standard_normal((20, 3)), dtype=torch.float32)
    a = x.expand(3, -1, -1)
    for w, is_linear in zip(weights, layers.linear, strict=True):
        a = a @ w[:, :-1] + w[:, -1:]
        a = a if is_linear else torch.tanh(a)
    plus, minus = (goal - a).clip(0), (a - goal).clip(0)
    activity = (plus.square() + minus.square()).sum(2).mean(1).sum() / 2
    descent = [-g for g in torch.autograd.grad(activity, weights)]

    activities = local_rules._forward(layers.weights, layers.linear, x.numpy())
    drawn, transposed = [RNG.standard_normal((3, 3, 4))], [layers.weights[1][:, :-1].swapaxes(1, 2)]
    found = [np.empty_like(w) for w in layers.weights]
    for rule, (error, route) in training.RULES.items():
        if rule == "binary XOR":
            continue
        arriving, straight = error(goal.numpy(), activities[-1]), route in local_rules.STRAIGHT
        local_rules._update(found, layers.linear, activities, arriving, drawn if straight else transposed, straight)
        same = [np.allclose(f / 20, d, atol=1e-6) for f, d in zip(found, descent, strict=True)]
        exact = {"transposed": [True, True], "learned": [True, True]}.get(route, [False, True])
        assert same == ([False, False] if rule == "unsigned" else exact)


@pytest.mark.parametrize("n_outputs", [1, 4])
def test_the_first_step_of_a_local_rule_is_that_by_hand(n_outputs):
    """The comparator's feedback is of N(0, 1/p), its draw the first of `rng`; then Adam's first step.

    Adam is blind to the scale of an update but for its ε = 10⁻⁸, so inputs are small enough for ε to count: the twin with
    feedback of N(0, 1) takes another step where p is not 1.
    """
    layers = engrams.initial_layers([3, 5, n_outputs], [0, 1])
    x, rng = 1e-4 * np.random.default_rng(2).standard_normal((20, 3)), np.random.default_rng(7)
    drawn = rng.standard_normal((2, n_outputs, 5))
    first, last = (w.astype(float) for w in layers.weights)
    hidden = np.tanh(x @ first[:, :-1] + first[:, -1:])
    error = np.ones((20, n_outputs)) * 1e-4 - (hidden @ last[:, :-1] + last[:, -1:])

    def step(pre, post):
        update = np.concatenate([pre.swapaxes(-1, -2) @ post, post.sum(1, keepdims=True)], axis=1) / 20
        mean, square = 0.1 * update / (1 - 0.9), 0.001 * update**2 / (1 - 0.999)
        return 0.01 * mean / (np.sqrt(square) + 1e-8)

    def moved(std):
        return step(np.stack([x, x]), error @ (std * drawn) * (1 - hidden**2))

    goal = np.full((20, n_outputs), 1e-4)
    after = training.learn(layers, x, goal, "local", n_steps=1, learning_rate=0.01, rng=7).layers.weights
    np.testing.assert_allclose(after[0] - layers.weights[0], moved(n_outputs**-0.5), atol=2e-6)
    np.testing.assert_allclose(after[1] - layers.weights[1], step(hidden, error), atol=2e-6)
    assert (np.abs(moved(n_outputs**-0.5) - moved(1.0)).max() > 1e-3) == (n_outputs > 1)


@pytest.mark.parametrize("decay", [local_rules.DECAY, 0.0])
def test_learned_feedback_becomes_the_forward_synapses_as_fast_as_both_decay(decay, monkeypatch):
    """Both take the same step, so B − Wᵀ keeps the product of 1 − λη over the steps; the twin does not decay, and it stays.

    The updates of hidden synapses turn into the gradient's with it, and not in the twin.
    """
    monkeypatch.setattr(local_rules, "DECAY", decay)
    start = engrams.initial_layers([6, 8, 3, 8, 6], range(3), linear=(2,), widths=[2, 3, 3])
    points = np.tanh(RNG.standard_normal((200, 2)) @ RNG.standard_normal((2, 6)))
    run = training.learn(start, points, points, "Kolen-Pollack", n_steps=600, learning_rate=0.02, n_batch=50, n_records=7)
    rates = local_rules.annealed(0.02, np.arange(600), 600)
    kept = np.cumprod(np.r_[1, 1 - decay * rates])[run.steps]
    np.testing.assert_allclose(run.gaps, kept[:, None] * run.gaps[0], rtol=2e-4)
    assert run.gaps[0].min() > 0.3 and (kept[-1] < 0.1) == (decay > 0)
    assert (run.cosines[-1].min() > 0.95) == (decay > 0)


def test_gaps_are_told_where_errors_go_back_through_the_layers():
    for rule, (_, route) in training.RULES.items():
        gaps = training.learn(START, POINTS + 1, POINTS + 1, rule, n_steps=2).gaps
        assert np.isnan(gaps).all() if route in local_rules.STRAIGHT else (gaps > 0).all() == (route == "learned")


def test_binary_xor_with_one_s_own_output_is_the_signed_error():
    x, y = BITS.T
    np.testing.assert_array_equal(training.RULES["binary XOR"][0](x, y), x - y)


@pytest.mark.slow
def test_rules_learn_what_they_can():
    """XOR with 8 hidden units: all who know the sign; a separable problem too; who does not know it learns neither."""
    x = BITS
    goals = {"xor": x.sum(1) % 2, "and": x.all(1) * 1.0}
    for goal in goals.values():
        solved = {
            rule: ((training.learn(engrams.initial_layers([2, 8, 1], range(10)), x, goal[:, None], rule, n_steps=800,
                                  learning_rate=0.03).layers(x) > 0.5)[..., 0] == (goal > 0.5)).all(1).mean()
            for rule in training.RULES
        }  # fmt: skip
        assert solved.pop("unsigned") == 0
        assert min(solved.values()) >= 0.9, solved


def test_cosines_tell_how_local_updates_lie_to_the_descent():
    x = BITS
    start = engrams.initial_layers([2, 6, 1], range(5))
    found = {
        rule: training.learn(start, x, x.sum(1, keepdims=True) % 2, rule, n_steps=30, n_records=4) for rule in training.RULES
    }
    np.testing.assert_allclose(found["backprop"].cosines, 1, atol=1e-6)
    np.testing.assert_array_equal(found["output only"].cosines, 0)
    assert np.abs(found["local"].cosines).max() < 1
    assert found["local"].losses.shape == (4, 5)
    np.testing.assert_array_equal(found["local"].steps, [0, 9, 19, 29])
    w = start.weights[0]
    np.testing.assert_array_equal(found["output only"].layers.weights[0], w)
    assert not np.array_equal(found["local"].layers.weights[0], w)


@pytest.mark.parametrize("rule", ["backprop", "Kolen-Pollack", "local"])
def test_latents_that_are_not_there_stay_away(rule):
    points = np.tanh(engrams.MANIFOLDS["patch"].sample(300, 0) @ RNG.standard_normal((2, 40))).astype(np.float32)
    trained = autoencoders(points, [1, 3], n_steps=20, rule=rule)
    codes = trained.split(2)[0](points)
    assert not codes[0, :, 1:].any() and codes[1].std(0).min() > 0
    assert not trained.weights[2][0, 1:3].any()


def test_learning_is_the_same_for_the_same_seed():
    points = RNG.standard_normal((70, 6)).astype(np.float32)
    one, two, other = (autoencoders(points, [2, 2], n_steps=10, rng=seed).weights[0] for seed in (0, 0, 1))
    np.testing.assert_array_equal(one, two)
    assert not np.array_equal(one, other)


def test_learning_that_diverges_says_so():
    with pytest.raises(training.Diverged, match="rule unsigned"):
        training.learn(START, POINTS + 1, POINTS + 1, "unsigned", n_steps=5, learning_rate=1e30)


@pytest.mark.slow
def test_a_linear_autoencoder_finds_the_principal_components():
    """Eckart–Young; the error comes within 1 % of the least there is, and never below."""
    points = (RNG.standard_normal((400, 12)) * np.geomspace(3, 0.1, 12)).astype(np.float32)
    start = engrams.initial_layers([12, 4, 12], range(4), linear=(1,), widths=[1, 2, 3, 4])
    trained = training.learn(start, points, points, n_steps=4000, learning_rate=0.02).layers
    variances = np.linalg.svd(points - points.mean(0), compute_uv=False) ** 2
    best = 1 - np.cumsum(variances)[:4] / variances.sum()
    lost = engrams.unexplained(trained, points)
    assert (lost > best * (1 - 1e-5)).all()
    np.testing.assert_allclose(lost, best, rtol=0.01)


def test_losses_may_be_infinite_but_not_nan():
    run = training.learn(START, POINTS, POINTS, n_steps=1)
    assert np.isinf(replace(run, losses=run.losses + np.inf).losses).all()
    with pytest.raises(ValueError, match=r"losses: expected .*, got nan"):
        replace(run, losses=run.losses * np.nan)


@pytest.mark.parametrize(("call", "name"), [
    (lambda: training.learn(START, POINTS, POINTS, "hebb"), "rule"),
    (lambda: training.learn(engrams.initial_layers([3, 3], [0]), POINTS, POINTS), "layers"),
    (lambda: training.learn(START, POINTS, POINTS[:, :2]), "targets"),
    (lambda: training.learn(START, POINTS * np.nan, POINTS), "inputs"),
    (lambda: training.learn(START, POINTS, POINTS, n_steps=0), "n_steps"),
    (lambda: training.learn(START, POINTS, POINTS, n_batch=6), "n_batch"),
    (lambda: training.learn(START, POINTS, POINTS, learning_rate=0.0), "learning_rate"),
])  # fmt: skip
def test_a_bad_argument_is_named(call, name, unchecked_shapes):
    with pytest.raises(ValueError, match=f"{name}: expected"):
        call()
