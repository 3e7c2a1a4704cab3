"""Good calls of what trains; they need torch."""

import atexit
import shutil
import tempfile
from pathlib import Path

import numpy as np
import torch

from contract import case
from lpu_core import LeakyCurrentRNN, feedforward, timescales, training
from lpu_core.tasks import FlipFlop

RNG = np.random.default_rng(0)
POINTS = RNG.standard_normal((12, 4))
LAYERS = feedforward.initial_layers([4, 2, 4], [0, 1])
TASK = FlipFlop(1, 0.3, 12)
FEW = training.Descent(n_epochs=1, learning_rate=0.01, n_trials=2, check_every=1, n_check_trials=20)
NETWORK = timescales.design_flip_flop(10, 1, 0, dtype=np.float64)
FOUND = training.learn(LAYERS, POINTS, POINTS, n_steps=1)
TRAINED = {"descent": FEW, "tau": 10.0, "dt": 5.0, "device": "cpu"}
FOLDER = Path(tempfile.mkdtemp(prefix="contract"))
atexit.register(shutil.rmtree, FOLDER)
torch.save({"wrec": torch.eye(3), "wi": torch.ones(2, 3), "wo": torch.ones(3, 1)}, FOLDER / "dense.pt")
INFINITE = (np.inf,)  # a loss that diverged

CASES = [
    case(
        training.Descent,
        also={"clip": (np.inf,)},  # it clips nothing
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
    case(training.read_checkpoint, path=str(FOLDER / "dense.pt"), rank=2, alpha=0.5, tau=50.0),
    case(training.Training, networks=(NETWORK,), losses=np.ones((3, 1)), accuracies=np.ones(1)),
    case(training.train_full_rank, task=TASK, n_neurons=5, seeds=[0], **TRAINED),
    case(training.train_low_rank, task=TASK, n_neurons=5, seeds=[0], rank=2, **TRAINED),
    case(
        training.train_low_rank, task=TASK, n_neurons=5, rank=1, architecture=LeakyCurrentRNN, descent=FEW, tau=10.0, dt=5.0
    ),
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
        also={"curves": INFINITE},
        learning_rates=[0.1, 0.2],
        curves=np.ones((2, 3, 1)),
    ),
    case(
        training.Learning,
        also={"losses": INFINITE, "gaps": (np.nan,)},  # errors may take another way than through the layers
        layers=LAYERS,
        steps=FOUND.steps,
        losses=FOUND.losses,
        cosines=FOUND.cosines,
        gaps=FOUND.gaps,
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
