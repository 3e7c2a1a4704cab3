"""Networks of others: what they compute by their own equation, dense weights at a low rank, files, and published ones."""

from dataclasses import replace

import numpy as np
import pytest

from lpu_core import checkpoints, dynamics
from lpu_core.checkpoints import Checkpoint
from tools.results.peers import PUBLISHED, read, slope

RNG = np.random.default_rng(0)
N, K, D, P = 30, 2, 3, 2
WEIGHTS = {name: RNG.standard_normal((N, size)) for name, size in (("m", K), ("n", K), ("w_in", D), ("w_out", P))}
MADE = Checkpoint(**WEIGHTS, alpha=0.25, tau=80.0)
INPUTS = RNG.standard_normal((40, 5, D))


def by_their_equation(inputs, x):
    """Currents x (T, B, N) after each step and the outputs z (T, B, P) before it, by a plain loop."""
    currents, outputs = [], []
    for u in inputs:
        rates = np.tanh(x)
        outputs.append(rates @ WEIGHTS["w_out"] / N)
        x = x + 0.25 * (-x + rates @ WEIGHTS["n"] @ WEIGHTS["m"].T / N + u @ WEIGHTS["w_in"].T)
        currents.append(x)
    return np.array(currents), np.array(outputs)


def test_the_network_does_what_its_authors_equation_says():
    start = RNG.standard_normal((5, N))
    currents, z = by_their_equation(INPUTS, start)
    run = MADE.network.simulate(INPUTS, initial_currents=start, record_rates=True)
    np.testing.assert_allclose(run.currents, currents, atol=1e-12)
    y = np.zeros((5, P))
    for t in range(len(z)):
        y = 0.75 * y + 0.25 * z[t]
        np.testing.assert_allclose(run.latents[t, :, :P], y, atol=1e-12)
    assert (MADE.network.tau, MADE.network.dt) == (80.0, 20.0)


def test_outputs_feed_nothing_back():
    """The K latents take the same course with and without them; not so if the outputs had an embedding."""
    alone, both = (one.simulate(INPUTS).latents for one in (MADE.recurrent, MADE.network))
    np.testing.assert_allclose(both[..., P:], alone, atol=1e-12)
    heard = replace(MADE.network, embedding=MADE.network.embedding + 1)
    assert np.abs(heard.simulate(INPUTS).latents[..., P:] - alone).max() > 1e-3


def test_without_outputs_there_is_one_network():
    silent = replace(MADE, w_out=None)
    for name in ("embedding", "encoding", "input_weights"):
        np.testing.assert_array_equal(getattr(silent.network, name), getattr(MADE.recurrent, name))


def test_a_checkpoint_owns_its_arrays_and_keeps_float32():
    given = {name: value.astype(np.float32) for name, value in WEIGHTS.items()}
    made = Checkpoint(**given)
    given["m"][:] = 0
    np.testing.assert_array_equal(made.m, WEIGHTS["m"].astype(np.float32))
    assert made.network.dtype == made.recurrent.dtype == np.float32
    with pytest.raises(ValueError, match="read-only"):
        made.m[0] = 1


@pytest.mark.parametrize(("changes", "name"), [
    ({"n": WEIGHTS["n"][:, :1]}, "n"), ({"n": WEIGHTS["n"][1:]}, "n"), ({"w_in": WEIGHTS["w_in"][1:]}, "w_in"),
    ({"w_out": WEIGHTS["w_out"][:, 0]}, "w_out"), ({"w_out": WEIGHTS["w_out"].astype(np.float32)}, "w_out"),
    ({"alpha": 0.0}, "alpha"), ({"alpha": 1.5}, "alpha"), ({"tau": 0.0}, "tau"), ({"error": -1.0}, "error"),
])  # fmt: skip
def test_weights_that_do_not_fit_are_refused(changes, name, unchecked_shapes):
    with pytest.raises(ValueError, match=f"^{name}: expected"):
        Checkpoint(**WEIGHTS | changes)


def test_weights_of_some_rank_are_reduced_without_error():
    """To rounding, at their rank and above it; one rank lower something is missing."""
    w = WEIGHTS["m"] @ WEIGHTS["n"].T / N
    for rank in (K, K + 1, N):
        found = checkpoints.reduced(w, WEIGHTS["w_in"], WEIGHTS["w_out"], rank=rank)
        assert found.error < 1e-14 and found.m.shape == (N, rank)
        np.testing.assert_allclose(found.recurrent.dense_weights(), w, atol=1e-14)
    same = replace(found, alpha=0.25, tau=80.0).network.simulate(INPUTS).latents[..., :P]
    np.testing.assert_allclose(same, MADE.network.simulate(INPUTS).latents[..., :P], atol=1e-12)
    assert checkpoints.reduced(w, WEIGHTS["w_in"], rank=K - 1).error > 0.1


@pytest.mark.parametrize(("dtype", "rounding"), [(np.float64, 1e-13), (np.float32, 1e-6)])
def test_what_a_reduction_leaves_out_is_told_by_the_singular_values(dtype, rounding):
    w = RNG.standard_normal((N, N)).astype(dtype)
    squares = np.square(np.linalg.svd(w.astype(float), compute_uv=False))
    for rank in (1, 7, N - 1):
        found = checkpoints.reduced(w, WEIGHTS["w_in"].astype(dtype), rank=rank)
        missing = np.linalg.norm(w - found.recurrent.dense_weights()) / np.linalg.norm(w)
        assert found.error == pytest.approx(np.sqrt(squares[rank:].sum() / squares.sum()), abs=1e-13)
        assert found.error == pytest.approx(missing, abs=rounding) and found.m.dtype == dtype


def test_weights_of_zero_lack_nothing():
    assert checkpoints.reduced(np.zeros((3, 3)), np.zeros((3, 1)), rank=1).error == 0
    with pytest.raises(ValueError, match="rank: expected from 1 to N = 3, got 4"):
        checkpoints.reduced(np.zeros((3, 3)), np.zeros((3, 1)), rank=4)


# ------------------------------------------------------------------ files


@pytest.fixture
def write(tmp_path):
    def write(**changes):
        path = tmp_path / "one.npz"
        np.savez(path, **{name: value for name, value in (WEIGHTS | {"alpha": 0.25} | changes).items() if value is not None})
        return path

    return write


@pytest.mark.parametrize("w_out", [WEIGHTS["w_out"], WEIGHTS["w_out"][:, 0], None])
def test_what_is_read_is_what_was_written(w_out, write):
    found = checkpoints.read_arrays(write(w_out=w_out), tau=80.0)
    for name in ("m", "n", "w_in"):
        np.testing.assert_array_equal(getattr(found, name), WEIGHTS[name])
    np.testing.assert_array_equal(found.w_out, None if w_out is None else w_out.reshape(N, -1))
    assert (found.alpha, found.tau, found.error) == (0.25, 80.0, 0.0)


@pytest.mark.parametrize(("changes", "said"), [
    ({"m": None}, "got a file without m"), ({"alpha": None}, "got a file without alpha"),
    ({"b": np.zeros(N)}, "got b, too"), ({"n": WEIGHTS["n"][1:]}, "got n: expected shape"),
    ({"w_out": np.float64(1)}, "got w_out: expected shape"), ({"m": np.array([{}])}, "path: expected weights"),
    ({"w_in": WEIGHTS["w_in"] * np.nan}, "got w_in: expected finite numbers"),
    ({"alpha": 2.0}, "alpha in .*: expected a number above 0 and at most 1"),
    ({"alpha": np.ones(2)}, "alpha in .*: expected a number"),
])  # fmt: skip
def test_a_bad_file_is_named_with_what_is_wrong(changes, said, write, unchecked_shapes):
    with pytest.raises(ValueError, match=said) as error:
        checkpoints.read_arrays(write(**changes))
    assert "one.npz" in str(error.value)


def test_the_folder_comes_from_the_argument_or_the_variable(write, tmp_path, monkeypatch):
    path = write()
    monkeypatch.delenv(checkpoints.FOLDER_VARIABLE, raising=False)
    assert checkpoints.peers() == []
    assert checkpoints.peers(tmp_path) == [path]
    monkeypatch.setenv(checkpoints.FOLDER_VARIABLE, str(tmp_path))
    assert checkpoints.peers() == [path]
    with pytest.raises(ValueError, match=r"LPU_PEERS.*expected a folder with networks"):
        checkpoints.peers(tmp_path / "none")


# ------------------------------------------------------------------ published networks

COUNTS = {"rdm_lr_fig2": (2, 0, 1), "raposo_lr_fig1": (2, 0, 1), "romo_rank2_500": (2, 1, 0), "dms_rank2_500": (4, 4, 1)}
"""Attractors, saddles and repellers."""


@pytest.fixture(params=PUBLISHED)
def published(request):
    """The name and the weights of a published network."""
    files = {path.stem: path for path in checkpoints.peers()}
    if request.param not in files:
        pytest.skip(f"LPU_PEERS names no folder with {request.param}")
    return request.param, read(files[request.param])


def test_a_published_network_does_its_task_from_rest(published):
    """Its answers are right, and as large as asked for; without recurrence τ holds a trace, of one sign or another."""
    name, made = published
    task = PUBLISHED[name].task
    inputs, targets = task.sample(500, 0)
    whole, alone = (one.network.simulate(inputs).latents[..., :1] for one in (made, replace(made, m=0 * made.m)))
    assert task.accuracy(whole, inputs, targets) >= 0.95
    assert slope(task, whole, targets) > 0.7 and abs(slope(task, alone, targets)) < 0.1


def test_a_published_network_has_the_fixed_points_of_its_task(published):
    name, made = published
    found = dynamics.fixed_points(made.recurrent)
    assert tuple(found.kinds.count(kind) for kind in dynamics.FIXED_POINT_KINDS) == COUNTS[name]
    assert found.index_sum == 1 and not found.continuum.size
    for kind in dynamics.FIXED_POINT_KINDS:  # without a bias, −κ* is one with κ*
        points = found.of_kind(kind)
        np.testing.assert_allclose(np.sort(points, axis=0), np.sort(-points, axis=0), atol=1e-5)
