"""The run through time and its adjoint, and the committed networks."""

import json

import numpy as np
import pytest
import torch
from test_training import QUICK, RECIPES, SMALL, weights_of

from lpu_book import BOOK
from lpu_core import dynamics, networks, training
from lpu_core.noise import row_keys
from lpu_core.tasks import FlipFlop
from lpu_core.training import adjoint

pytestmark = pytest.mark.usefixtures("one_thread")

# ------------------------------------------------------------------ the run through time and its adjoint


def recorded_by_autograd(recurrent, gain, input_weights, start, inputs, noise, alpha):
    """What _Run computes, each operation recorded and replayed by torch."""
    state, states = start, []
    for pulses, noises in zip(inputs, noise, strict=True):
        rates = torch.tanh(state @ recurrent.mT + pulses @ input_weights.mT + noises)
        state = (1 - alpha) * state + alpha * (rates if gain is None else rates @ gain)
        states.append(state)
    return torch.stack(states)


@pytest.mark.parametrize("low_rank", [True, False])
@pytest.mark.parametrize("noisy", [True, False])
@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize("n", [6, 131])
def test_the_adjoint_is_what_autograd_finds(low_rank, noisy, compiled, n, monkeypatch):
    """In float64: as machine code, or as torch's calls, which a GPU takes, too. Noise is drawn in float32."""
    if not compiled:
        monkeypatch.setattr(adjoint, "machine_code", lambda: None)
    stream = torch.Generator().manual_seed(3)
    t, e, b, d = 7, 2, 4, 4
    k = 5 if low_rank else n
    sizes = {"A": (e, n, k), "G": (e, n, k), "W_in": (e, n, d), "start": (e, b, k)}
    parts = {name: torch.randn(size, generator=stream, dtype=torch.float64) for name, size in sizes.items()}
    inputs = torch.randn(t, e, b, d, generator=stream, dtype=torch.float64)
    noise = adjoint.Noise(0.7, row_keys(np.uint64(4), np.arange(t), np.arange(e * b)).reshape(t, e, b, 2))
    weigh = torch.randn(t, e, b, k, generator=stream, dtype=torch.float64)
    found = []
    for run in (recorded_by_autograd, adjoint.Run.apply):
        leaves = {name: part.clone().requires_grad_(True) for name, part in parts.items()}
        gain = leaves["G"] if low_rank else None
        drawn = noise if noisy else None
        if run is recorded_by_autograd:
            drawn = noise.draw(n).double() * noisy
        states = run(leaves["A"], gain, leaves["W_in"], leaves["start"], inputs, drawn, 0.3)
        (states * weigh).sum().backward()
        found.append([states.detach(), *(leaf.grad for name, leaf in leaves.items() if low_rank or name != "G")])
    for expected, got in zip(*found, strict=True):
        scale = expected.abs().max().item()
        torch.testing.assert_close(got, expected, rtol=0, atol=(5e-6 if noisy else 1e-12) * scale)


def test_a_device_that_is_not_there_is_named():
    for recipe in RECIPES:
        with pytest.raises(ValueError, match=r"device: expected one of .*'cpu'.*, got 'abacus'"):
            recipe(SMALL, 10, descent=QUICK, device="abacus")
    if not torch.cuda.is_available():
        with pytest.raises(ValueError, match=r"device: expected one of .* which torch finds here, got 'cuda'"):
            training.train_low_rank(SMALL, 10, descent=QUICK, device="cuda")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_gpu_trains_the_same_networks():
    """To the rounding of float32 over 6 epochs."""
    for recipe in RECIPES:
        there, here = (recipe(SMALL, 10, (3, 4), descent=QUICK, device=name) for name in ("cuda", "cpu"))
        for a, b in zip(weights_of(there), weights_of(here), strict=True):
            np.testing.assert_allclose(a, b, atol=1e-4)


# ------------------------------------------------------------------ the committed networks

RESULTS = BOOK / "results"
EXPECTED = {
    2: {"direct": range(5), "two_steps": range(5), "fine_tuned": range(5)},
    3: {"direct": range(5), "two_steps": range(20), "fine_tuned": range(20)},
}
COMMITTED = sorted(p.relative_to(RESULTS) for p in RESULTS.glob("flip_flop_*bit/*.npz") if not p.stem.startswith("teacher"))
FRESH = 2**33
"""A stream of trials that nothing in the repository uses: tools/results/theory.py tests on [seed, 2³²]."""


@pytest.mark.parametrize("n_bits", EXPECTED)
def test_every_network_that_the_chapters_load_is_there(n_bits):
    names = {f"{recipe}_{seed:02d}.npz" for recipe, seeds in EXPECTED[n_bits].items() for seed in seeds}
    there = {p.name for p in (RESULTS / f"flip_flop_{n_bits}bit").glob("*.npz") if not p.stem.startswith("teacher")}
    assert there == names
    assert (RESULTS / f"flip_flop_{n_bits}bit" / "teacher_00.npz").is_file()


def share_right(net, task, n_trials, seed):
    """All-bits accuracy, by hand, and its standard error with trials as units (a ratio of two sums)."""
    rng = np.random.default_rng(seed)
    pulses, targets = task.sample(n_trials, rng)
    start = 0.1 * rng.standard_normal((n_trials, net.n_neurons))
    latents = net.simulate(pulses, initial_rates=start).latents
    counted = task.counted(pulses)
    right = ((np.sign(latents) == targets).all(-1) & counted).sum(0)
    counted = counted.sum(0)
    share = right.sum() / counted.sum()
    return share, np.sqrt(np.square(right - share * counted).sum()) / counted.sum()


@pytest.mark.parametrize("path", COMMITTED, ids=str)
def test_a_committed_network_is_as_good_as_it_says(unchecked_shapes, path):
    """On 1000 fresh trials within 4 s.e. of its provenance, which was measured on as many: false alarm about 6e-5 each.

    The s.e. is not taken to be less than that of one trial failed as a whole. Trained on the task itself: at least 0.99.
    """
    net, source = networks.load(RESULTS / path), networks.provenance(RESULTS / path)
    recipe, seed = path.stem.rsplit("_", 1)
    n_bits = int(path.parts[0][len("flip_flop_")])
    assert (source["recipe"], source["seed"], source["n_bits"]) == (recipe, int(seed), n_bits)
    assert net.n_latents == net.n_inputs == n_bits and source["n_neurons"] == net.n_neurons and source["versions"]["torch"]
    n_trials = source["n_test_trials"]
    assert n_trials == 1000
    share, error = share_right(net, FlipFlop(n_bits), n_trials, [int(seed), FRESH])
    assert abs(share - source["accuracy"]) < 4 * np.sqrt(2) * max(error, 1 / n_trials)
    if recipe in ("direct", "fine_tuned"):
        assert share >= 0.99


@pytest.mark.parametrize("path", [p for p in COMMITTED if not p.stem.startswith("teacher")], ids=str)
def test_a_committed_network_has_the_attractors_that_it_says(unchecked_shapes, path):
    """Without noise, a state that fades keeps its sign and scores as well: so the attractors are on record, too."""
    net, source = networks.load(RESULTS / path), networks.provenance(RESULTS / path)
    found = dynamics.fixed_points(net)
    assert found.index_sum == 1 and len(found.attractors) == source["n_attractors"]


@pytest.mark.parametrize("path", [p for p in COMMITTED if p.stem.startswith("direct") or p.stem == "fine_tuned_00"], ids=str)
def test_a_network_that_the_book_shows_remembers_by_attractors(unchecked_shapes, path):
    """One attractor for every word of K bits, whichever it is; and the noise that it was trained with does not matter."""
    net = networks.load(RESULTS / path)
    found = dynamics.fixed_points(net)
    assert len({tuple(word) for word in np.sign(found.attractors)}) == len(found.attractors) == 2**net.n_latents
    assert training.accuracy(net, FlipFlop(net.n_latents), 500, [int(path.stem[-2:]), FRESH], noise_std=0.1) >= 0.99


def test_the_table_of_trainings_is_that_of_the_files():
    rows = {
        (r["n_bits"], r["recipe"], r["seed"]): r for r in json.loads((RESULTS / "training.json").read_text())["networks"]
    }
    for path in COMMITTED:
        source = networks.provenance(RESULTS / path)
        row = rows[source["n_bits"], source["recipe"], source["seed"]]
        assert row["accuracy"] == source["accuracy"] and row.get("n_attractors") == source.get("n_attractors")


def test_a_fit_that_is_cut_short_says_so():
    teacher = networks.load(RESULTS / "flip_flop_2bit/teacher_00.npz")
    with pytest.warns(RuntimeWarning, match="before it converged"):
        training.fit_low_rank(teacher, FlipFlop(2), 2, 0, n_trials=2, max_iterations=3)
