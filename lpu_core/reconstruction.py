"""Reconstruction: an LPU rebuilt from a part of its neurons, and the error that the missing ones leave in it.

The rebuilt network keeps N_obs of the N pairs (m_i, n_i) and averages over those: 1/N becomes 1/N_obs (A11, A12).
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Float

from lpu_core.check import Array, Seed, above, at_least, checked, joint, require, shown
from lpu_core.design import RHO, growth_rate_error
from lpu_core.surgery import observe

__all__ = ["neurons_to_record", "observe", "observed_growth_rate_error", "part_errors"]


@checked(n_parts=at_least(1), bundle=at_least(1))
def part_errors(
    products: Float[Array, " N"], n_observed: Sequence[int], n_parts: int, rng: Seed, *, bundle: int = 1
) -> Float[Array, "parts S"]:
    """ĉ_obs − ĉ of `n_parts` random parts of one circuit, for all sizes `n_observed` (S,): means of the `products` m n (N,).

    The sizes of one row are nested: a part is the start of one shuffle. bundle: neurons shuffled together, those that stand
    together. Where neurons are drawn independently, bundles are as good as neurons over draws of the circuit, and far
    cheaper; for one given circuit, a random part has a bundle of 1. Raises ValueError where bundles don't fill N and the
    sizes, or a size is not from 1 to N.

    >>> part_errors([1.0, 2.0, 3.0, 6.0], [1, 4], 2, rng=0)  # of one neuron, and of all
    array([[0., 0.],
           [3., 0.]])
    """
    n = len(products)
    require(n > 0 and n % bundle == 0, "bundle", f"a divisor of N = {n}", bundle)
    seen = np.array(n_observed, int)
    fits = len(seen) > 0 and np.all((seen >= 1) & (seen <= n) & (seen % bundle == 0))
    require(fits, "n_observed", f"multiples of {bundle} from 1 to {n}", n_observed)
    bundles = products.reshape(-1, bundle).mean(1, dtype=np.float64)
    orders = np.random.default_rng(rng).permuted(np.tile(bundles, (n_parts, 1)), axis=1)
    counts = seen // bundle
    return np.cumsum(orders, axis=1)[:, counts - 1] / counts - bundles.mean()


@checked(n_observed=at_least(1), n_neurons=at_least(1, infinite=True), tau_latent=above(0), tau=above(0), rho=RHO)
def observed_growth_rate_error(n_observed: Any, n_neurons: Any, tau_latent: Any, tau: float, rho: float) -> Any:
    """The s.d. of γ̂_obs − γ̂ over the designed rate γ: (1 + τ_L/τ) √((1 + ρ⁻²)(1/N_obs − 1/N)) (A18).

    n_observed, n_neurons: N_obs and N. tau_latent, tau: τ_L and τ, ms. rho: correlation of m and n. All but τ and ρ may be
    arrays (…), broadcast.
    γ̂ is the rate of the realised network of N neurons, not the design's, and the s.d. is over draws of the network and
    of its part. N may be inf, and then this is :func:`lpu_core.timescales.growth_rate_error` of N_obs neurons (A9); as
    N_obs → N it falls as √(N − N_obs)/N (A19). Raises ValueError for N_obs below 1 or above N.

    >>> observed_growth_rate_error([100, 400], 400, 90.0, 10.0, 1.0).round(3)
    array([1.225, 0.   ])
    """
    seen, there = np.asarray(n_observed, np.float64), np.asarray(n_neurons, np.float64)
    joint("n_neurons", there[..., None], "n_observed", seen.shape)
    require(np.all(seen <= there), "n_observed", f"1 to n_neurons = {shown(n_neurons)}", shown(n_observed))
    part = np.sqrt(1 - seen / there)
    joint("tau_latent", tau_latent[..., None], "n_observed and n_neurons", part.shape)
    return growth_rate_error(seen, tau_latent, tau, rho) * part


@checked(error=at_least(0), tau_latent=above(0), tau=above(0), rho=RHO, n_neurons=at_least(1, infinite=True))
def neurons_to_record(error: Any, tau_latent: Any, tau: float, rho: float, n_neurons: Any = np.inf) -> Any:
    """N_obs at which (A18) gives `error`, a real number; round it up: 1/N_obs = 1/N + (error/one neuron's error)².

    tau_latent, tau: τ_L and τ, ms. rho: correlation of m and n. n_neurons: N, which may be infinite. All but τ and ρ may be
    arrays (…), broadcast. Always at most N. Raises ValueError for an error that no part of the network has: 0 of an infinite
    network, or more than a single neuron leaves.

    >>> neurons_to_record([0.1, 0.5], 90.0, 10.0, 1.0, n_neurons=10_000).round()
    array([6667.,  741.])
    """
    error, there = np.asarray(error, np.float64), np.asarray(n_neurons, np.float64)
    joint("n_neurons", there[..., None], "error", error.shape)
    require(np.all((error > 0) | np.isfinite(there)), "error", "above 0, since n_neurons is infinite", shown(error))
    single = growth_rate_error(1, tau_latent, tau, rho)
    joint("tau_latent", single[..., None], "error and n_neurons", np.broadcast_shapes(error.shape, there.shape))
    largest = single * np.sqrt(1 - 1 / there)
    require(np.all(error <= largest), "error", f"at most that of a single neuron, {shown(largest)}", shown(error))
    return 1 / (1 / there + (error / single) ** 2)
