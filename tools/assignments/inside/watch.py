"""Watch a function of a namespace: count its calls, or put another in its place. It imports nothing of ours."""

from collections.abc import Callable
from typing import Any


class Watch:
    """As a context: the calls of `space[name]` are counted, by their name, until it ends; its value is a function that tells
    how many there were. `instead` is source that defines a function of that name, which is called in place of the own one.

    >>> space = {"f": lambda x: x}
    >>> with Watch(space, "f", "def f(x):\\n    return -x") as calls:
    ...     space["f"](1), calls()
    (-1, 1)
    >>> space["f"](1)
    1
    """

    def __init__(self, space: dict[str, Any], name: str, instead: str | None = None):
        self.space, self.name, self.instead, self.calls = space, name, instead, 0

    def __enter__(self) -> Callable[[], int]:
        self.own = {self.name: self.space[self.name]} if self.name in self.space else {}
        scope: dict[str, Any] = dict(self.own)
        if self.instead is not None:
            exec(self.instead, scope)
        function = scope.get(self.name)

        if callable(function):
            self.space[self.name] = self.counted(function)
        return lambda: self.calls

    def counted(self, function: Callable) -> Callable:
        def call(*args: Any, **kwargs: Any) -> Any:
            self.calls += 1
            return function(*args, **kwargs)

        return call

    def __exit__(self, *_: Any) -> None:
        self.space.pop(self.name, None)
        self.space.update(self.own)
