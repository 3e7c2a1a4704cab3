"""Good calls of design, Gaussian means, timescales, theory, drift, limits, reconstruction, redundancy and noise."""

import numpy as np

from contract import case
from lpu_core import (
    LowRankRNN,
    design,
    drift,
    escape,
    gaussian,
    limits,
    noise,
    nonlinearities,
    reconstruction,
    redundancy,
    theory,
    timescales,
    tolerance,
)

RNG = np.random.default_rng(0)
N, K, D, S = 12, 2, 1, 4
NETWORK = LowRankRNN(*RNG.standard_normal((2, N, K)), RNG.standard_normal((N, D)))
BITS = LowRankRNN(*RNG.standard_normal((2, N, K)), RNG.standard_normal((N, K)))
ONE = design.design_bistable(N, 20.0, 10.0, 0.8, 0, dtype=np.float64)
BISTABLE = LowRankRNN([[1.0]], [[2.0]], np.zeros((1, 0)))
CHANGE, KAPPA, U = RNG.standard_normal((N, K)), RNG.standard_normal((3, K)), RNG.standard_normal((3, D))
SIGMAS, FALL = np.geomspace(0.1, 10.0, S), np.array([1.0, 0.9, 0.3, 0.2])
LIMIT = limits.DriftLimit(NETWORK, 0.5, 0.1)
RATES = RNG.standard_normal(N)
TIMES = {"tau_latent": 20.0, "tau": 10.0}
LAW = TIMES | {"rho": 0.8}
LAWS = LAW | {"tau_latent": np.array([20.0, 30.0])}
SIZES = np.array([10.0, 20.0])
BOX = {"low": np.array([-1.0, -1.0]), "high": np.array([1.0, 1.0])}

CASES = [
    # design, timescales
    case(design.WeightStatistics, covariance=1.5, embedding_std=0.75, encoding_std=2.5, correlation=0.8),
    case(design.design(**LAW).sample, n_neurons=5, rng=1, dtype=np.float32),
    case(design.design, **LAW),
    case(design.design_bistable, n_neurons=5, **LAW, rng=1),
    case(design.design_flip_flop, n_neurons=5, n_bits=2, rng=1, **LAW, pulse_gain=5.0),
    case(design.growth_rate_error, n_neurons=np.array([5.0, 10.0]), **LAWS),
    case(timescales.mean_field_flow, kappa=np.array([0.5, 1.0]), **TIMES),
    case(timescales.flow_std, kappa=np.array([0.5, 1.0]), n_neurons=100, **LAW),
    case(timescales.bistable_share, n_neurons=np.array([5.0, 10.0]), **LAWS),
    case(timescales.growth_rate, network=ONE),
    case(timescales.growth_rates, sample=design.design(**LAW).sample, n_draws=3, n_neurons=5, tau=10.0, rng=1),
    # Gaussian means
    case(gaussian.gaussian_mean, function=np.cos, scale=1.0),
    case(gaussian.mean_slope, scale=1.0),
    case(gaussian.smooth_tanh, current=np.array([0.0, 1.0]), spread=np.array([0.0, 1.0]), order=1),
    case(gaussian.tanh_slopes, current=np.array([0.0, 1.0]), spread=np.array([0.0, 1.0])),
    case(gaussian.tanh_kernel, xx=np.array([1.0, 2.0]), yy=np.array([1.0, 3.0]), xy=np.array([0.5, -1.0])),
    # theory
    case(theory.van_der_pol, mu=1.0, unit=100.0),
    case(theory.lorenz, unit=400.0, scale=20.0),
    case(theory.ring_attractor, unit=100.0),
    case(theory.switching_linear, matrices=np.ones((2, K, K)), offsets=np.ones((2, K))),
    case(
        theory.fit_flow,
        flow=theory.ring_attractor(),
        **BOX,
        n_neurons=5,
        rng=1,
        tau=10.0,
        dt=1.0,
        gain=3.0,
        ridge=1e-6,
        n_samples=20,
        nonlinearity="sin",
        bend=0.5,
    ),
    case(theory.orbit, flow=theory.ring_attractor(), start=BOX["high"], n_steps=3, dt=1.0),
    case(theory.trajectory_bound, flow_error=0.1, lipschitz=0.2, duration=np.array([0.0, 1.0])),
    case(theory.flow_error, network=NETWORK, flow=theory.ring_attractor(), **BOX, rng=1, n_samples=20),
    # drift
    case(drift.first_order_term, network=NETWORK, drift=CHANGE, kappa=KAPPA, inputs=U),
    case(drift.predicted_deviation, network=NETWORK, drift=CHANGE, inputs=np.ones((4, 3, D)), initial_latents=KAPPA),
    case(drift.coding_groups, embedding=CHANGE, threshold=0.5),
    case(drift.group_probabilities, embedding=CHANGE, sigma=0.5, threshold=0.5),
    case(drift.keeps_states, before=CHANGE[:4], after=1.1 * CHANGE[:4]),
    case(drift.large_weight, network=NETWORK),
    case(drift.changed_shares, before=CHANGE, after=0.5 * CHANGE, threshold=0.5),
    case(drift.strengths_between, strengths=SIGMAS, n_points=5),
    case(
        drift.where_all_hold,
        strengths=SIGMAS,
        shares=np.stack([FALL, FALL], axis=1),
        low=np.array([0.5, 0.0]),
        high=np.array([1.0, 0.9]),
    ),
    case(drift.sample_grouped_drift, encoding=CHANGE, groups=np.arange(N) % 3, sigma=0.5, rng=1),
    case(
        drift.simulate_strengths,
        network=NETWORK,
        direction=CHANGE,
        sigmas=SIGMAS,
        inputs=np.ones((4, D)),
        initial_latents=KAPPA[0],
        noise_std=0.1,
        rng=1,
        n_observed=5,
    ),
    case(
        drift.drift_accuracies,
        network=BITS,
        sigmas=SIGMAS,
        rng=1,
        n_before=60,
        n_after=60,
        noise_std=0.1,
        n_observed=5,
    ),
    case(drift.limit_accuracies, network=BITS, sigmas=SIGMAS, rng=1, n_before=60, n_after=60, noise_std=0.1),
    case(drift.rescaling, sigma=SIGMAS, sigma_m=1.0, n_latents=2),
    case(drift.critical_sigma, network=NETWORK),
    case(drift.bistable_share, network=ONE, sigma=SIGMAS),
    case(tolerance.Tolerance, midpoint=1.0, width=0.2, status="fitted"),
    case(tolerance.Tolerance(1.0, 0.2).__call__, sigmas=SIGMAS, chance=0.125),
    case(tolerance.tolerance_threshold, sigmas=SIGMAS, accuracies=FALL, chance=0.2),
    case(tolerance.tolerance_band, sigmas=SIGMAS, accuracies=FALL[None], chance=0.2, rng=1, n_draws=2, level=0.5),
    # limits
    case(limits.DriftLimit, network=NETWORK, drift_std=np.array([0.5, 1.0]), noise_std=0.1),
    case(LIMIT.astype, dtype=np.float32),
    case(LIMIT.bounding_box),
    case(LIMIT.tuning, kappa=KAPPA, inputs=U),
    case(LIMIT.flow, kappa=KAPPA, inputs=U),
    case(LIMIT.jacobian, kappa=KAPPA, inputs=U),
    case(LIMIT.simulate, inputs=np.ones((4, 3, D)), initial_latents=KAPPA),
    # reconstruction
    case(reconstruction.part_errors, products=RATES, n_observed=[2, 4], n_parts=2, rng=1, bundle=2),
    case(reconstruction.observed_growth_rate_error, n_observed=np.array([5.0, 7.0]), n_neurons=SIZES, **LAWS),
    case(reconstruction.neurons_to_record, error=np.array([0.1, 0.2]), **LAWS, n_neurons=SIZES),
    # redundancy
    case(redundancy.add_redundant_neurons, network=NETWORK, n_redundant=3, rng=1, amplitude=0.8, tuned_share=0.5),
    case(redundancy.connect_at_random, network=NETWORK, ratio=2.0, rng=1),
    case(redundancy.sign_pattern, network=NETWORK, neurons=np.array([0, 3]), latent=1),
    case(redundancy.with_patterns, network=NETWORK, patterns=np.ones((2, N))),
    *(
        case(
            function,
            network=NETWORK,
            pattern=np.ones(N),
            amplitudes=SIGMAS,
            initial_rates=RATES,
            n_pulse=1,
            n_after=5,
            latent=1,
        )
        for function in (redundancy.flips, redundancy.smallest_flip)
    ),
    case(
        redundancy.pulse_trials,
        network=NETWORK,
        patterns=np.ones((2, N)),
        lengths=(1, 2),
        heights=np.array([0.5, 1.0]),
        initial_rates=RATES,
        n_before=2,
        n_after=3,
    ),
    case(
        redundancy.latent_readout,
        network=NETWORK,
        neurons=np.array([0, 3]),
        inputs=np.ones((5, 2, D)),
        n_samples=6,
        rng=1,
    ),
    case(
        redundancy.pulse_outcomes,
        network=NETWORK,
        patterns=np.ones((2, N)),
        lengths=(1, 2),
        heights=np.array([0.5, 1.0]),
        initial_rates=RATES,
        latent=1,
        neurons=np.array([0, 3]),
        inputs=np.ones((5, 2, D)),
        n_samples=6,
        rng=1,
        n_before=2,
        n_after=3,
    ),
    case(redundancy.perturbation_response, network=NETWORK, initial_rates=RATES, n_steps=3, step=1e-5),
    # escape
    case(escape.diffusion, network=ONE, kappa=np.array([0.1, 0.5]), noise_std=0.5),
    case(escape.passage_time, network=ONE, start=0.5, target=-0.5, noise_std=0.5),
    case(escape.hill_height, network=BISTABLE, well=1.5, top=0.0, noise_std=0.5),
    case(escape.kramers_time, network=BISTABLE, well=1.5, top=0.0, noise_std=0.5),
    case(escape.dwell_times, latents=KAPPA, low=-0.5, high=0.5),
    # noise, nonlinearities
    case(noise.gaussian_noise, noise_std=0.5, rng=1, shape=(2, 3), dtype=np.float32),
    case(nonlinearities.nonlinearity, nonlinearity="tanh"),
    case(nonlinearities.derivative, nonlinearity="tanh"),
    case(
        nonlinearities.elementwise,
        name="transfer",
        values=RATES,
        shape=(N,),
        free={
            "name": "it is the name",
            "values": "their error has its name",
            "shape": "an array's",
        },
    ),
]
