"""Several flows of one network, each under a modulation of its own, by encoding weights that all of them share."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from lpu_core.check import Array, Seed, above, at_least, between, check_fields, checked, one_of, points, require
from lpu_core.networks import LowRankRNN
from lpu_core.nonlinearities import nonlinearity
from lpu_core.subspace import ridge_encoding, solved


def _for_each_neuron(network: LowRankRNN, gains: Array) -> None:
    """Raise unless there is a gain for each neuron."""
    n = network.n_neurons
    require(gains.shape[1] == n, "gains", f"shape ({len(gains)}, {n}), one for each neuron", gains.shape)


@checked()
def task_rates(
    network: LowRankRNN, gains: Float[Array, "T N"], biases: Float[Array, "T N"], states: Float[Array, "T S K"]
) -> Float[Array, "T S N"]:
    """The tuning φ(g_t (Mκ + β⁰) + β_t) of task t's modulation at its S states κ.

    gains, biases: g_t and β_t of each task, (T, N). states: κ, (T, S, K).

    >>> network = LowRankRNN([[1.0], [1.0]], [[1.0], [1.0]], np.zeros((2, 0)))
    >>> task_rates(network, [[1.0, 2.0]], [[0.0, 0.0]], [[[0.5]]]).round(3)  # tanh 0.5 and tanh 1
    array([[[0.462, 0.762]]])
    """
    _for_each_neuron(network, gains)
    fits = states.shape[2] == network.n_latents
    require(fits, "states", f"shape ({len(gains)}, S, {network.n_latents})", states.shape)
    current = states @ network.embedding.T
    for part, combine in ((network.bias, np.add), (gains[:, None], np.multiply), (biases[:, None], np.add)):
        combine(current, part, out=current)
    return nonlinearity(network.nonlinearity)(current, out=current)


@checked(ridge=above(0), n_tasks=at_least(1))
def share_encoding(
    rates: Float[Array, "T S N"],
    wanted: Float[Array, "T S K"],
    ridge: float,
    *,
    keep: bool = True,
    n_tasks: int | None = None,
) -> Float[Array, "N K"]:
    """One n for all tasks, (N, K), fitted task after task: n ← n + N A⁻¹ Φ_tᵀ(y_t − Φ_t n/N)/S.

    rates: Φ_t, (T, S, N). wanted: y_t, (T, S, K). ridge: of the fit, above 0.
    keep: whether A = ridge·I + Σ Φ_sᵀΦ_s/S runs over all tasks so far, which makes the last n the ridge regression on all
    of them at once (recursive least squares), or holds task t alone, the smallest change that fits task t.
    n_tasks: stop after so many.

    >>> share_encoding([[[1.0, 0.0]], [[0.0, 1.0]]], [[[1.0]], [[2.0]]], ridge=1e-6).round(3)  # N times what is wanted
    array([[2.],
           [4.]])
    """
    t, s, n = rates.shape
    require(s and n, "rates", "at least one state and one neuron", rates.shape)
    require(n_tasks is None or n_tasks <= t, "n_tasks", f"a whole number from 1 to {t}", n_tasks)
    encoding, gram = np.zeros((n, wanted.shape[2])), ridge * np.eye(n)
    for phi, y in list(zip(rates, wanted, strict=True))[:n_tasks]:
        with np.errstate(over="ignore", invalid="ignore"):
            gram = phi.T @ phi / s + (gram if keep else ridge * np.eye(n))
        encoding = encoding + n * solved(gram, phi.T @ (y - phi @ encoding / n) / s, ridge)
    return encoding


@checked()
def rate_overlap(rates: Float[Array, "T S N"]) -> float:
    """How alike the tasks' rates are: the mean product of two tasks' rates at one state, over that of one with itself.

    rates: (T, S, N), of at least two tasks, not all 0.

    >>> rate_overlap([[[1.0, 0.0]], [[1.0, 0.0]], [[0.0, 1.0]]])  # one pair of three is the same
    0.3333333333333333
    """
    gram = np.einsum("asn,bsn->ab", rates, rates)
    t = len(gram)
    require(t >= 2, "rates", "at least two tasks", t)
    require(np.trace(gram) > 0, "rates", "some that are not 0", "none")
    return float((gram.sum() - np.trace(gram)) / (t - 1) / np.trace(gram))


@checked(n_latents=at_least(1), unit=above(0), n_waves=at_least(1))
def random_flow(rng: Seed, n_latents: int = 2, unit: float = 20.0, n_waves: int = 8) -> Callable[[Any], Array]:
    """A smooth random flow G, κ (…, K) → dκ/dt per ms: waves of random direction, wavenumber of s.d. 1.5 and phase.

    n_latents: K. unit: ms; of κ's course, a unit takes about so long. n_waves: how many are summed.

    >>> flow = random_flow(0)
    >>> flow([0.0, 0.0]).shape, flow(np.zeros((5, 2))).shape
    ((2,), (5, 2))
    """
    rng = np.random.default_rng(rng)
    k = 1.5 * rng.standard_normal((n_waves, n_latents))
    phase, height = rng.uniform(0, 2 * np.pi, n_waves), rng.standard_normal((n_waves, n_latents)) * np.sqrt(2 / n_waves)

    def flow(kappa: Any) -> Array:
        kappa = points("kappa", kappa, n_latents, np.float64)
        return np.sin(kappa @ k.T + phase) @ height / unit

    return flow


@dataclass(frozen=True, eq=False)
class FlowTasks:
    """T flows in the plane that one network is to have, each under its own modulation.

    states: κ on the square [−1, 1]², (2, T, S, 2), to fit and to test. drives: τG at them.

    >>> tasks = FlowTasks.draw(n_tasks=2, seed=0)
    >>> rng = np.random.default_rng(1)
    >>> network = LowRankRNN(1.5 * rng.standard_normal((100, 2)), np.zeros((100, 2)), np.zeros((100, 0)))
    >>> gains, biases = draw_modulations("biases", 1.0, n_tasks=2, n_neurons=100, rng=1)
    >>> shared, alone = (tasks.error(network, gains, biases, 1e-6, how) for how in ("shared", "alone"))
    >>> shared > alone
    True
    """

    states: Float[Array, "2 T S 2"]
    drives: Float[Array, "2 T S 2"]

    def __post_init__(self):
        check_fields(self)
        require(self.drives[1].any(), "drives", "flows that are not 0 everywhere", "none")

    @classmethod
    @checked(n_tasks=at_least(1), seed=at_least(0), common=between(0, 1), n_states=at_least(1), tau=above(0))
    def draw(cls, n_tasks: int, seed: int, *, common: float = 0.0, n_states: int = 400, tau: float = 10.0) -> "FlowTasks":
        """`n_tasks` random flows (:func:`random_flow`) that have the share `common` of their power in common.

        n_states: S. tau: τ, ms. seed: one whole number, which makes states and flows.
        """
        states = np.random.default_rng([seed, 0]).uniform(-1, 1, (2, n_tasks, n_states, 2))
        shared, *own = (random_flow([seed, 1, t]) for t in range(n_tasks + 1))
        flows = [np.sqrt(common) * shared(s) + np.sqrt(1 - common) * flow(s)
                 for flow, s in zip(own, np.moveaxis(states, 1, 0), strict=True)]  # fmt: skip
        return cls(states, tau * np.stack(flows, axis=1))

    @checked(ridge=above(0), how=one_of("shared", "sequential", "alone", "split"))
    def error(
        self,
        network: LowRankRNN,
        gains: Float[Array, "T N"],
        biases: Float[Array, "T N"],
        ridge: float,
        how: str = "shared",
    ) -> float:
        """The root mean square of the flows' error at fresh states, over all tasks, relative to that of the flows.

        network: of two latents. gains, biases: of each task, (T, N). ridge: of the fits.
        how: "shared", one n for all tasks; "sequential", the same, fitted one after another and nothing kept; "alone", an n
        for each task; "split", an n for each on every T-th neuron, which makes T networks of N/T.
        """
        n_tasks = self.states.shape[1]
        require(network.n_latents == 2, "network", "two latent variables", network.n_latents)
        shape = (n_tasks, network.n_neurons)
        require(gains.shape == shape, "gains", f"shape {shape}, one for each task and neuron", gains.shape)
        enough = how != "split" or network.n_neurons >= n_tasks
        require(enough, "network", f"at least a neuron for each of {n_tasks} tasks", network.n_neurons)
        fit, test = (task_rates(network, gains, biases, states) for states in self.states)
        wanted = self.states[0] + self.drives[0]
        if how in ("shared", "sequential"):
            drive = test @ share_encoding(fit, wanted, ridge, keep=how == "shared") / network.n_neurons
        else:
            parts = [slice(t, None, len(wanted)) if how == "split" else slice(None) for t in range(len(wanted))]
            drive = np.stack([fresh[:, part] @ ridge_encoding(r[:, part], y, ridge) / r[:, part].shape[1]
                              for r, fresh, y, part in zip(fit, test, wanted, parts, strict=True)])  # fmt: skip
        left = drive - self.states[1] - self.drives[1]
        return float(np.sqrt(np.square(left).sum() / np.square(self.drives[1]).sum()))


@checked(mode=one_of("biases", "gains", "gates"), strength=at_least(0), n_tasks=at_least(1), n_neurons=at_least(1))
def draw_modulations(
    mode: str, strength: float, n_tasks: int, n_neurons: int, rng: Seed
) -> tuple[Float[Array, "T N"], Float[Array, "T N"]]:
    """Random gains and biases for each task, (T, N) each: T = `n_tasks`, N = `n_neurons`.

    mode: "biases" of s.d. `strength`; "gains" with a log of that s.d.; "gates" of 0 or 1, open with that probability.

    >>> draw_modulations("gates", 0.5, n_tasks=1, n_neurons=4, rng=0)
    (array([[0., 1., 1., 1.]]), array([[0., 0., 0., 0.]]))
    """
    require(mode != "gates" or strength <= 1, "strength", "a probability from 0 to 1", strength)
    rng, shape = np.random.default_rng(rng), (n_tasks, n_neurons)
    if mode == "gates":
        return (rng.random(shape) < strength).astype(float), np.zeros(shape)
    draw = strength * rng.standard_normal(shape)
    if mode == "biases":
        return np.ones(shape), draw
    with np.errstate(over="ignore"):
        gains = np.exp(draw)
    require(np.isfinite(gains).all(), "strength", "an s.d. of the log of gains that numbers can hold", strength)
    return gains, np.zeros(shape)
