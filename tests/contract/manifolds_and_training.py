"""Good calls of manifolds, engrams and what trains."""

import numpy as np

from contract import case
from lpu_core import engrams, feedforward, geometry, manifolds, random_networks, timescales, training
from lpu_core.tasks import FlipFlop

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

# ------------------------------------------------------------------ training

TASK = FlipFlop(1, 0.3, 12)
FEW = training.Descent(n_epochs=1, learning_rate=0.01, n_trials=2, check_every=1, n_check_trials=20)
NETWORK = timescales.design_flip_flop(10, 1, 0, dtype=np.float64)
FOUND = training.learn(LAYERS, POINTS, POINTS, n_steps=1)
TRAINED = {"descent": FEW, "tau": 10.0, "dt": 5.0, "device": "cpu"}
INFINITE = "a loss that diverged is infinite; test_training spoils it by NaN"

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
    case(
        training.Descent,
        {"clip": "infinite, it clips nothing; test_training spoils it"},
        n_epochs=10,
        learning_rate=0.01,
        n_trials=5,
        noise_std=0.1,
        weight_decay=0.1,
        clip=1.0,
        target_accuracy=0.9,
        check_every=5,
        n_check_trials=10,
    ),
    case(training.Training, networks=(NETWORK,), losses=np.ones((3, 1)), accuracies=np.ones(1)),
    case(training.train_full_rank, task=TASK, n_neurons=5, seeds=[0], **TRAINED),
    case(training.train_low_rank, task=TASK, n_neurons=5, seeds=[0], rank=2, **TRAINED),
    case(training.fine_tune, networks=[NETWORK], task=TASK, seeds=[0], descent=FEW, device="cpu"),
    case(
        training.fit_low_rank,
        teacher=NETWORK.dense(),
        task=TASK,
        rank=1,
        rng=0,
        n_trials=5,
        weight_decay=1e-9,
        max_iterations=500,
    ),
    case(training.align, network=NETWORK, task=TASK, rng=0, n_trials=20),
    case(
        training.logistic_loss,
        embedding=POINTS[:4, :2],
        encoding=POINTS[4:8, :2],
        input_weights=POINTS[:4, :3],
        rates=POINTS,
        inputs=POINTS[:, :3],
        drives=np.tanh(POINTS),
    ),
    case(training.learning_curves, task=TASK, n_neurons=5, learning_rates=[0.01], seeds=[0], descent=FEW),
    case(
        training.largest_converging_rate,
        {"curves": INFINITE},
        learning_rates=[0.1, 0.2],
        curves=np.ones((2, 3, 1)),
    ),
    case(
        training.Learning,
        {"losses": INFINITE},
        layers=LAYERS,
        steps=FOUND.steps,
        losses=FOUND.losses,
        cosines=FOUND.cosines,
    ),
    case(
        training.learn,
        layers=LAYERS,
        inputs=POINTS,
        targets=POINTS,
        rule="local",
        n_steps=2,
        learning_rate=0.01,
        n_batch=3,
        rng=0,
        n_records=2,
    ),
]
