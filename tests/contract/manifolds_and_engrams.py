"""Good calls of manifolds and engrams."""

import numpy as np

from contract import case
from lpu_core import engrams, feedforward, geometry, manifolds, random_networks

RNG = np.random.default_rng(0)

# ------------------------------------------------------------------ geometry, manifolds, random networks

POINTS = RNG.standard_normal((12, 4))
SPHERE, RATES = manifolds.embed_sphere(5, 3, 12, 1.0, 0, dtype=np.float64)
SPECTRUM = manifolds.zonal_spectrum(3, 1.0, "sin", 20, n_nodes=40)
FULL = random_networks.random_network(10, 1.0, 0)
LOW = random_networks.random_network(10, 1.0, 0, 2)

# ------------------------------------------------------------------ engrams, feed-forward networks

LAYERS = feedforward.initial_layers([4, 2, 4], [0, 1])
UNITS = engrams.store(POINTS, POINTS[:, :2])
EPISODES = np.arange(12) % 5

CASES = [
    case(geometry.principal_variances, points=POINTS),
    case(geometry.n_components, variances=np.array([3.0, 1.0]), share=0.9),
    case(geometry.linear_dimensionality, points=POINTS, variance=0.9),
    case(geometry.dimension_from_distances, distances=np.sort(RNG.uniform(1, 2, (5, 3)))),
    case(geometry.intrinsic_dimension, points=POINTS, k=3),
    case(manifolds.staircase, n_neurons=3, phi="relu"),
    case(
        manifolds.embed_sphere,
        n_neurons=4,
        n_dims=3,
        n_points=5,
        strength=1.0,
        rng=0,
        phi="tanh",
        bias_std=0.5,
        dtype=np.float64,
    ),
    case(manifolds.legendre, n_dims=3, n_degrees=4, cosines=np.linspace(-1, 1, 5)),
    case(
        manifolds.ZonalSpectrum,
        eigenvalues=np.array([0.1, 0.5]),
        multiplicities=np.array([1.0, 3.0]),
        mean_square=1.7,
    ),
    case(SPECTRUM.dimensionality, variance=0.9),
    case(SPECTRUM.variances, n=5),
    case(manifolds.zonal_spectrum, n_dims=3, strength=1.0, phi="tanh", n_degrees=5, n_nodes=20),
    case(manifolds.sampled_eigenvalues, points=SPHERE, rates=RATES, n_degrees=3),
    case(manifolds.latent_r2, points=SPHERE, rates=RATES),
    case(manifolds.distance_rank_correlation, points=SPHERE, rates=RATES),
    case(manifolds.predicted_rank_correlation, n_neurons=5, n_dims=3, strength=1.0, phi="sin"),
    case(random_networks.random_network, n_neurons=10, gain=1.0, rng=0, rank=2),
    case(random_networks.scale_weights, network=FULL, factor=0.5),
    case(random_networks.scale_weights, network=LOW, factor=0.5),
    case(random_networks.critical_factor, network=LOW),
    case(random_networks.spontaneous_rates, network=FULL, n_trials=2, n_steps=3, rng=0, n_transient=4),
    case(random_networks.divergence, network=LOW, n_steps=20, rng=0, perturbation=1e-6, n_transient=5),
    case(random_networks.sustaining_factor, network=LOW, rng=0, low=0.1, high=20.0, n_steps=60),
    case(engrams.Manifold, intrinsic=1, embeds=2, draw=engrams.MANIFOLDS["circle"].draw),
    case(engrams.MANIFOLDS["circle"].sample, n_points=3, rng=0),
    case(engrams.knee, errors=np.array([0.5, 0.1])),
    case(engrams.antipodal_pair, encode=lambda x: x[:, :1], n_dims=2, rng=0, n_starts=5),
    case(engrams.undo_embedding, codes=np.tanh(POINTS[:, :2] @ POINTS[:5, :2].T) @ POINTS[:5, :2], embedding=POINTS[:5, :2]),
    case(engrams.learn_binary, inputs=POINTS, targets=np.ones(12), n_rounds=3),
    case(engrams.IndexUnits, keys=POINTS, values=POINTS[:, :2]),
    case(UNITS.winners, cues=POINTS),
    case(UNITS.recall, cues=POINTS),
    case(engrams.store, keys=POINTS, values=POINTS[:, :2], units=EPISODES, scaled=True),
    case(engrams.recall_probability, n_stored=10.0, n_latents=3, snr=1.0, scaled=True),
    case(engrams.capacity, n_latents=3, snr=1.0, scaled=False, share=0.5),
    case(engrams.fano_bound, n_stored=10.0, n_latents=3, snr=1.0),
    case(engrams.synthetic_spectra, labels=np.arange(10), rng=0),
    case(
        feedforward.Layers,
        {"weights": "arrays of several shapes; test_engrams spoils them"},
        weights=LAYERS.weights,
        linear=LAYERS.linear,
    ),
    case(LAYERS.__call__, inputs=POINTS),
    case(LAYERS.activities, inputs=POINTS),
    case(LAYERS.split, layer=1),
    case(LAYERS.only, network=1),
    case(feedforward.initial_layers, sizes=[4, 3, 2, 4], seeds=[0, 1], linear=[2], widths=[1, 2]),
    case(feedforward.comparator, signal=POINTS, reconstruction=-POINTS),
    case(feedforward.unexplained, network=LAYERS, points=POINTS),
]
