"""The tasks: the K-bit flip-flop, sequence sorting, and a mouse's Go/NoGo with the population that is recorded meanwhile.

A task that networks are trained on says how many inputs and outputs it has, which steps are `scored` in training, and how
to judge outputs.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from lpu_core.networks import Array, LowRankRNN, Seed, _as_floats, _require
from lpu_core.recordings import Recording
from lpu_core.timescales import design_flip_flop


@dataclass(frozen=True)
class FlipFlop:
    """The K-bit flip-flop: remember, on each of K channels, the sign of the latest pulse.

    n_bits: K. pulse_probability: the chance of a pulse on a channel in a step. n_steps: T, steps a trial.
    settle: steps that a network is given after a pulse before its outputs count; 2, which is τ/Δt at the book's
    τ = 10 ms and Δt = 5 ms.
    """

    n_bits: int
    pulse_probability: float = 0.05
    n_steps: int = 100
    settle: int = 2

    def __post_init__(self):
        _require(self.n_bits >= 1, "n_bits", "at least 1", self.n_bits)
        p = self.pulse_probability
        _require(0 < p <= 1, "pulse_probability", "a probability above 0", p)
        _require(self.n_steps >= 1, "n_steps", "at least 1", self.n_steps)
        _require(self.settle >= 0, "settle", "at least 0", self.settle)

    @property
    def n_inputs(self) -> int:
        """K, one channel a bit."""
        return self.n_bits

    @property
    def n_outputs(self) -> int:
        """K, one a bit."""
        return self.n_bits

    @property
    def scored(self) -> slice:
        """The steps whose outputs the training loss compares with the targets: all."""
        return slice(None)

    def sample(self, n_trials: int, rng: Seed) -> tuple[Float[Array, "T B K"], Float[Array, "T B K"]]:
        """Pulses u of ±1 or 0 and their targets, (T, B, K) each, for `n_trials` trials drawn from `rng`."""
        _require(n_trials >= 1, "n_trials", "at least 1", n_trials)
        rng = np.random.default_rng(rng)
        shape = (self.n_steps, n_trials, self.n_bits)
        pulses = np.where(rng.random(shape) < self.pulse_probability, rng.choice([-1.0, 1.0], shape), 0.0)
        return pulses, self.targets(pulses)

    @staticmethod
    def targets(pulses: Float[Array, "T B K"]) -> Float[Array, "T B K"]:
        """The sign of each channel's latest pulse, this step's among them; 0 before the first."""
        bits = np.sign(pulses)
        for bit, before in zip(bits[1:], bits, strict=False):
            np.copyto(bit, before, where=bit == 0)  # no pulse: as it was
        return bits

    def counted(self, pulses: Float[Array, "T B K"]) -> Bool[Array, "T B"]:
        """The steps that count: at least `settle` after the latest pulse on any channel, and none before each had one."""
        latest = _latest(pulses)
        return (latest.min(-1) >= 0) & (np.arange(len(pulses))[:, None] - latest.max(-1) >= self.settle)

    def accuracy(self, outputs: Float[Array, "T B K"], pulses: Float[Array, "T B K"]) -> float:
        """The all-bits accuracy: the share of counted steps at which every output has its target's sign.

        Raises ValueError where no step counts, so that there is nothing to be right about.
        """
        _as_floats("pulses", pulses, (None, None, self.n_bits))
        _require(outputs.shape == pulses.shape, "outputs", f"shape {pulses.shape}, as the pulses", outputs.shape)
        counted = self.counted(pulses)
        _require(counted.any(), "pulses", f"a pulse on every channel and {self.settle} steps after it", "none")
        return float((np.sign(outputs) == self.targets(pulses)).all(-1)[counted].mean())


@dataclass(frozen=True)
class SequenceSorting:
    """Sequence sorting: take in S numbers, one a step, then give them back one a step, the smallest first.

    length: S; a trial has 2S steps. tolerance: how far an output may be off its number to count as right.
    Two inputs: the number, and a cue that is 1 while numbers come; both are 0 while the network answers.
    """

    length: int
    tolerance: float = 0.1

    def __post_init__(self):
        _require(self.length >= 1, "length", "at least 1", self.length)
        _require(self.tolerance > 0, "tolerance", "above 0", self.tolerance)

    @property
    def n_steps(self) -> int:
        """2S."""
        return 2 * self.length

    @property
    def n_inputs(self) -> int:
        """2: the number and the cue."""
        return 2

    @property
    def n_outputs(self) -> int:
        """1."""
        return 1

    @property
    def scored(self) -> slice:
        """The S steps of the answer: what the output does while numbers come is free."""
        return slice(self.length, None)

    def sample(self, n_trials: int, rng: Seed) -> tuple[Float[Array, "T B 2"], Float[Array, "T B 1"]]:
        """Inputs (2S, B, 2) with numbers uniform on [0, 1], and targets (2S, B, 1), for `n_trials` trials."""
        _require(n_trials >= 1, "n_trials", "at least 1", n_trials)
        inputs = np.zeros((self.n_steps, n_trials, 2))
        inputs[: self.length, :, 0] = np.random.default_rng(rng).random((self.length, n_trials))
        inputs[: self.length, :, 1] = 1
        return inputs, self.targets(inputs)

    def targets(self, inputs: Float[Array, "T B 2"]) -> Float[Array, "T B 1"]:
        """The numbers in ascending order at the steps of the answer; 0 before, where nothing is asked for."""
        targets = np.zeros((*inputs.shape[:2], 1))
        targets[self.scored, :, 0] = np.sort(inputs[: self.length, :, 0], axis=0)
        return targets

    def accuracy(self, outputs: Float[Array, "T B 1"], inputs: Float[Array, "T B 2"]) -> float:
        """The share of the answers that lie within `tolerance` of their number."""
        _as_floats("inputs", inputs, (self.n_steps, None, 2))
        _require(outputs.shape == (*inputs.shape[:2], 1), "outputs", f"shape {(*inputs.shape[:2], 1)}", outputs.shape)
        return float((np.abs(outputs - self.targets(inputs))[self.scored] < self.tolerance).mean())


Task = FlipFlop | SequenceSorting


def _latest(pulses: Array) -> Array:
    """The step of each channel's latest pulse up to each step, −1 before the first."""
    steps = np.arange(len(pulses))[:, None, None]
    return np.maximum.accumulate(np.where(pulses != 0, steps, -1), axis=0)


REGIONS = ("V1", "LV", "MV", "PPC", "A", "S", "M", "RSC")
"""The eight cortical regions of the paper's recordings."""
MICE = (
    (970, 144, 409, 677, 106, 2297, 272, 417),
    (431, 166, 123, 427, 347, 1185, 51, 31),
    (803, 14, 250, 370, 0, 223, 0, 576),
    (1085, 223, 335, 573, 157, 1717, 0, 103),
    (850, 120, 445, 642, 18, 736, 1, 522),
    (1110, 463, 235, 551, 333, 1003, 0, 59),
)
"""How many neurons of each region were recorded in each of the six mice (Methods)."""
TRIALS = (1211, 998, 895, 1812, 1041, 1821)
"""How many correct trials each mouse did (Methods)."""


@dataclass(frozen=True)
class GoNoGo:
    """The Go/NoGo task (Fig. 2B): 2 s of stimulus, 0.5 s of delay, 3 s of response and 0.5 s after it, in steps of 0.1 s.

    A stimulus has two features, each +1 or −1; two inputs carry them as weak evidence in noise, and a network's first two
    latents remember their signs. code: "linear", where the first feature says Go and the second is irrelevant, or "xor", a
    planted quadratic code, where Go means that the two agree. evidence, noise: mean and s.d. of an input in a step.
    together: in "xor", the share of Go trials with both features at +1; 0.5 would hide the trial's type from any mean.
    """

    code: str = "linear"
    evidence: float = 0.15
    noise: float = 0.3
    together: float = 0.7

    step = 0.1
    n_steps = 60
    windows = {"stimulus": (0.0, 2.0), "delay": (2.0, 2.5), "response": (2.5, 5.5), "end": (5.5, 6.0)}  # noqa: RUF012

    def __post_init__(self):
        _require(self.code in ("linear", "xor"), "code", "'linear' or 'xor'", repr(self.code))
        _require(np.isfinite(self.evidence) and self.evidence > 0, "evidence", "a number above 0", self.evidence)
        _require(np.isfinite(self.noise) and self.noise >= 0, "noise", "a number of at least 0", self.noise)
        _require(0 <= self.together <= 1, "together", "a share from 0 to 1", self.together)

    def is_go(self, features: Float[Array, "B two"]) -> Bool[Array, " B"]:
        """Whether a trial with these features, of which the signs count, is one for Go."""
        return features[:, 0] > 0 if self.code == "linear" else features[:, 0] * features[:, 1] > 0

    def sample(self, n_trials: int, rng: Seed) -> tuple[Float[Array, "T B two"], Float[Array, "B two"]]:
        """Inputs u (T, B, 2) and the features ±1 behind them (B, 2); Go and NoGo come with equal odds."""
        _require(n_trials >= 1, "n_trials", "at least 1", n_trials)
        rng = np.random.default_rng(rng)
        features = rng.choice([-1.0, 1.0], (n_trials, 2))
        if self.code == "xor":
            go = features[:, 0] == features[:, 1]
            features[go] = np.where(rng.random(go.sum()) < self.together, 1.0, -1.0)[:, None]
        inputs = self.noise * rng.standard_normal((self.n_steps, n_trials, 2))
        inputs[: round(self.windows["stimulus"][1] / self.step)] += self.evidence * features
        return inputs, features

    def record(
        self,
        network: LowRankRNN,
        regions: Array,
        n_trials: int,
        rng: Seed,
        *,
        private_noise: float = 16.0,
        bin_steps: int = 5,
    ) -> Recording:
        """`n_trials` correct trials of a network with two inputs, in bins of `bin_steps` steps; labels say Go.

        regions: the name of each neuron's region, (N,). private_noise: s.d. of what a neuron's trace adds in a step, on its
        own; the inputs' noise is shared. A trial is correct where the signs of the first two latents, after the response,
        call for the right answer. Raises ValueError where a network is right in fewer than a tenth of the trials.
        """
        _require(network.n_inputs == 2 and network.n_latents >= 2, "network", "two inputs, and at least two latents",
                 (network.n_inputs, network.n_latents))  # fmt: skip
        _require(n_trials >= 1, "n_trials", "at least 1", n_trials)
        _require(np.isfinite(private_noise) and private_noise >= 0, "private_noise", "at least 0", private_noise)
        _require(bin_steps >= 1 and self.n_steps % bin_steps == 0, "bin_steps", f"a divisor of {self.n_steps}", bin_steps)
        _require(np.shape(regions) == (network.n_neurons,), "regions", f"shape ({network.n_neurons},)", np.shape(regions))
        rng = np.random.default_rng(rng)
        activity = np.empty((self.n_steps // bin_steps, n_trials, network.n_neurons), np.float32)
        labels = np.empty(n_trials, bool)
        done = 0
        while done < n_trials:
            inputs, features = self.sample(128, rng)
            start = np.zeros((128, network.n_neurons), network.dtype)
            run = network.simulate(inputs, initial_rates=start, record_rates=True)
            right = np.flatnonzero(self.is_go(run.latents[-6, :, :2]) == self.is_go(features))
            _require(len(right) > 12, "network", "one that is right in at least a tenth of the trials", len(right) / 128)
            right = right[: n_trials - done]
            rates = run.rates[:, right].reshape(len(activity), bin_steps, len(right), network.n_neurons)  # type: ignore
            activity[:, done : done + len(right)] = rates.mean(axis=1)
            labels[done : done + len(right)] = self.is_go(features[right])
            done += len(right)
        noise = np.float32(private_noise / np.sqrt(bin_steps))
        for frame in activity:
            frame += noise * rng.standard_normal(frame.shape, dtype=np.float32)
        return Recording(activity, np.asarray(regions), labels, self.step * bin_steps)

    def record_mouse(self, mouse: int, rng: Seed) -> Recording:
        """One of the paper's six mice (0 to 5) made anew: its numbers of neurons and trials, and a designed LPU.

        The network is :func:`go_nogo_network`, whose neurons are as slow as the traces of a microscope. They are dealt to
        the regions at random.
        """
        _require(0 <= mouse < len(MICE), "mouse", f"a number from 0 to {len(MICE) - 1}", mouse)
        rng = np.random.default_rng(rng)
        return self.record(go_nogo_network(sum(MICE[mouse]), rng), rng.permutation(np.repeat(REGIONS, MICE[mouse])),
                           TRIALS[mouse], rng)  # fmt: skip


def go_nogo_network(n_neurons: int, rng: Seed) -> LowRankRNN:
    """The network behind a :class:`GoNoGo` mouse: a designed flip-flop of two bits, τ = τ_L = 200 ms, Δt = 100 ms, w = m."""
    return design_flip_flop(n_neurons, 2, rng, tau=200.0, tau_latent=200.0, pulse_gain=1.0)
