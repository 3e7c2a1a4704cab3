"""The tasks: the K-bit flip-flop, addition, sequence sorting, and a mouse's Go/NoGo with its recorded population; decisions,
memories over a delay and an interval, as experiments have them; and any environment whose trials have a ground truth.

A :class:`Task` says how many inputs and outputs it has, which steps are `scored` in training, and how to judge outputs.
:class:`TrialTask` and :class:`ConditionTask` are what one's own are made from; :class:`EnvironmentTask` takes in another's.
"""

from lpu_core.tasks.addition import Addition
from lpu_core.tasks.decisions import ContextDecision, PerceptualDecision, TwoSensesDecision
from lpu_core.tasks.environments import EnvironmentTask
from lpu_core.tasks.flip_flop import FlipFlop, SwitchedFlipFlop
from lpu_core.tasks.go_nogo import MICE, REGIONS, TRIALS, GoNoGo, go_nogo_network
from lpu_core.tasks.role import ConditionTask, Task, TrialTask
from lpu_core.tasks.sorting import SequenceSorting
from lpu_core.tasks.timing import ReadySetGo
from lpu_core.tasks.trials import INITIAL_STD, accuracy, choices, run_trials
from lpu_core.tasks.working_memory import MatchToSample, ParametricMemory, RingMemory

__all__ = [
    "INITIAL_STD",
    "MICE",
    "REGIONS",
    "TRIALS",
    "Addition",
    "ConditionTask",
    "ContextDecision",
    "EnvironmentTask",
    "FlipFlop",
    "GoNoGo",
    "MatchToSample",
    "ParametricMemory",
    "PerceptualDecision",
    "ReadySetGo",
    "RingMemory",
    "SequenceSorting",
    "SwitchedFlipFlop",
    "Task",
    "TrialTask",
    "TwoSensesDecision",
    "accuracy",
    "choices",
    "go_nogo_network",
    "run_trials",
]
