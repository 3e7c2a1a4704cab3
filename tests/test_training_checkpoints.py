"""Networks in PyTorch's files: what is read is what they compute, and what would run code is never run."""

import pathlib
import pickle

import numpy as np
import pytest
import torch

from lpu_core import training

N, K, D, P = 20, 2, 3, 2
RNG = torch.Generator().manual_seed(0)
SHARED = {"wi": (D, N), "si": (D,), "wo": (N, P), "so": (P,)}
SHAPES = {"m": (N, K), "n": (N, K)} | SHARED
LOW = {key: torch.randn(shape, generator=RNG, dtype=torch.float64) for key, shape in SHAPES.items()}
NOTHING = torch.zeros(N, dtype=torch.float64)
DENSE = {key: LOW[key] for key in SHARED} | {"wrec": torch.randn(N, N, generator=RNG, dtype=torch.float64) / N**0.5}
INPUTS = torch.randn(5, 30, D, generator=RNG, dtype=torch.float64)  # trials first, as theirs


@pytest.fixture
def write(tmp_path):
    def write(state, **changes):
        path = tmp_path / "one.pt"
        torch.save({key: value for key, value in (state | changes).items() if value is not None}, path)
        return path

    return write


def by_their_equation(weights, share, state):
    """The outputs before each step, (T, B, P), of x ← x + 0.2 (−x + W φ(x) + u·(wi si)), by a plain loop of tensors."""
    x, outputs = torch.zeros(len(INPUTS), N, dtype=torch.float64), []
    for t in range(INPUTS.shape[1]):
        outputs.append(torch.tanh(x) @ (state["wo"] * state["so"]) * share)
        x = x + 0.2 * (-x + torch.tanh(x) @ weights.T + INPUTS[:, t] @ (state["wi"] * state["si"][:, None]))
    return torch.stack(outputs).numpy()


def assert_same(found, z):
    """Its outputs are z, filtered by τ."""
    run = found.network.simulate(INPUTS.numpy().swapaxes(0, 1)).latents[..., :P]
    before = np.concatenate([np.zeros((1, *run.shape[1:])), run[:-1]])
    np.testing.assert_allclose(run, 0.8 * before + 0.2 * z, atol=1e-12)


def test_a_low_rank_network_is_what_its_equation_says(write):
    found = training.read_checkpoint(write(LOW, b=NOTHING, h0=NOTHING))
    assert_same(found, by_their_equation(LOW["m"] @ LOW["n"].T / N, 1 / N, LOW))
    assert (found.alpha, found.tau, found.error) == (0.2, 100.0, 0.0)


def test_a_full_rank_network_is_what_its_equation_says(write):
    """At rank N; at a lower one something is missing, and said."""
    found = training.read_checkpoint(write(DENSE), rank=N)
    assert_same(found, by_their_equation(DENSE["wrec"], 1, DENSE))
    assert found.error < 1e-14 < 0.5 < training.read_checkpoint(write(DENSE), rank=K).error < 1


def test_scales_that_are_not_there_are_one(write):
    ones = {key: torch.ones_like(LOW[key]) for key in ("si", "so")}
    there, not_there = (training.read_checkpoint(write(LOW, **scales)) for scales in (ones, {"si": None, "so": None}))
    for name in ("m", "n", "w_in", "w_out"):
        np.testing.assert_array_equal(getattr(there, name), getattr(not_there, name))


@pytest.mark.parametrize(("state", "changes", "said"), [
    (LOW, {"n": None, "wi": None}, "m, n, wi, wo in .*, got a file without n, wi"),
    (DENSE, {"wo": None}, "wrec, wi, wo in .*, got a file without wo"),
    (LOW, {"gates": torch.ones(2, dtype=torch.float64)}, "got gates, too"),
    (DENSE, {"m": LOW["m"]}, "got m, too"),
    (LOW, {"b": torch.ones(N, dtype=torch.float64)}, "zeros as b"),
    (LOW, {"h0": torch.full((N,), torch.nan, dtype=torch.float64)}, "zeros as h0"),
    (LOW, {"m": LOW["m"].float()}, r"got \['float32', 'float64'\]"),
    (LOW, {"m": LOW["m"][1:]}, r"got m: expected shape \(20, any\)"),
    (LOW, {"n": LOW["n"][:, 1:]}, r"got n: expected shape \(20, 2\)"),
    (LOW, {"si": LOW["so"]}, r"got si: expected shape \(3,\)"),
    (LOW, {"wi": LOW["wi"] * torch.nan}, "got wi: expected finite numbers"),
    (DENSE, {"wrec": LOW["m"]}, r"got wrec: expected shape \(20, 20\)"),
    (LOW, {"epoch": 3}, "which holds something else"),
])  # fmt: skip
def test_a_bad_file_is_named_with_what_is_wrong(state, changes, said, write):
    with pytest.raises(ValueError, match=f"^path: expected .*{said}") as error:
        training.read_checkpoint(write(state, **changes), rank=1 if state is DENSE else None)
    assert "one.pt" in str(error.value)


def test_the_rank_is_asked_for_where_weights_are_dense(write):
    with pytest.raises(ValueError, match=r"rank: expected to how many latents .*, got None"):
        training.read_checkpoint(write(DENSE))
    with pytest.raises(ValueError, match="rank: expected from 1 to N = 20, got 21"):
        training.read_checkpoint(write(DENSE), rank=N + 1)
    with pytest.raises(ValueError, match=r"rank: expected None, .*, got 2"):
        training.read_checkpoint(write(LOW), rank=K)


class Malicious:
    """When it is unpickled, a file appears."""

    def __init__(self, mark):
        self.mark = mark

    def __reduce__(self):
        return pathlib.Path.touch, (self.mark,)


@pytest.mark.parametrize("how", ["zip", "legacy", "pickle"])
def test_a_file_that_would_run_code_is_refused_and_runs_none(how, tmp_path):
    mark, path = tmp_path / "mark", tmp_path / "one.pt"
    state = LOW | {"h0": Malicious(mark)}
    if how == "pickle":
        path.write_bytes(pickle.dumps(state["h0"]))
    else:
        torch.save(state, path, _use_new_zipfile_serialization=how == "zip")
    with pytest.raises(ValueError, match=r"path: expected a PyTorch file .*: reading it would run its code"):
        training.read_checkpoint(path)
    assert not mark.exists()
    torch.load(path, weights_only=False) if how != "pickle" else pickle.loads(path.read_bytes())
    assert mark.exists()  # so it was a danger


@pytest.mark.parametrize("content", [b"", b"hello world", b"PK\x03\x04"])
def test_a_broken_file_is_refused(content, tmp_path):
    path = tmp_path / "one.pt"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"path: expected a PyTorch file .*one.pt"):
        training.read_checkpoint(path)
    with pytest.raises(FileNotFoundError):
        training.read_checkpoint(tmp_path / "none.pt")
