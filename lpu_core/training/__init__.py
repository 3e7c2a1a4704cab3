"""Training: full rank through time, low rank from a network's activity, low rank directly, and alignment.

Every function that descends a gradient trains an ensemble, one network a seed, in one batch of tensors: the symbol E. It
works on the CPU, or on the `device` that it is given ("cuda"), with the same trials and noise.
Trials and noise of an epoch depend on (seed, epoch) alone, so a run that resumes is the run that was never stopped.

The only part of the package that needs torch, the extra ``train``; ImportError where there is none.
"""

try:
    import torch  # noqa: F401
except ImportError as error:
    raise ImportError("lpu_core.training needs torch, which is not here: pip install 'lpu-core[train]'") from error

from lpu_core.tasks import accuracy, run_trials
from lpu_core.training.checkpoints import read_checkpoint
from lpu_core.training.descent import Descent, Diverged, Training
from lpu_core.training.learning_rates import largest_converging_rate, learning_curves
from lpu_core.training.local_rules import RULES, Learning, learn
from lpu_core.training.recipes import BPTT, DIRECT, FINE_TUNE, fine_tune, train_full_rank, train_low_rank
from lpu_core.training.student import align, fit_low_rank, logistic_loss

__all__ = [
    "BPTT",
    "DIRECT",
    "FINE_TUNE",
    "RULES",
    "Descent",
    "Diverged",
    "Learning",
    "Training",
    "accuracy",
    "align",
    "fine_tune",
    "fit_low_rank",
    "largest_converging_rate",
    "learn",
    "learning_curves",
    "logistic_loss",
    "read_checkpoint",
    "run_trials",
    "train_full_rank",
    "train_low_rank",
]
