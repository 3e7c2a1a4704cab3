"""What all architectures share: sizes, inputs, saving; and what their simulations return."""

import json
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from lpu_core.check import Array, cast, floats, frozen, points, require, times
from lpu_core.files import save_npz


@dataclass(frozen=True, eq=False)
class Trajectory:
    """What a simulation returns: the state after each step.

    latents: κ, (T, B, K).
    rates: r, (T, B, N), or None unless they were asked for.
    currents: x, (T, B, N), of a leaky-current network with its rates; None otherwise.
    """

    latents: Float[Array, "T B K"]
    rates: Float[Array, "T B N"] | None = None
    currents: Float[Array, "T B N"] | None = None


class Network:
    """What all architectures share: sizes, inputs, and saving as .npz without pickle."""

    input_weights: Array
    tau: float
    dt: float

    @property
    def n_neurons(self) -> int:
        """N."""
        return self.input_weights.shape[0]

    @property
    def n_inputs(self) -> int:
        """D."""
        return self.input_weights.shape[1]

    @property
    def dtype(self) -> np.dtype:
        """float32 or float64."""
        return self.input_weights.dtype

    @property
    def alpha(self) -> float:
        """α = Δt/τ, the share of the state that one step renews."""
        return self.dt / self.tau

    def astype(self, dtype: Any):
        """The same network with all its weights in float32 or float64; ValueError for any other type."""
        known = dtype in (np.float32, np.float64, "float32", "float64")
        require(known, "dtype", "float32 or float64", dtype)

        def convert(value: Any) -> Any:
            if isinstance(value, tuple):
                return tuple(convert(part) for part in value)
            return value.astype(dtype) if isinstance(value, np.ndarray) else value

        return replace(self, **{f.name: convert(getattr(self, f.name)) for f in fields(self)})  # type: ignore

    def _set(self, **values: Any) -> None:
        """Replace fields by their checked values, arrays read-only and the network's own.

        τ and Δt become plain floats, which leave float32 arrays float32.
        """
        tau, dt = times(self.tau, self.dt)
        for name, value in (values | {"tau": tau, "dt": dt}).items():
            parts = value if isinstance(value, tuple) else (value,)
            kept = tuple(frozen(part) if isinstance(part, np.ndarray) else part for part in parts)
            object.__setattr__(self, name, kept if isinstance(value, tuple) else kept[0])

    def _inputs(self, inputs: Any) -> tuple[Array, int, int]:
        """u (T, B, D), checked, with T and B."""
        inputs = floats("inputs", cast("inputs", inputs, self.dtype), (None, None, self.n_inputs))
        return inputs, inputs.shape[0], inputs.shape[1]

    def _drive(self, inputs: Any) -> Array:
        """W_in u, (…, N), for u (…, D); nothing for None."""
        if inputs is None:
            return np.zeros(self.n_neurons, self.dtype)
        return points("inputs", inputs, self.n_inputs, self.dtype) @ self.input_weights.T

    def save(self, path: Path | str, provenance: dict[str, Any] | None = None) -> None:
        """Write the network to `path` (.npz), whole or not at all, with where it comes from.

        Raises ValueError where a part has no name to be written under (a callable).
        """
        stored: dict[str, Any] = {"class": type(self).__name__, "provenance": json.dumps(provenance or {})}
        for f in fields(self):  # type: ignore[arg-type]
            value = getattr(self, f.name)
            require(not callable(value), f.name, "a named function, which a file can hold", "a callable")
            if isinstance(value, tuple):
                stored |= {f"{f.name}.{i}": part for i, part in enumerate(value)}
            else:
                stored[f.name] = value
        save_npz(path, **{name: np.asarray(value) for name, value in stored.items()})


def initial_state(value: Any, name: str, shape: tuple[int, int], dtype: np.dtype) -> Array:
    """The state at the start, of `shape`: zeros for None."""
    if value is None:
        return np.zeros(shape, dtype)
    return floats(name, cast(name, value, dtype), shape)
