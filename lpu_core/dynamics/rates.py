"""Fixed points sought among all N rates, as where no latent flow is known: Sussillo and Barak's search."""

import numpy as np
from jaxtyping import Float
from scipy.optimize import minimize

from lpu_core.check import Array, above, cast, checked, floats, require
from lpu_core.dynamics.search import distinct
from lpu_core.networks import FullRankRNN
from lpu_core.nonlinearities import derivative, nonlinearity


@checked(slow=above(0))
def search_rates(
    network: FullRankRNN, starts: Float[Array, "S N"], slow: float = 1e-12
) -> tuple[Float[Array, "P N"], Float[Array, " P"], int]:
    """Where q = ½‖−r + φ(W r + b)‖² comes to rest from each start, r (P, N) with q, slowest first, and what it cost.

    starts: rates to begin from, (S, N), as a simulation visits them. slow: the q below which an end is kept, 10⁻¹² for fixed
    points, more for slow ones. Ends closer than 10⁻³ √N are one. Each start is descended by L-BFGS; the cost is how many
    times q and its gradient were computed, 2N² multiplications each. What no start leads to is not found.
    Sussillo and Barak (2013). Raises ValueError for a nonlinearity whose slope is not known.

    >>> from lpu_core import LowRankRNN
    >>> bit = LowRankRNN([[1.0]], [[2.0]], np.zeros((1, 0))).dense()  # r = tanh 2r
    >>> rates, q, _ = search_rates(bit, [[0.8], [0.9]])
    >>> rates.round(2).ravel()
    array([0.96])
    """
    x = floats("starts", cast("starts", starts, np.float64), (None, network.n_neurons))
    require(len(x) > 0, "starts", "at least one", len(x))
    weights, bias = network.weights.astype(np.float64), network.bias.astype(np.float64)
    phi, slope = nonlinearity(network.nonlinearity), derivative(network.nonlinearity)

    def speed(r: Array) -> tuple[float, Array]:
        current = weights @ r + bias
        v = phi(current) - r
        return v @ v / 2, weights.T @ (slope(current) * v) - v

    runs = [minimize(speed, start, jac=True, method="L-BFGS-B", options={"ftol": 0, "gtol": 1e-9, "maxiter": 2000})
            for start in x]  # fmt: skip
    q = np.array([run.fun for run in runs])
    ends = np.array([run.x for run in runs])[np.argsort(q, kind="stable")]
    q = np.sort(q)
    found = distinct(ends[q < slow], 1e-3 * np.sqrt(network.n_neurons))
    return found, np.array([speed(r)[0] for r in found]), sum(run.nfev for run in runs)
