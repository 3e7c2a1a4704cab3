"""Reconstruction: an LPU rebuilt from a part of its neurons, and the error that the missing ones leave in it.

The rebuilt network keeps N_obs of the N pairs (m_i, n_i) and averages over those: 1/N becomes 1/N_obs (A11, A12).
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Float

from lpu_core.check import Array, Seed, cast, floats, require
from lpu_core.design import growth_rate_error
from lpu_core.surgery import observe

__all__ = ["neurons_to_record", "observe", "observed_growth_rate_error", "part_errors"]


def part_errors(
    products: Any, n_observed: Sequence[int], n_parts: int, rng: Seed, *, bundle: int = 1
) -> Float[Array, "parts S"]:
    """ĉ_obs − ĉ of `n_parts` random parts of one circuit, for all sizes `n_observed` (S,): means of the products m n (N,).

    The sizes of one row are nested: a part is the start of one shuffle. bundle: neurons shuffled together, those that stand
    together. Where neurons are drawn independently, bundles are as good as neurons over draws of the circuit, and far
    cheaper; for one given circuit, a random part has a bundle of 1. Raises ValueError where bundles don't fill N and the
    sizes, or a size is not from 1 to N.
    """
    p = floats("products", cast("products", products, np.result_type(products, np.float32)), (None,))
    seen = np.asarray(n_observed)
    require(n_parts >= 1, "n_parts", "at least 1", n_parts)
    require(bundle >= 1 and len(p) % bundle == 0, "bundle", f"a divisor of N = {len(p)}", bundle)
    fits = seen.dtype.kind in "iu" and np.all((seen >= 1) & (seen <= len(p)) & (seen % bundle == 0))
    require(seen.ndim == 1 and fits, "n_observed", f"multiples of {bundle} from 1 to {len(p)}", n_observed)
    bundles = p.reshape(-1, bundle).mean(1, dtype=np.float64)
    orders = np.random.default_rng(rng).permuted(np.tile(bundles, (n_parts, 1)), axis=1)
    counts = seen // bundle
    return np.cumsum(orders, axis=1)[:, counts - 1] / counts - bundles.mean()


def observed_growth_rate_error(n_observed: Any, n_neurons: Any, tau_latent: Any, tau: float, rho: float) -> Any:
    """The s.d. of γ̂_obs − γ̂ over the designed rate γ: (1 + τ_L/τ) √((1 + ρ⁻²)(1/N_obs − 1/N)) (A18).

    γ̂ is the rate of the realised network of N neurons, not the design's, and the s.d. is over draws of the network and
    of its part. N may be inf, and then this is :func:`lpu_core.timescales.growth_rate_error` of N_obs neurons (A9); as
    N_obs → N it falls as √(N − N_obs)/N (A19). Numbers or arrays. Raises ValueError for N_obs below 1 or above N.
    """
    seen, there = np.asarray(n_observed, np.float64), np.asarray(n_neurons, np.float64)
    require(np.all(there >= 1), "n_neurons", "at least 1", n_neurons)
    require(
        np.all(np.isfinite(seen) & (seen >= 1) & (seen <= there)), "n_observed", f"1 to n_neurons = {n_neurons}", n_observed
    )
    return growth_rate_error(seen, tau_latent, tau, rho) * np.sqrt(1 - seen / there)


def neurons_to_record(error: Any, tau_latent: Any, tau: float, rho: float, n_neurons: Any = np.inf) -> Any:
    """N_obs at which (A18) gives `error`, a real number; round it up: 1/N_obs = 1/N + (error/one neuron's error)².

    Always at most N. Raises ValueError for an error that no part of the network has: 0 of an infinite network, or more
    than a single neuron leaves.
    """
    error, there = np.asarray(error, np.float64), np.asarray(n_neurons, np.float64)
    require(np.all(there >= 1), "n_neurons", "at least 1", n_neurons)
    single = growth_rate_error(1, tau_latent, tau, rho)
    require(np.all(np.isfinite(error) & (error >= 0)), "error", "a number of at least 0", error)
    require(np.all((error > 0) | np.isfinite(there)), "error", "above 0, since n_neurons is infinite", error)
    largest = single * np.sqrt(1 - 1 / there)
    require(np.all(error <= largest), "error", f"at most that of a single neuron, {largest}", error)
    return 1 / (1 / there + (error / single) ** 2)
