"""A low-rank student of a network's activity: the logistic loss and its gradient, the fit to a teacher, and alignment."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.optimize import minimize_scalar

from lpu_core import FullRankRNN, LowRankRNN, timescales, training
from lpu_core.tasks import FlipFlop

pytestmark = pytest.mark.usefixtures("one_thread")


# ------------------------------------------------------------------ the logistic loss


def problem(seed=0, n=12, k=2, d=3, samples=40):
    """M, Nenc, W_in, rates, inputs, drives."""
    rng = np.random.default_rng(seed)
    return (*rng.standard_normal((2, n, k)), rng.standard_normal((n, d)), rng.uniform(-1, 1, (samples, n)),
            rng.standard_normal((samples, d)), rng.uniform(-1, 1, (samples, n)))  # fmt: skip


def cross_entropy(m, enc, w, rates, inputs, drives):
    """−p log σ(2z) − (1 − p) log(1 − σ(2z)), p = (1 + d)/2, sample by sample and neuron by neuron."""
    total = 0.0
    for r, u, d in zip(rates, inputs, drives, strict=True):
        z = m @ (enc.T @ r / len(m)) + w @ u
        for zi, di in zip(z, d, strict=True):
            p, q = (1 + di) / 2, 1 / (1 + np.exp(-2 * zi))
            total -= p * np.log(q) + (1 - p) * np.log(1 - q)
    return total / len(rates)


def test_the_loss_is_the_cross_entropy():
    parts = problem()
    assert training.logistic_loss(*parts)[0] == pytest.approx(cross_entropy(*parts), rel=1e-12)
    large = (100 * parts[0], *parts[1:])  # where the formula above overflows
    assert np.isfinite(training.logistic_loss(*large)[0])


def test_the_gradient_is_that_of_autograd_and_of_differences():
    parts = problem(1)
    loss, gradients = training.logistic_loss(*parts)
    m, enc, w = (torch.tensor(a, requires_grad=True) for a in parts[:3])
    rates, inputs, drives = map(torch.tensor, parts[3:])
    z = rates @ enc / len(m) @ m.T + inputs @ w.T
    torch_loss = torch.nn.functional.binary_cross_entropy_with_logits(2 * z, (1 + drives) / 2, reduction="sum") / len(rates)
    torch_loss.backward()
    assert loss == pytest.approx(torch_loss.item(), rel=1e-12)
    rng, step = np.random.default_rng(2), 1e-6
    for i, (ours, theirs) in enumerate(zip(gradients, (m, enc, w), strict=True)):
        np.testing.assert_allclose(ours, theirs.grad.numpy(), rtol=1e-10, atol=1e-13)
        direction = rng.standard_normal(ours.shape)
        ends = [training.logistic_loss(*parts[:i], parts[i] + s * direction, *parts[i + 1 :])[0] for s in (step, -step)]
        assert (ends[0] - ends[1]) / (2 * step) == pytest.approx((ours * direction).sum(), rel=1e-6)


@pytest.mark.parametrize("drive", [-0.9, -0.3, 0.0, 0.5, 0.99])
def test_the_loss_is_least_where_tanh_predicts_the_drive(drive):
    """One neuron, one sample, z = W_in u at will."""
    zero, one = np.zeros((1, 1)), np.ones((1, 1))

    def loss(z):
        return training.logistic_loss(zero, zero, z * one, zero, one, drive * one)

    best = minimize_scalar(lambda z: loss(z)[0], bracket=(-1, 1), tol=1e-12).x
    assert np.tanh(best) == pytest.approx(drive, abs=1e-6)
    assert loss(np.arctanh(drive))[1][2][0, 0] == pytest.approx(0, abs=1e-15)
    assert loss(2.0)[1][2][0, 0] == pytest.approx(np.tanh(2.0) - drive)


def test_the_loss_is_convex_in_the_weights_and_not_in_their_factors():
    """On random segments in (W, W_in), by M = W and Nenc = N·I; twin: (M, Nenc) and (−M, −Nenc) are one W, 0 between."""
    m, enc, w, rates, inputs, drives = problem(3)
    n, rng = len(m), np.random.default_rng(4)

    def of_weights(weights, w_in):
        return training.logistic_loss(weights, n * np.eye(n), w_in, rates, inputs, drives)[0]

    for scale in np.repeat([0.1, 1.0, 10.0], 20):
        (a, b), (c, d) = scale * rng.standard_normal((2, n, n)), scale * rng.standard_normal((2, *w.shape))
        middle = of_weights((a + b) / 2, (c + d) / 2)
        assert middle < (of_weights(a, c) + of_weights(b, d)) / 2
    learned = np.tanh(rates @ (m @ enc.T / n).T + inputs @ w.T)  # drives that these factors predict exactly
    best, mirrored, between = (
        training.logistic_loss(s * m, s * enc, w, rates, inputs, learned)[0] for s in (1.0, -1.0, 0.0)
    )
    assert best == pytest.approx(mirrored, rel=1e-12) and between > best + 0.01


# ------------------------------------------------------------------ the fit to a teacher


def one_step_error(student, teacher, task, seed):
    """R.m.s. of tanh(W r + W_in u) − d over fresh steps of the teacher, relative to that of d; and that of the weights."""
    rng = np.random.default_rng(seed)
    pulses, _ = task.sample(20, rng)
    start = 0.1 * rng.standard_normal((20, teacher.n_neurons))
    rates = teacher.simulate(pulses, initial_rates=start, record_rates=True).rates
    before = np.concatenate([start[None], rates[:-1]])
    drives = (rates - before / 2) * 2  # α = ½
    predicted = np.tanh(before @ student.dense_weights().T + pulses @ student.input_weights.T)
    weights = student.dense_weights() - teacher.weights
    return (
        np.sqrt(np.square(predicted - drives).mean() / np.square(drives).mean()),
        np.linalg.norm(weights) / np.linalg.norm(teacher.weights),
    )


@pytest.mark.slow
def test_a_teacher_of_the_rank_asked_for_is_recovered():
    """A designed 2-bit network of 60 neurons, hidden in its dense W."""
    teacher = timescales.design_flip_flop(60, 2, 0, dtype=np.float64).dense()
    student = training.fit_low_rank(teacher, FlipFlop(2), 2, 1, weight_decay=1e-9)
    prediction, weights = one_step_error(student, teacher, FlipFlop(2), 5)
    assert prediction < 0.01 and weights < 0.02
    # Twin: with a rank too few, a bit is lost
    prediction, weights = one_step_error(training.fit_low_rank(teacher, FlipFlop(2), 1, 1), teacher, FlipFlop(2), 5)
    assert prediction > 0.1 and weights > 0.5


def full_rank_teacher(n=60, bits=2):
    rng = np.random.default_rng(6)
    weights, w = 1.5 * rng.standard_normal((n, n)) / np.sqrt(n), rng.standard_normal((n, bits))
    return FullRankRNN(weights, rng.standard_normal((n, bits)), w)


@pytest.mark.slow
def test_a_full_rank_teacher_leaves_a_residual():
    """Twin: W of N(0, 1.5²/N)."""
    teacher = full_rank_teacher()
    prediction, weights = one_step_error(training.fit_low_rank(teacher, FlipFlop(2), 2, 1), teacher, FlipFlop(2), 5)
    assert prediction > 0.1 and weights > 0.5


@pytest.mark.slow
def test_the_fit_predicts_better_than_the_truncated_weights_it_starts_from():
    teacher = full_rank_teacher()
    left, values, right = np.linalg.svd(teacher.weights)
    start = LowRankRNN(left[:, :2] * values[:2] * 60, right[:2].T.copy(), teacher.input_weights)
    np.testing.assert_allclose(start.dense_weights(), left[:, :2] * values[:2] @ right[:2])
    fitted = training.fit_low_rank(teacher, FlipFlop(2), 2, 1)
    assert one_step_error(fitted, teacher, FlipFlop(2), 5)[0] < 0.95 * one_step_error(start, teacher, FlipFlop(2), 5)[0]


def test_the_same_seed_gives_the_same_fit():
    teacher = timescales.design_flip_flop(20, 1, 0).dense()
    one, same, other = (training.fit_low_rank(teacher, FlipFlop(1, 0.1, 30), 1, seed, n_trials=10) for seed in (1, 1, 2))
    assert np.array_equal(one.embedding, same.embedding) and one.dtype == np.float32
    assert not np.array_equal(one.embedding, other.embedding)


# ------------------------------------------------------------------ alignment


@pytest.mark.parametrize("n_bits", [1, 2, 3])
def test_aligned_latents_regress_on_the_outputs_by_the_identity(n_bits):
    task, rng = FlipFlop(n_bits), np.random.default_rng(7)
    net = timescales.design_flip_flop(200 * n_bits, n_bits, 8, dtype=np.float64)
    mixed = net.change_basis(np.eye(n_bits) + 0.5 * rng.standard_normal((n_bits, n_bits)))
    aligned = training.align(mixed, task, 9)
    rng = np.random.default_rng(9)
    pulses, targets = task.sample(100, rng)
    latents = aligned.simulate(pulses, initial_rates=0.1 * rng.standard_normal((100, net.n_neurons))).latents
    counted = task.counted(pulses)
    regression = np.linalg.lstsq(latents[counted], targets[counted], rcond=None)[0]
    np.testing.assert_allclose(regression, np.eye(n_bits), atol=1e-9)
    np.testing.assert_allclose(aligned.dense_weights(), net.dense_weights(), atol=1e-12)
    # the basis it starts from does not matter
    again = training.align(net, task, 9)
    np.testing.assert_allclose(again.embedding, aligned.embedding, atol=1e-8)
    np.testing.assert_allclose(again.encoding, aligned.encoding, atol=1e-8)
    # twin: another task's outputs ask for another basis
    assert n_bits == 1 or np.abs(mixed.embedding - aligned.embedding).max() > 0.05


# ------------------------------------------------------------------ bad arguments


@pytest.mark.parametrize(("change", "name"), [
    ({"inputs": np.ones((40, 2))}, "inputs"), ({"encoding": np.ones((12, 1))}, "encoding"),
    ({"rates": np.ones((40, 11))}, "rates"), ({"drives": np.full((40, 12), 1.5)}, "drives"),
    ({"input_weights": 1j * np.ones((12, 3))}, "input_weights"), ({"embedding": np.full((12, 2), 1e308)}, "embedding"),
    ({"rates": np.ones((0, 12)), "inputs": np.ones((0, 3)), "drives": np.ones((0, 12))}, "rates"),
])  # fmt: skip
def test_a_loss_of_what_does_not_fit_is_refused(change, name):
    names = ("embedding", "encoding", "input_weights", "rates", "inputs", "drives")
    with pytest.raises(ValueError, match=rf"^{name}\b.*: expected"):
        training.logistic_loss(**dict(zip(names, problem(), strict=True)) | change)


def test_bad_arguments_are_named(unchecked_shapes):
    low = timescales.design_flip_flop(20, 2, 0)
    for change in ({"nonlinearity": "sin"}, {"bias": np.ones(20, np.float32)}):
        with pytest.raises(ValueError, match="teacher: expected a tanh network without biases"):
            training.fit_low_rank(replace(low, **change).dense(), FlipFlop(2), 2, 0)
    for rank in (0, 21):
        with pytest.raises(ValueError, match="rank: expected between 1 and 20"):
            training.fit_low_rank(low.dense(), FlipFlop(2), rank, 0)
    with pytest.raises(ValueError, match=r"network: expected as many latents as bits \(1\), got 2"):
        training.align(replace(low, input_weights=low.input_weights[:, :1]), FlipFlop(1), 0)
    for call in (lambda: training.align(low, FlipFlop(1), 0), lambda: training.fit_low_rank(low.dense(), FlipFlop(1), 2, 0)):
        with pytest.raises(ValueError, match=r"task: expected the .* 2 inputs, got 1"):
            call()
    with pytest.raises(ValueError, match="n_trials: expected enough for some steps to count"):
        training.align(low, FlipFlop(2, 1e-9), 0)
    silent = replace(low, encoding=np.zeros((20, 2), np.float32))
    with pytest.raises(ValueError, match="network: expected latents that span the outputs"):
        training.align(silent, FlipFlop(2), 0)
    grows = replace(low, encoding=1e30 * low.encoding, nonlinearity="relu")
    with pytest.raises(ValueError, match="network: expected activity that stays finite"):
        training.align(grows, FlipFlop(2), 0)
