"""The tasks: the K-bit flip-flop, addition, sequence sorting, and a mouse's Go/NoGo with its recorded population.

A :class:`Task` says how many inputs and outputs it has, which steps are `scored` in training, and how to judge outputs.
"""

from lpu_core.tasks.addition import Addition
from lpu_core.tasks.flip_flop import FlipFlop, SwitchedFlipFlop
from lpu_core.tasks.go_nogo import MICE, REGIONS, TRIALS, GoNoGo, go_nogo_network
from lpu_core.tasks.role import ConditionTask, Task, TrialTask
from lpu_core.tasks.sorting import SequenceSorting
from lpu_core.tasks.trials import INITIAL_STD, accuracy, choices, run_trials

__all__ = [
    "INITIAL_STD",
    "MICE",
    "REGIONS",
    "TRIALS",
    "Addition",
    "ConditionTask",
    "FlipFlop",
    "GoNoGo",
    "SequenceSorting",
    "SwitchedFlipFlop",
    "Task",
    "TrialTask",
    "accuracy",
    "choices",
    "go_nogo_network",
    "run_trials",
]
