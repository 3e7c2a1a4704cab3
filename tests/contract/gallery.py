"""Good calls of the classic tasks and of environments as tasks."""

from types import SimpleNamespace

import numpy as np

from contract import case
from lpu_core import LowRankRNN, gallery, populations, tasks

RNG = np.random.default_rng(0)
NETWORK = LowRankRNN(*RNG.standard_normal((2, 6, 1)), RNG.standard_normal((6, 1)))
DIVERGED = {"outputs": (np.nan, np.inf)}  # what a network that diverged gives counts as wrong
DELAY = {"shortest": 100.0, "longest": 200.0, "noise": 0.1}
DECISION = {"coherences": (1.0, 2.0), "scale": 0.1, "noise": 0.1}


class Light:
    """A small environment: which side is the light on?"""

    observation_space, action_space = SimpleNamespace(shape=(1,)), SimpleNamespace(n=3)

    def seed(self, seed):
        self.rng = np.random.default_rng(seed)

    def new_trial(self):
        side = self.rng.integers(2)
        self.ob, self.gt = np.full((4, 1), 2.0 * side - 1), np.array([0, 0, 0, 1 + side])


ASKED = np.array([[-1.0], [1.0]])
LIGHT = tasks.EnvironmentTask(Light(), 5)
SELF = {"self": "the task, which is no argument of the call"}
CROWD = populations.fit_populations(LowRankRNN(*RNG.standard_normal((2, 40, 1)), RNG.standard_normal((40, 1))), 2)
PERCEPT, RING, GO = tasks.PerceptualDecision(), tasks.RingMemory(**DELAY), tasks.ReadySetGo()


def judged(task):
    """The arguments by which a task's trials are judged."""
    inputs, targets = task.sample(3, 0)
    return {"outputs": targets, "inputs": inputs, "targets": targets}


def trials(task):
    """Good calls of what a task of conditions draws and makes."""
    drawn = task.conditions(3, 0)
    return [case(task.conditions, n_trials=3, rng=1), case(task.trials, conditions=drawn, rng=1)]


CASES = [
    case(gallery.explained, outputs=np.ones((2, 3, 1)), targets=np.arange(6.0).reshape(2, 3, 1), scored=slice(1, 2)),
    case(gallery.activity, network=NETWORK, task=PERCEPT, n_trials=2, rng=0),
    case(gallery.dimensions, network=NETWORK, task=PERCEPT, n_trials=2, rng=0, variance=0.9),
    case(gallery.after_drift, network=NETWORK, task=PERCEPT, sigmas=np.array([0.1]), n_trials=2, rng=0, n_draws=1),
    case(populations.weight_vectors, network=NETWORK),
    case(populations.fit_populations, network=CROWD.network, n_populations=2, rng=0, most=2),
    case(populations.Populations, **vars(CROWD)),
    case(CROWD.redraw, n_neurons=5, rng=0),
    case(CROWD.gains, kappa=np.zeros((2, 1)), inputs=np.zeros((2, 1))),
    case(CROWD.flow, kappa=np.zeros((2, 1)), inputs=np.zeros((2, 1))),
    case(tasks.TrialTask.accuracy, free=SELF, also=DIVERGED, self=PERCEPT, **judged(PERCEPT)),
    case(tasks.ConditionTask.sample, free=SELF, self=PERCEPT, n_trials=3, rng=1),
    case(tasks.choices, network=NETWORK, task=PERCEPT, conditions=ASKED, rng=1, n_trials=2, noise_std=0.1),
    case(tasks.PerceptualDecision, **DECISION),
    case(tasks.TwoSensesDecision, **DECISION),
    case(tasks.ContextDecision, **DECISION),
    case(tasks.ParametricMemory, **DELAY),
    case(tasks.MatchToSample, **DELAY),
    case(tasks.RingMemory, **DELAY, tolerance=0.2),
    case(tasks.ReadySetGo, intervals=(200.0, 300.0), noise=0.1, tolerance=0.2),
    *trials(PERCEPT),
    *trials(tasks.TwoSensesDecision()),
    *trials(tasks.ContextDecision()),
    *trials(tasks.ParametricMemory(**DELAY)),
    *trials(tasks.MatchToSample(**DELAY)),
    *trials(RING),
    *trials(GO),
    case(RING.accuracy, also=DIVERGED, **judged(RING)),
    case(GO.accuracy, also=DIVERGED, **judged(GO)),
    case(GO.production, outputs=GO.sample(3, 0)[1], also=DIVERGED),
    case(tasks.EnvironmentTask, environment=Light(), n_steps=5),
    case(LIGHT.sample, n_trials=3, rng=1),
    case(LIGHT.accuracy, also=DIVERGED, **judged(LIGHT)),
]
