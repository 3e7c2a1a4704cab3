"""Good calls of partial."""

import numpy as np

from contract import case
from lpu_core import partial

RNG = np.random.default_rng(0)
T, B, N, K = 12, 5, 4, 2
RATES = 0.4 * RNG.uniform(-1, 1, (T, B, N)).cumsum(0) / T
LATENTS = RNG.standard_normal((T, B, K))
FLOW = partial.PolynomialFlow(RNG.standard_normal((6, K)), 2)
KAPPA, NOISE = np.zeros((3, K)), np.array([0.1, 0.2])

CASES = [
    case(partial.seen_currents, rates=RATES, alpha=0.5),
    case(partial.components, values=RATES, n_latents=2),
    case(partial.monomials, kappa=KAPPA, degree=3, noise_std=NOISE),
    case(partial.PolynomialFlow, coefficients=np.ones((6, K)), degree=2, dt=5.0),
    case(FLOW.flow, kappa=KAPPA, inputs=None),
    case(FLOW.jacobian, kappa=KAPPA, inputs=None),
    case(FLOW.astype, dtype=np.float64),
    case(partial.past_mean, latents=LATENTS, n_steps=2),
    case(partial.fit_flow, latents=LATENTS, dt=5.0, degree=2, instruments=LATENTS + 0.1, noise_std=NOISE, ramp=2),
    case(partial.observed_weights, rates=RATES, alpha=0.5, ridge=0.1),
    case(partial.attenuated_gain, gain=1.01, variance=1.0, noise_variance=np.array([0.0, 0.1]), shared=0.1),
    case(partial.instrument_error, variance=1.0, noise_variance=np.array([0.0, 0.1]), step_variance=1e-4, n_back=10,
         n_steps=90, n_trials=20, ramp=10),
]  # fmt: skip
