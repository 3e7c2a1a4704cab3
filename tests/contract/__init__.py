"""One good call of every public function, from which :mod:`test_contract` makes bad ones.

A file here for each part of the house.  `case(function, name=value, …)` is a good call: all arguments by name, small, quick.
Where an argument may hold what the generated bad values hold (a callable's free result, say), `free` names it and why; where
nan or infinity counts, `also` says so.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Case:
    """A good call. free: argument → why the generated bad values do not apply to it. also: argument → what counts there."""

    function: Callable[..., Any]
    arguments: dict[str, Any]
    free: dict[str, str] = field(default_factory=dict)
    also: dict[str, tuple[float, ...]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Where the function lives, for reports."""
        function = self.function
        owner = getattr(function, "__self__", None)
        if owner is not None and not isinstance(owner, type):
            return f"{type(owner).__module__}.{type(owner).__qualname__}.{function.__name__}"
        return f"{function.__module__}.{function.__qualname__}"


def case(
    function: Callable[..., Any],
    /,
    free: dict[str, str] | None = None,
    also: dict[str, tuple[float, ...]] | None = None,
    **arguments: Any,
) -> Case:
    """A good call of `function`."""
    return Case(function, arguments, free or {}, also or {})
