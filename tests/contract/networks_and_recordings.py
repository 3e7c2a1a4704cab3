"""Good calls of networks, tasks, recordings, decoding and readouts."""

import atexit
import tempfile
from pathlib import Path

import numpy as np
import nwb_files as nwb

from contract import case
from lpu_core import (
    FullRankRNN,
    LeakyCurrentRNN,
    LowRankRNN,
    MultiSynapseNetwork,
    Trajectory,
    comparison,
    decoding,
    decoding_report,
    networks,
    readouts,
    recordings,
    tasks,
    twins,
)
from lpu_core.networks import base
from lpu_core.networks.low_rank import LowRankWeights

RNG = np.random.default_rng(0)
N, K, D, B = 12, 2, 2, 3
WEIGHTS = {
    "embedding": RNG.standard_normal((N, K)),
    "encoding": RNG.standard_normal((N, K)),
    "input_weights": RNG.standard_normal((N, D)),
    "bias": RNG.standard_normal(N),
    "tau": 10.0,
    "dt": 5.0,
    "nonlinearity": "tanh",
}
NETWORK, LEAKY = LowRankRNN(**WEIGHTS), LeakyCurrentRNN(**WEIGHTS)
DENSE = {name: WEIGHTS[name] for name in ("encoding", "input_weights", "bias", "tau", "dt", "nonlinearity")}
FULL = FullRankRNN(weights=RNG.standard_normal((N, N)), **DENSE)
SYNAPSES = {
    "embeddings": tuple(RNG.standard_normal((2, N, 1))),
    "encodings": tuple(RNG.standard_normal((2, N, 1))),
    "input_weights": WEIGHTS["input_weights"],
    "biases": tuple(RNG.standard_normal((2, N))),
    "transfer": "tanh",
    "tau": 10.0,
    "dt": 5.0,
}
SYNAPTIC = MultiSynapseNetwork(**SYNAPSES)
STATE = {"kappa": RNG.standard_normal((B, K)), "inputs": RNG.standard_normal((B, D))}
RUN = {"inputs": RNG.standard_normal((4, B, D)), "noise_std": 0.1, "rng": 1}
RATES = {"initial_rates": RNG.standard_normal((B, N))}
LATENTS = RNG.standard_normal((4, B, K))

FOLDER = Path(tempfile.mkdtemp(prefix="contract"))


@atexit.register
def remove():
    for path in FOLDER.iterdir():
        path.unlink()
    FOLDER.rmdir()


NETWORK.save(FOLDER / "network.npz", {"seed": 1})
SESSION = {
    "spks": np.ones((2, 3, 4), int),
    "brain_area": np.array(["CA1", "root"]),
    "contrast_left": np.array([0.0, 1.0, 1.0]),
    "contrast_right": np.array([1.0, 0.0, 1.0]),
    "feedback_type": np.array([1, -1, 1]),
    "bin_size": np.array(0.01),
}
np.savez(FOLDER / "steinmetz.npz", **SESSION)
nwb.write(FOLDER / "mouse.nwb")
np.savez(
    FOLDER / "go_nogo.npz",
    traces=np.ones((2, 3, 4)),
    region=np.array(["V1", "M"]),
    trial_type=np.array([0, 1, 1]),
    session=np.array([1, 1, 2]),
    bin_size=np.array(0.1),
)

FLIP, SORT, GO = tasks.FlipFlop(2, settle=1), tasks.SequenceSorting(2), tasks.GoNoGo("xor")
SWITCH = tasks.SwitchedFlipFlop(2, rules=(((1, 0), (0, 1)), ((0, 1), (1, 0))))
PULSES, TARGETS = FLIP.sample(5, 0)
SWITCHED, WANTED = SWITCH.sample(5, 0)
NUMBERS, SORTED = SORT.sample(5, 0)
DIVERGED = {"outputs": (np.nan, np.inf)}  # what a network that diverged gives counts as wrong

LABELS = np.arange(40) % 2 == 0
ACTIVITY = RNG.standard_normal((2, 40, 6)) + 3 * LABELS[:, None]
RECORDING = recordings.Recording(ACTIVITY, np.repeat(["a", "b"], 3), LABELS, 0.5)
RECORDING.save(FOLDER / "recording.npz")
DECODE = {"dimensions": (1,), "n_splits": 1, "rng": 1, "decoders": ("LDA",)}
FOUND = decoding.decode(ACTIVITY[0], LABELS, **DECODE)
ENCODING = WEIGHTS["encoding"]
RIGHT = RNG.integers(0, 2, (1, 40, 2)).astype(float)
SHORT = recordings.Recording(ACTIVITY[:, :20], np.repeat(["a", "b"], 3), LABELS[:20], 0.5)  # too few trials: a quick report
REPORT = decoding_report.report(SHORT, (0.0, 1.0), 1)
SET_BY_REPORT = dict.fromkeys(REPORT.__dataclass_fields__, "what report returns")


def method(function, owner, **arguments):
    """A case of a method that several classes inherit."""
    return case(function, {"self": "the method's own"}, self=owner, **arguments)


CASES = [
    # what networks share
    case(base.Network),
    method(base.Network.astype, NETWORK, dtype="float32"),
    method(base.Network.save, NETWORK, path=str(FOLDER / "again.npz"), provenance={"seed": 1}),
    case(
        Trajectory,
        latents=LATENTS,
        free={"latents": "what a simulation returns, NaN where it diverged"},
    ),
    case(
        base.per_neuron,
        parts=[("value", np.ones((2, 3)), 2)],
        free={"parts": "each is checked under the name that it brings"},
    ),
    case(base.finite, activity=LATENTS, free={"activity": "a network's"}),
    case(
        base.several, name="value", value=list(np.ones((2, 3))), free={"name": "it is the name", "value": "see the networks"}
    ),
    case(
        base.initial_state,
        value=np.ones((B, K)),
        name="value",
        shape=(B, K),
        dtype=np.dtype(np.float64),
        free={"name": "it is the name", "shape": "a network's", "dtype": "a network's"},
    ),
    case(networks.load, path=str(FOLDER / "network.npz")),
    case(networks.provenance, path=str(FOLDER / "network.npz")),
    # low rank
    case(LowRankWeights, **WEIGHTS),
    case(LowRankRNN, **WEIGHTS),
    method(LowRankWeights.bounding_box, NETWORK),
    method(LowRankWeights.change_basis, NETWORK, basis=np.array([[1.0, 0.5], [0.0, 1.0]])),
    method(LowRankWeights.current, NETWORK, neurons=slice(3), **STATE),
    method(LowRankWeights.dense_weights, NETWORK),
    method(LowRankWeights.flow, NETWORK, **STATE),
    method(LowRankWeights.jacobian, NETWORK, **STATE),
    method(LowRankWeights.rows, NETWORK),
    method(LowRankWeights.through_slopes, NETWORK, columns=RNG.standard_normal((N, 3)), **STATE),
    method(LowRankWeights.tuning, NETWORK, **STATE),
    case(NETWORK.dense),
    case(NETWORK.simulate, **RUN, **RATES, record_rates=True),
    case(NETWORK.simulate, **RUN, initial_latents=np.ones((B, K))),
    # the other architectures
    case(LeakyCurrentRNN, **WEIGHTS),
    case(LEAKY.firing_rate),
    case(networks.filtered, inputs=RUN["inputs"], alpha=0.5),
    case(LEAKY.simulate, **RUN, initial_latents=np.ones((B, K))),
    case(LEAKY.simulate, **RUN, initial_currents=np.ones((B, N)), record_rates=True),
    case(FullRankRNN, weights=RNG.standard_normal((N, N)), **DENSE),
    case(FULL.simulate, **RUN, **RATES, record_rates=True),
    case(MultiSynapseNetwork, **SYNAPSES),
    case(SYNAPTIC.bounding_box),
    case(SYNAPTIC.synapse_weights),
    case(SYNAPTIC.flow, **STATE),
    case(SYNAPTIC.jacobian, **STATE),
    case(SYNAPTIC.tuning, **STATE),
    case(SYNAPTIC.simulate, **RUN, **RATES, record_rates=True),
    # tasks
    case(tasks.FlipFlop, n_bits=2, pulse_probability=0.1, n_steps=10, settle=1),
    case(FLIP.sample, n_trials=5, rng=1),
    case(tasks.FlipFlop.targets, pulses=PULSES),
    case(FLIP.counted, pulses=PULSES),
    case(FLIP.accuracy, outputs=TARGETS, inputs=PULSES, targets=TARGETS, also=DIVERGED),
    case(
        tasks.SwitchedFlipFlop,
        n_bits=2,
        pulse_probability=0.1,
        n_steps=10,
        settle=1,
        rules=(((1, 0), (0, 1)),),
    ),
    case(SWITCH.sample, n_trials=5, rng=1),
    case(SWITCH.accuracy, outputs=WANTED, inputs=SWITCHED, targets=WANTED, also=DIVERGED),
    case(tasks.SequenceSorting, length=3, tolerance=0.1),
    case(SORT.sample, n_trials=5, rng=1),
    case(SORT.targets, inputs=NUMBERS),
    case(SORT.accuracy, outputs=SORTED, inputs=NUMBERS, targets=SORTED, also=DIVERGED),
    case(tasks.GoNoGo, code="xor", evidence=0.15, noise=0.3, together=0.7),
    case(GO.sample, n_trials=5, rng=1),
    case(GO.is_go, features=np.array([[1.0, -1.0], [1.0, 1.0]])),
    case(
        GO.record,
        network=tasks.go_nogo_network(20, 0),
        regions=["a"] * 20,
        n_trials=5,
        rng=1,
        private_noise=1.0,
        bin_steps=5,
    ),
    case(GO.record_mouse, mouse=2, rng=1, n_trials=5),
    case(tasks.go_nogo_network, n_neurons=20, rng=1),
    case(tasks.run_trials, network=NETWORK, task=FLIP, n_trials=5, rng=1),
    case(tasks.accuracy, network=NETWORK, task=FLIP, n_trials=5, rng=1, noise_std=0.1),
    # recordings
    case(
        recordings.Recording,
        activity=ACTIVITY,
        regions=["a"] * 6,
        labels=LABELS,
        bin_size=0.5,
        conditions=np.arange(40) % 4,
        start=-0.5,
        notes=("a note",),
    ),
    case(
        recordings.Recording.from_spike_trains,
        free={
            "trains": "see test_recordings_own",
            "labels": "see there",
            "onsets": "nan counts as no trial",
            "span": "see there",
            "regions": "None: one",
        },
        trains=[[1.0, 1.2], [1.1]],
        onsets=np.array([1.0, 1.1]),
        labels=["a", "b"],
        window=(-0.1, 0.1),
        bin_size=0.1,
        regions=["V1", "M"],
    ),
    case(
        recordings.Recording.from_traces,
        free={
            "traces": "see test_recordings_own",
            "labels": "see there",
            "onsets": "nan counts as no trial",
            "regions": "None: one",
        },
        traces=np.arange(20.0).reshape(2, 10),
        frame_times=np.arange(10.0),
        onsets=np.array([3.0, 4.0]),
        labels=["a", "b"],
        window=(-1.0, 1.0),
        bin_size=1.0,
        regions=["V1", "M"],
    ),
    case(
        recordings.read_nwb,
        free={"path": "see test_recordings_nwb"},
        path=str(FOLDER / "mouse.nwb"),
        event="start_time",
        label="side",
        window=(-0.1, 0.1),
        bin_size=0.1,
        units={"quality": "good"},
    ),
    case(RECORDING.large_regions, min_neurons=2),
    case(RECORDING.window, start=0.0, stop=0.5, region="a"),
    case(recordings.names, name="value", value=["a", "b"], size=2, free={"name": "it is the name", "size": "the caller's"}),
    case(recordings.sessions, folder=str(FOLDER)),
    method(recordings.Recording.save, RECORDING, path=str(FOLDER / "mine.npz")),
    case(recordings.Recording.load, path=str(FOLDER / "recording.npz")),
    case(recordings.load_steinmetz, path=str(FOLDER / "steinmetz.npz")),
    case(recordings.load_go_nogo, path=str(FOLDER / "go_nogo.npz")),
    case(
        recordings.bin_spikes,
        times=np.array([0.1, 0.2]),
        clusters=np.array([0, 1]),
        onsets=np.array([0.05]),
        n_clusters=2,
        bin_size=0.1,
        n_bins=3,
    ),
    # decoding, readouts
    case(
        decoding.Decoding,
        decoders=FOUND.decoders,
        dimensions=FOUND.dimensions,
        accuracies=FOUND.accuracies,
        fisher=FOUND.fisher,
    ),
    case(FOUND.mean, decoder="LDA"),
    case(decoding.fisher_information, projected=ACTIVITY[0, :, 0], labels=LABELS),
    case(decoding.pls_scores, train=ACTIVITY[0], labels=LABELS, others=[ACTIVITY[1]], n_components=2),
    case(decoding.thirds, labels=LABELS, rng=1),
    case(decoding.decode, activity=ACTIVITY[0], labels=LABELS, **DECODE),
    case(decoding.decode_regions, recording=RECORDING, windows={"all": (0.0, 1.0)}, min_neurons=3, **DECODE),
    case(comparison.tested, activity=ACTIVITY[0], labels=LABELS, repeats=1, rng=1, nonlinear=False),
    case(
        comparison.compared,
        right=RIGHT,
        labels=LABELS,
        also={"right": (np.nan,)},
    ),
    case(
        decoding_report.Report, **{name: getattr(REPORT, name) for name in REPORT.__dataclass_fields__}, free=SET_BY_REPORT
    ),
    case(REPORT.rows),
    case(REPORT.sentences),
    case(
        decoding_report.report,
        recording=SHORT,
        window=(0.0, 1.0),
        rng=1,
        region="a",
        step=1.0,
        advantage=0.05,
        repeats=1,
        permutations=0,
        n_twins=2,
        n_jobs=1,
    ),
    case(twins.ideal_accuracy, separation=1.0, agreement=0.7),
    case(twins.agreement_for, separation=1.0, advantage=0.05),
    case(twins.population, labels=LABELS, n_neurons=4, separation=1.0, agreement=0.7, shared=0.3, rng=1),
    case(twins.shared_variance, activity=ACTIVITY[0], labels=LABELS, rng=1),
    case(
        readouts.add_outputs,
        network=NETWORK,
        outputs=np.sin,
        states=RNG.standard_normal((20, K)),
        inputs=RNG.standard_normal((20, D)),
        n_added=4,
        rng=1,
        gain=3.0,
        ridge=1e-3,
    ),
    case(readouts.latent_decoder, encoding=ENCODING, weights=ENCODING.T.copy()),
    case(readouts.same_latents, encoding=ENCODING, weights=RNG.standard_normal((2, N)), rates=RNG.standard_normal(N)),
    case(readouts.share_explained, x=RNG.standard_normal((8, 2)), wanted=RNG.standard_normal((8, 1)), degree=2),
    case(readouts.clustered_mean, values=np.arange(4.0), clusters=[0, 0, 1, 2]),
]
