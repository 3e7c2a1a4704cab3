"""Networks in files, and what bad arguments are told."""

import json
import os
from dataclasses import fields

import numpy as np
import pytest
from drawn_networks import B, D, K, N, T, all_networks, every_network, parts
from reference import (
    bump,
    random_network,
    random_synapses,
)

from lpu_core import FullRankRNN, LeakyCurrentRNN, LowRankRNN, MultiSynapseNetwork, networks

# ------------------------------------------------------------------ files


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("i", range(len(all_networks())))
def test_a_network_comes_back_from_its_file_bit_for_bit(tmp_path, i, dtype):
    net, path = all_networks(dtype)[i], tmp_path / "net.npz"
    net.save(path, {"command": "make results", "seed": 3})
    back = networks.load(path)
    assert type(back) is type(net)
    for f in fields(net):
        old, new = getattr(net, f.name), getattr(back, f.name)
        for a, b in zip(parts(old), parts(new), strict=True):
            assert np.asarray(a).tobytes() == np.asarray(b).tobytes() and np.shape(a) == np.shape(b)
            assert np.asarray(a).dtype == np.asarray(b).dtype
    assert networks.provenance(path) == {"command": "make results", "seed": 3}
    assert [p.name for p in tmp_path.iterdir()] == ["net.npz"]


def test_a_network_without_provenance_says_so_by_an_empty_one(tmp_path):
    all_networks()[0].save(tmp_path / "net.npz")
    assert networks.provenance(tmp_path / "net.npz") == {}


@pytest.mark.parametrize(("net", "name"), [
    (random_network(np.random.default_rng(0), nonlinearity=bump), "nonlinearity"),
    (random_synapses(np.random.default_rng(0), (1, 1), transfer=lambda a, b, u: a), "transfer"),
])  # fmt: skip
def test_a_callable_cannot_be_saved_and_nothing_is_written(tmp_path, net, name):
    with pytest.raises(ValueError, match=f"{name}: expected a named function, which a file can hold, got a callable"):
        net.save(tmp_path / "net.npz")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("broken", ["savez_compressed", "replace"])
def test_an_interrupted_save_leaves_the_old_file_and_no_other(tmp_path, monkeypatch, broken):
    old, new = all_networks()[:2]
    path = tmp_path / "net.npz"
    old.save(path)
    before = path.read_bytes()

    def interrupted(first, *args, **kwargs):
        if broken == "savez_compressed":
            first.write(b"half a file")
        raise KeyboardInterrupt

    monkeypatch.setattr(np if broken == "savez_compressed" else os, broken, interrupted)
    with pytest.raises(KeyboardInterrupt):
        new.save(path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["net.npz"]


class Trap:
    """An object that leaves a file behind where it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


@pytest.mark.parametrize("field", ["class", "embedding", "provenance"])
def test_a_pickle_is_refused_and_not_run(tmp_path, field):
    path, sprung = tmp_path / "net.npz", tmp_path / "sprung"
    all_networks()[0].save(path)
    parts = dict(np.load(path)) | {field: np.array([Trap(sprung)], dtype=object)}
    np.savez(path, **parts)
    reader = networks.provenance if field == "provenance" else networks.load
    with pytest.raises(ValueError, match=r"path: expected a network saved .*net\.npz"):
        reader(path)
    assert not sprung.exists()


def spoil(path, how):
    whole = path.read_bytes()
    half = len(whole) // 2
    contents = {"empty": b"", "text": b"not a network", "cut": whole[:half],
                "flipped": whole[:half] + bytes(b ^ 255 for b in whole[half : half + 64]) + whole[half + 64 :]}  # fmt: skip
    path.write_bytes(contents[how])


@pytest.mark.parametrize("how", ["empty", "text", "cut", "flipped"])
def test_a_broken_file_is_named_in_the_error(tmp_path, how):
    path = tmp_path / "net.npz"
    all_networks()[0].save(path)
    spoil(path, how)
    with pytest.raises(ValueError, match=r"path: expected a network saved .*net\.npz"):
        networks.load(path)


def test_a_foreign_file_is_named_in_the_error(tmp_path):
    np.savez(tmp_path / "other.npz", x=np.ones(3))
    np.save(tmp_path / "array.npy", np.ones(3))
    for name in ("other.npz", "array.npy"):
        for reader in (networks.load, networks.provenance):
            with pytest.raises(ValueError, match=f"path: expected a network saved .*{name}"):
                reader(tmp_path / name)


@pytest.mark.parametrize("missing", ["bias", "tau", "provenance"])
def test_a_file_without_a_part_is_named_with_the_part(tmp_path, missing):
    path = tmp_path / "net.npz"
    all_networks()[0].save(path)
    np.savez(path, **{name: part for name, part in np.load(path).items() if name != missing})
    reader = networks.provenance if missing == "provenance" else networks.load
    with pytest.raises(ValueError, match=f"path: expected '{missing}' in .*net.npz"):
        reader(path)


def test_a_missing_file_is_missing(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"net\.npz"):
        networks.load(tmp_path / "net.npz")


def test_provenance_is_json(tmp_path):
    all_networks()[0].save(tmp_path / "net.npz", {"τ": [1, 2.5, None]})
    with np.load(tmp_path / "net.npz", allow_pickle=False) as stored:
        assert json.loads(str(stored["provenance"])) == {"τ": [1, 2.5, None]}


# ------------------------------------------------------------------ bad arguments

M, E, W = np.ones((5, 2)), np.ones((5, 2)), np.ones((5, 1))
BAD = [
    ({"embedding": np.ones(5)}, r"embedding: expected shape \(any, any\), got \(5,\)"),
    ({"embedding": np.ones((0, 2)), "encoding": np.ones((0, 2)), "input_weights": np.ones((0, 1))},
     r"embedding: expected at least one neuron, got \(0, 2\)"),
    ({"encoding": np.ones((5, 3))}, r"encoding: expected shape \(5, 2\), as embedding, got \(5, 3\)"),
    ({"embedding": np.ones((4, 2))}, r"embedding: expected shape \(5, any\), got \(4, 2\)"),
    ({"embedding": np.ones((5, 2), np.float32)}, "embedding: expected float64 as in the other arrays, got float32"),
    ({"tau": "10"}, "tau: expected a number, got '10'"),
    ({"encoding": np.ones((5, 2), np.float32)}, "encoding: expected float64 as in the other arrays, got float32"),
    ({"input_weights": np.ones((4, 1))}, r"input_weights: expected shape \(5, any\), got \(4, 1\)"),
    ({"bias": np.ones((5, 1))}, r"bias: expected shape \(any,\), got \(5, 1\)"),
    ({"bias": np.ones(4)}, r"bias: expected shape \(5,\), got \(4,\)"),
    ({"embedding": np.full((5, 2), np.nan)}, "embedding: expected finite numbers, got"),
    ({"encoding": np.full((5, 2), np.inf)}, "encoding: expected finite numbers, got"),
    ({"embedding": np.ones((5, 2), complex)}, "embedding: expected real numbers, got complex128"),
    ({"embedding": np.full((5, 2), "1")}, "embedding: expected real numbers, got <U1"),
    ({"tau": 0.0}, "tau: expected a time above 0 ms, got 0.0"),
    ({"tau": np.nan}, "tau: expected a number, got nan"),
    ({"dt": 0.0}, r"dt: expected a step above 0 and at most tau = 10 ms, got 0.0"),
    ({"dt": 11.0}, r"dt: expected a step above 0 and at most tau = 10 ms, got 11.0"),
    ({"dt": np.nan}, "dt: expected a number, got nan"),
    ({"nonlinearity": "tan"}, "nonlinearity: expected one of .*'tanh'.* or a callable, got 'tan'"),
]  # fmt: skip


@pytest.mark.parametrize("cls", [LowRankRNN, LeakyCurrentRNN])
@pytest.mark.parametrize(("change", "message"), BAD)
def test_a_bad_part_of_a_low_rank_network_is_named(unchecked_shapes, cls, change, message):
    with pytest.raises(ValueError, match=message):
        cls(**{"embedding": M, "encoding": E, "input_weights": W} | change)


@pytest.mark.parametrize(("change", "message"), [
    ({"weights": np.ones((5, 4))}, r"weights: expected a square matrix, got \(5, 4\)"),
    ({"weights": np.ones((0, 0))}, r"weights: expected a square matrix, got \(0, 0\)"),
    ({"encoding": np.ones((4, 2))}, r"encoding: expected shape \(5, any\), got \(4, 2\)"),
    ({"input_weights": np.ones(5)}, r"input_weights: expected shape \(any, any\), got \(5,\)"),
    ({"bias": np.ones(4)}, r"bias: expected shape \(5,\), got \(4,\)"),
    ({"nonlinearity": "tan"}, "nonlinearity: expected one of"),
    ({"dt": 20.0}, r"dt: expected a step above 0 and at most tau = 10 ms, got 20.0"),
])  # fmt: skip
def test_a_bad_part_of_a_full_rank_network_is_named(unchecked_shapes, change, message):
    with pytest.raises(ValueError, match=message):
        FullRankRNN(**{"weights": np.ones((5, 5)), "encoding": E, "input_weights": W} | change)


@pytest.mark.parametrize(("change", "message"), [
    ({"encodings": (E,)}, r"encodings: expected as many as embeddings \(2\), at least one, got 1"),
    ({"embeddings": (), "encodings": ()}, "encodings: expected as many as embeddings"),
    ({"encodings": (E, np.ones((5, 3)))}, r"encodings: expected shape \(5, 2\), as embeddings, got \(5, 3\)"),
    ({"embeddings": 3.5}, "embeddings: expected a list of arrays, got 3.5"),
    ({"embeddings": (M, np.ones((4, 2)))}, r"embeddings: expected shape \(5, any\), got \(4, 2\)"),
    ({"biases": (np.ones(5),)}, "biases: expected one for each of 2 synapses, got 1"),
    ({"transfer": "gate"}, "transfer: expected one of .*'gated_dendrite'.* or a callable, got 'gate'"),
    ({"tau": -1.0}, "tau: expected a time"),
])  # fmt: skip
def test_a_bad_part_of_a_multi_synapse_network_is_named(unchecked_shapes, change, message):
    with pytest.raises(ValueError, match=message):
        MultiSynapseNetwork(**{"embeddings": (M, M), "encodings": (E, E), "input_weights": W} | change)


def test_a_dendrite_with_the_wrong_number_of_synapses_is_refused():
    with pytest.raises(ValueError, match="transfer: expected 2 synapses for a gated dendrite, got 3"):
        random_synapses(np.random.default_rng(0), (1, 1, 1), transfer="gated_dendrite")


@every_network()
@pytest.mark.parametrize(("change", "message"), [
    ({"inputs": np.ones((T, D))}, r"inputs: expected shape \(any, any, 3\), got \(40, 3\)"),
    ({"inputs": np.ones((T, B, 2))}, r"inputs: expected shape \(any, any, 3\), got \(40, 3, 2\)"),
    ({"inputs": np.full((T, B, D), np.nan)}, "inputs: expected finite numbers, got"),
    ({"inputs": np.full((T, B, D), 1 + 1j)}, "inputs: expected real numbers, got complex128"),
    ({"inputs": np.full((T, B, D), "1")}, "inputs: expected real numbers, got <U1"),
    ({"noise_std": -0.1, "rng": 0}, "noise_std: expected a number of at least 0, got -0.1"),
    ({"noise_std": np.nan, "rng": 0}, "noise_std: expected a number of at least 0, got nan"),
    ({"noise_std": 0.1}, "rng: expected a numpy Generator or a seed, since noise_std is not 0, got None"),
])  # fmt: skip
def test_a_bad_argument_of_a_simulation_is_named(unchecked_shapes, net, change, message):
    with pytest.raises(ValueError, match=message):
        net.simulate(**{"inputs": np.ones((T, B, D))} | change)


@every_network()
def test_a_start_of_another_shape_is_refused(unchecked_shapes, net):
    name = "initial_currents" if isinstance(net, LeakyCurrentRNN) else "initial_rates"
    for wrong in (np.zeros((B, N + 1)), np.zeros(N), np.full((B, N), np.nan)):
        with pytest.raises(ValueError, match=f"{name}: expected (shape \\(3, 30\\)|finite)"):
            net.simulate(np.ones((T, B, D)), **{name: wrong})


def test_starts_that_exclude_each_other_are_refused():
    rng, zeros, inputs = np.random.default_rng(0), np.zeros((B, K)), np.ones((T, B, D))
    rates = random_network(rng)
    with pytest.raises(ValueError, match="initial_latents: expected None beside initial_rates, got both"):
        rates.simulate(inputs, initial_latents=zeros, initial_rates=np.zeros((B, N)))
    with pytest.raises(ValueError, match="initial_latents: expected initial_rates in its place"):
        rates.simulate(inputs, initial_latents=zeros, record_rates=True)
    with pytest.raises(ValueError, match="initial_latents: expected None beside initial_currents, got both"):
        random_network(rng, LeakyCurrentRNN).simulate(inputs, initial_latents=zeros, initial_currents=np.zeros((B, N)))


OF_EITHER_CLASS = pytest.mark.parametrize(
    "net",
    [random_network(np.random.default_rng(0)), random_synapses(np.random.default_rng(0), (1, 1))],
    ids=["low rank", "synapses"],
)
EACH_FIELD = pytest.mark.parametrize("method", ["flow", "jacobian", "tuning"])


@OF_EITHER_CLASS
@EACH_FIELD
def test_a_state_of_another_size_is_refused(unchecked_shapes, net, method):
    with pytest.raises(ValueError, match=r"kappa: expected shape \(…, 2\), got \(3,\)"):
        getattr(net, method)(np.zeros(3))
    with pytest.raises(ValueError, match=r"inputs: expected shape \(…, 3\), got \(2,\)"):
        getattr(net, method)(np.zeros(2), np.zeros(2))
    with pytest.raises(ValueError, match="kappa: expected real numbers, got complex128"):
        getattr(net, method)(np.zeros(2, complex))
    for bad in (np.nan, np.inf):
        with pytest.raises(ValueError, match=r"kappa: expected finite numbers, got (nan|inf) at \[1\]"):
            getattr(net, method)([0.0, bad])
        with pytest.raises(ValueError, match=r"inputs: expected finite numbers, got (nan|inf) at \[0\]"):
            getattr(net, method)(np.zeros(2), [bad, 0.0, 0.0])


@OF_EITHER_CLASS
@EACH_FIELD
def test_inputs_of_another_batch_are_refused(unchecked_shapes, net, method):
    with pytest.raises(
        ValueError, match=r"inputs: expected a leading shape that goes with that of kappa, \(4,\), got \(5,\)"
    ):
        getattr(net, method)(np.zeros((4, 2)), np.zeros((5, 3)))
    alone = getattr(net, method)(np.zeros((4, 2)), np.ones(3))
    np.testing.assert_array_equal(alone, getattr(net, method)(np.zeros((4, 2)), np.ones((4, 3))))


@pytest.mark.parametrize("dtype", ["int32", np.int64, int, None, 3.5, [np.float32], "float16"])
def test_weights_are_not_rounded_to_another_type(unchecked_shapes, dtype):
    with pytest.raises(ValueError, match="dtype: expected float32 or float64, got"):
        random_network(np.random.default_rng(0)).astype(dtype)


def test_numpy_s_numbers_go_into_a_provenance_as_python_s(tmp_path):
    random_network(np.random.default_rng(0)).save(
        tmp_path / "net.npz", {"accuracy": np.float32(0.5), "seed": np.int64(3), "learnt": np.bool_(True)}
    )
    assert networks.provenance(tmp_path / "net.npz") == {"accuracy": 0.5, "seed": 3, "learnt": True}


def test_a_provenance_that_json_cannot_hold_is_refused(tmp_path):
    with pytest.raises(ValueError, match="provenance: expected what JSON can hold, got"):
        random_network(np.random.default_rng(0)).save(tmp_path / "net.npz", {"array": np.ones(2)})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("wrong", [lambda x: 1.0, lambda x: x.sum(-1), lambda x: x[..., :1]])
def test_a_callable_that_does_not_keep_the_shape_is_refused(wrong):
    net = random_network(np.random.default_rng(0), nonlinearity=wrong)
    for run in (lambda: net.simulate(np.ones((T, B, D))), lambda: net.flow(np.zeros((4, K)))):
        with pytest.raises(ValueError, match=r"nonlinearity: expected an elementwise function"):
            run()


def test_whole_numbers_and_lists_are_taken_as_numbers(unchecked_shapes):
    net = LowRankRNN([[1, 0], [0, 1]], [[2, 0], [0, 2]], [[1], [1]])
    assert net.dtype == np.float64
    np.testing.assert_allclose(net.flow([1, -1]), (np.tanh([1, -1]) - [1, -1]) / 10)
