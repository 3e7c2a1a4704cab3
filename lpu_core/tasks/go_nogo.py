"""A mouse's Go/NoGo, with the population that is recorded meanwhile."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from lpu_core.check import Array, Seed, above, at_least, between, check_fields, checked, one_of, require
from lpu_core.design import design_flip_flop
from lpu_core.networks import LowRankRNN
from lpu_core.networks.base import finite
from lpu_core.recordings import Recording, names
from lpu_core.subspace import STRENGTH

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
    It is no :class:`~lpu_core.tasks.Task`, for nothing is trained on it: a designed network does it, and it has no targets.

    >>> task = GoNoGo("xor")
    >>> inputs, features = task.sample(n_trials=3, rng=0)
    >>> inputs.shape, task.is_go(features)
    ((60, 3, 2), array([ True, False,  True]))
    """

    code: str = "linear"
    evidence: float = 0.15
    noise: float = 0.3
    together: float = 0.7

    step = 0.1
    n_steps = 60
    windows = {"stimulus": (0.0, 2.0), "delay": (2.0, 2.5), "response": (2.5, 5.5), "end": (5.5, 6.0)}  # noqa: RUF012

    def __post_init__(self):
        check_fields(self, code=one_of("linear", "xor"), evidence=above(0), noise=at_least(0), together=between(0, 1))

    @checked()
    def is_go(self, features: Float[Array, "B 2"]) -> Bool[Array, " B"]:
        """Whether a trial with these `features` (B, 2), of which the signs count, is one for Go."""
        return features[:, 0] > 0 if self.code == "linear" else features[:, 0] * features[:, 1] > 0

    @checked(n_trials=at_least(1))
    def sample(self, n_trials: int, rng: Seed) -> tuple[Float[Array, "T B 2"], Float[Array, "B 2"]]:
        """Inputs u (T, B, 2) and the features ±1 behind them (B, 2) of `n_trials` trials; Go and NoGo have equal odds."""
        rng = np.random.default_rng(rng)
        features = rng.choice([-1.0, 1.0], (n_trials, 2))
        if self.code == "xor":
            go = features[:, 0] == features[:, 1]
            features[go] = np.where(rng.random(go.sum()) < self.together, 1.0, -1.0)[:, None]
        inputs = self.noise * rng.standard_normal((self.n_steps, n_trials, 2))
        inputs[: round(self.windows["stimulus"][1] / self.step)] += self.evidence * features
        return inputs, features

    @checked(n_trials=at_least(1), private_noise=STRENGTH, bin_steps=at_least(1))
    def record(
        self,
        network: LowRankRNN,
        regions: Any,
        n_trials: int,
        rng: Seed,
        *,
        private_noise: float = 16.0,
        bin_steps: int = 5,
    ) -> Recording:
        """`n_trials` correct trials of a network with two inputs, in bins of `bin_steps` steps; labels say Go.

        regions: the name of each neuron's region, (N,). private_noise: s.d. of what a neuron's trace adds in a step, on its
        own; the inputs' noise is shared. A trial is correct where the signs of the first two latents, after the response,
        call for the right answer: at 5.5 s, whatever they were before. Raises ValueError where a network is right in fewer
        than a tenth of the trials.
        """
        require(network.n_inputs == 2 and network.n_latents >= 2, "network", "two inputs, and at least two latents",
                 (network.n_inputs, network.n_latents))  # fmt: skip
        require(self.n_steps % bin_steps == 0, "bin_steps", f"a divisor of {self.n_steps}", bin_steps)
        regions = names("regions", regions, network.n_neurons)
        rng = np.random.default_rng(rng)
        activity = np.empty((self.n_steps // bin_steps, n_trials, network.n_neurons), np.float32)
        labels = np.empty(n_trials, bool)
        done = 0
        while done < n_trials:
            inputs, features = self.sample(128, rng)
            start = np.zeros((128, network.n_neurons), network.dtype)
            with np.errstate(over="ignore", invalid="ignore"):
                run = network.simulate(inputs, initial_rates=start, record_rates=True)
            finite(run.latents[-1])
            right = np.flatnonzero(self.is_go(run.latents[-6, :, :2]) == self.is_go(features))
            require(len(right) > 12, "network", "one that is right in at least a tenth of the trials", len(right) / 128)
            right = right[: n_trials - done]
            rates = run.rates[:, right].reshape(len(activity), bin_steps, len(right), network.n_neurons)  # type: ignore
            activity[:, done : done + len(right)] = rates.mean(axis=1)
            labels[done : done + len(right)] = self.is_go(features[right])
            done += len(right)
        noise = np.float32(private_noise / np.sqrt(bin_steps))
        for frame in activity:
            frame += noise * rng.standard_normal(frame.shape, dtype=np.float32)
        return Recording(activity, regions, labels, self.step * bin_steps)

    @checked(mouse=between(0, len(MICE) - 1), n_trials=at_least(1))
    def record_mouse(self, mouse: int, rng: Seed, n_trials: int | None = None) -> Recording:
        """One of the paper's six mice (0 to 5) made anew: its numbers of neurons and trials, and a designed LPU.

        mouse: which. rng: draws network, regions and trials. n_trials: another number of trials than the mouse did.
        The network is :func:`go_nogo_network`, whose neurons are as slow as the traces of a microscope. They are dealt to
        the regions at random.
        """
        rng = np.random.default_rng(rng)
        network = go_nogo_network(sum(MICE[mouse]), rng)
        regions = rng.permutation(np.repeat(REGIONS, MICE[mouse]))
        return self.record(network, regions, TRIALS[mouse] if n_trials is None else n_trials, rng)


@checked(n_neurons=at_least(2))
def go_nogo_network(n_neurons: int, rng: Seed) -> LowRankRNN:
    """The network behind a :class:`GoNoGo` mouse: a designed flip-flop of two bits, τ = τ_L = 200 ms, Δt = 100 ms, w = m.

    n_neurons: N, at least one a bit. rng: draws the weights.

    >>> network = go_nogo_network(100, rng=0)
    >>> network.n_neurons, network.n_latents, network.tau, network.dt
    (100, 2, 200.0, 100.0)
    """
    return design_flip_flop(n_neurons, 2, rng, tau=200.0, tau_latent=200.0, pulse_gain=1.0)
