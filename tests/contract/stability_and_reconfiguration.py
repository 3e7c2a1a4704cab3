"""Good calls of shapes and their laws, of stability, and of reconfiguration with its flows and its richness."""

from dataclasses import asdict

import numpy as np

from contract import case
from lpu_core import (
    LowRankRNN,
    design,
    dynamics,
    flow_tasks,
    reconfiguration,
    recordings,
    richness,
    shape_laws,
    shapes,
    stability,
)

RNG = np.random.default_rng(0)
CONDITIONS = np.repeat(np.arange(4), 4)
TRIALS = {"activity": RNG.standard_normal((16, 6)), "conditions": CONDITIONS}
SESSIONS = {
    "before": RNG.standard_normal((16, 6)),
    "after": RNG.standard_normal((16, 6)),
    "conditions": (CONDITIONS, CONDITIONS),
}
MEANS = dict(zip(("before", "after"), np.random.default_rng(1).standard_normal((2, 4, 6)), strict=True))
SPLITS = {"n_splits": 2, "rng": 1}
BITS = design.design_flip_flop(30, 2, 0, dtype=np.float64)
STATES = stability.sign_states(2)
SIGNS = {"kind": "random", "sigma": 0.1, "n_observed": 20, "n_trials": 4, "noise_std": 1.0, "perturbation_noise": 1.0}
RECORDING = recordings.Recording(RNG.standard_normal((2, 16, 6)), ["a"] * 6, CONDITIONS > 1, 0.1, CONDITIONS)

N, T, S = 12, 2, 5
CLOUD, LINE = reconfiguration.Cloud(np.diag([1.5, 0.8])), reconfiguration.Cloud([[1.5]])
STDS = {"gain_std": 0.5, "bias_std": 0.5}
NETWORK, ONE = CLOUD.draw(N, 0), LINE.draw(N, 0)
RECEPTORS = reconfiguration.draw_receptors(np.arange(N), 3, 0.5, 0.5, 0)
LEVELS = reconfiguration.draw_levels(2, 3, 0)
FIXED = dynamics.fixed_points(LowRankRNN(np.ones((5, 1)), np.full((5, 1), 2.0), np.zeros((5, 0))))
MODULATION = dict(zip(("gains", "biases"), flow_tasks.draw_modulations("gains", 0.5, T, N, 0), strict=True))
FLOWS = flow_tasks.FlowTasks.draw(T, 0, n_states=S)
RATES = flow_tasks.task_rates(NETWORK, **MODULATION, states=FLOWS.states[0])

CASES = [
    # shapes
    case(shapes.rdm, means=RNG.standard_normal((4, 6)), metric="correlation"),
    case(shapes.correlation, one=RNG.standard_normal((2, 6)), other=RNG.standard_normal((2, 6)), rank=True),
    case(shapes.half_means, **TRIALS, **SPLITS),
    case(shapes.geometric_stability, **TRIALS, **SPLITS, metric="euclidean"),
    case(shapes.across_stability, **SESSIONS, **SPLITS),
    case(shapes.centroid_drift, **SESSIONS, **SPLITS),
    case(shapes.spread, **TRIALS, **SPLITS),
    case(shapes.centroid_accuracies, **SESSIONS, rng=1),
    case(
        shapes.grouped_correlation,
        one=RNG.standard_normal(8),
        other=RNG.standard_normal(8),
        groups=np.repeat([0, 1], 4),
        n_permutations=9,
        rng=1,
    ),
    case(shapes.noisy_trials, means=RNG.standard_normal((4, 6)), n_trials=2, noise_std=0.5, rng=1),
    case(shapes.compare_sessions, **MEANS, noise_stds=(1.0, 2.0), n_trials=4, **SPLITS),
    # their laws
    case(
        shape_laws.recurrent_split_half_law,
        distances=np.arange(1.0, 7.0),
        overlap=0.5,
        input_std=1.0,
        noise_std=1.0,
        n_trials=2,
        n_neurons=9,
        n_latents=2,
    ),
    case(
        stability.completed_trials,
        embedding=RNG.standard_normal((9, 2)),
        states=STATES,
        overlap=0.5,
        n_trials=2,
        rng=0,
        recurrent=RNG.standard_normal((9, 2)),
        linear=True,
        share=0.5,
        input_noise=0.5,
        noise_std=0.5,
    ),
    case(
        shape_laws.split_half_law,
        distances=np.arange(1.0, 7.0),
        noise_std=1.0,
        n_trials=np.array([4.0, 5.0]),
        n_neurons=np.array([10.0, 20.0]),
    ),
    case(shape_laws.spearman_from_pearson, pearson=np.array([0.5, -0.5])),
    case(shape_laws.naming_law, n_places=np.array([2, 10]), signal_to_noise=np.array([0.5, 1.0])),
    case(shape_laws.linear_reading_law, n_places=np.array([20, 30]), n_neurons=np.array([10, 10])),
    case(shape_laws.random_code_law, signal_to_noise=np.array([1.0, 2.0])),
    case(shape_laws.limit_distance, xx=np.array([1.0, 2.0]), yy=np.array([1.0, 2.0]), xy=np.array([0.5, -0.5])),
    case(shape_laws.limit_rdm, states=STATES, covariance=np.eye(2)),
    case(shape_laws.limit_drift, states=STATES, new_states=1.5 * STATES, covariance=np.eye(2), sigma=0.5),
    case(shape_laws.overlap_auc, correlation=np.array([0.1, 0.2]), n_neurons=np.array([10.0, 20.0])),
    # stability
    case(stability.flow_change, before=BITS, after=BITS, points=0.5 * STATES),
    case(stability.auc, inside=np.array([1.0, 3.0]), outside=np.array([0.0, 2.0])),
    case(stability.held_states, network=BITS, start=STATES, n_steps=10),
    case(stability.sign_states, n_bits=3),
    case(stability.ring_states, n_states=3),
    case(
        stability.DriftSigns,
        **asdict(stability.drift_signs(BITS, **SIGNS, rng=1)),
        also=dict.fromkeys(("centroid", "geometry", "axes", "decoded", "outputs", "perturbed"), (np.nan,)),
    ),
    case(stability.drift_signs, network=BITS, **SIGNS, rng=1),
    case(
        stability.survey_regions,
        recording=RECORDING,
        window=(0.0, 0.2),
        min_neurons=3,
        n_trials=4,
        **SPLITS,
    ),
    # flows under modulation, richness
    case(flow_tasks.task_rates, network=NETWORK, **MODULATION, states=FLOWS.states[0]),
    case(flow_tasks.share_encoding, rates=RATES, wanted=FLOWS.drives[0], ridge=0.1, n_tasks=1),
    case(flow_tasks.rate_overlap, rates=RATES),
    case(flow_tasks.random_flow, rng=1, n_latents=2, unit=20.0, n_waves=3),
    case(flow_tasks.FlowTasks, states=FLOWS.states, drives=FLOWS.drives),
    case(flow_tasks.FlowTasks.draw, n_tasks=T, seed=1, common=0.5, n_states=S, tau=10.0),
    case(FLOWS.error, network=NETWORK, **MODULATION, ridge=0.1, how="split"),
    case(flow_tasks.draw_modulations, mode="gains", strength=0.5, n_tasks=T, n_neurons=N, rng=1),
    case(richness.abundances, found=[(1, 0), (1, 0), None], free={"found": "any things can be counted"}),
    case(richness.rarefaction, counts=np.array([2, 1]), sizes=np.array([1.0, 2.0])),
    case(richness.chao1, counts=np.array([2, 1])),
    # reconfiguration
    case(reconfiguration.Receptors, log_gains=RECEPTORS.log_gains, biases=RECEPTORS.biases),
    case(RECEPTORS.at, levels=LEVELS),
    case(RECEPTORS.switch, network=NETWORK, levels=LEVELS[0]),
    case(reconfiguration.draw_receptors, units=np.arange(N), n_modulators=3, **STDS, rng=1),
    case(reconfiguration.draw_levels, n_levels=2, n_modulators=3, rng=1),
    case(reconfiguration.Cloud, overlap=np.eye(2), embedding_std=1.5, private_std=1.0),
    case(CLOUD.draw, n_neurons=5, rng=1, tau=10.0, dt=5.0),
    case(CLOUD.limit_slope, size=1.0, **STDS),
    case(CLOUD.limit_flow, kappa=np.ones((2, 2)), **STDS, tau=10.0),
    case(LINE.limit_std, kappa=1.0, n_neurons=50, **STDS, tau=10.0),
    case(LINE.bistable_chance, n_neurons=50, **STDS),
    case(LINE.bistability, n_neurons=50, lengths=np.array([0.5, 1.0]), stds=(0.5, 0.5)),
    case(CLOUD.limit_topology, **STDS),
    case(reconfiguration.limit_topologies, n_latents=2),
    case(reconfiguration.topology, fixed=FIXED),
    case(reconfiguration.attractor_patterns, fixed=FIXED, tolerance=0.1),
    case(reconfiguration.landscapes, network=NETWORK, receptors=RECEPTORS, levels=LEVELS[:1]),
    case(reconfiguration.count_attractors, network=ONE, gains=np.ones((2, N)), biases=np.zeros((2, N)), n_points=40),
    case(
        reconfiguration.reachable_topologies,
        cloud=LINE,
        n_neurons=N,
        n_units=N,
        n_modulators=2,
        stds=(0.5, 0.5),
        n_levels=2,
        rng=1,
    ),
    case(
        reconfiguration.bistable_draws,
        cloud=LINE,
        n_neurons=N,
        lengths=np.ones((2, 3)),
        stds=(0.5, 0.5),
        rng=1,
        n_modulators=2,
    ),
]
