"""Checks of arguments: a bad one gets a ValueError that names it, what was expected and what came.

:func:`checked` reads a function's annotations, so that shapes and kinds are written once, and takes bounds beside them::

    @checked(n_neurons=at_least(1), rho=between(0, 1, "(]"))
    def design(n_neurons: int, rho: float, states: Float[Array, "S K"], rng: Seed): ...

What an annotation cannot say (one argument against another) stands in the body, as :func:`require`.
"""

from lpu_core.check.annotations import check_fields, checked
from lpu_core.check.values import (
    ANY,
    OR_NAN,
    Array,
    Bound,
    Choice,
    Seed,
    above,
    array,
    at_least,
    between,
    cast,
    choice,
    floats,
    frozen,
    joint,
    numbers,
    one_of,
    points,
    precision,
    real,
    real_numbers,
    require,
    seed,
    shown,
    times,
    whole,
)

__all__ = [
    "ANY",
    "OR_NAN",
    "Array",
    "Bound",
    "Choice",
    "Seed",
    "above",
    "array",
    "at_least",
    "between",
    "cast",
    "check_fields",
    "checked",
    "choice",
    "floats",
    "frozen",
    "joint",
    "numbers",
    "one_of",
    "points",
    "precision",
    "real",
    "real_numbers",
    "require",
    "seed",
    "shown",
    "times",
    "whole",
]
