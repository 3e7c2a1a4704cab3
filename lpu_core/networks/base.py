"""What all architectures share: sizes, inputs, saving; and what their simulations return."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from lpu_core.check import Array, cast, checked, floats, frozen, joint, points, precision, require, shown, times
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


def _plain(value: Any) -> Any:
    """NumPy's number or truth value as Python's own; TypeError for anything else, as JSON asks for."""
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(type(value))


class Network:
    """What all architectures share: sizes, inputs, and saving as .npz without pickle."""

    input_weights: Array
    tau: float
    dt: float

    @property
    def n_latents(self) -> int:
        """K."""
        raise NotImplementedError

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
        """The same network with all its weights in float32 or float64, as `dtype` says; ValueError for any other type.

        Whole numbers, which would round every weight, are none.
        """
        dtype = precision("dtype", dtype)

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

    def _state(self, kappa: Any, inputs: Any) -> tuple[Array, Array | None]:
        """κ (…, K) and u (…, D) or None, checked: finite, of the network's precision, and of batches that go together."""
        kappa = points("kappa", kappa, self.n_latents, self.dtype)
        if inputs is not None:
            inputs = points("inputs", inputs, self.n_inputs, self.dtype)
            joint("inputs", inputs, "kappa", kappa.shape[:-1])
        return kappa, inputs

    @checked()
    def save(self, path: Path | str, provenance: dict[str, Any] | None = None) -> None:
        """Write the network to `path` (.npz), whole or not at all, with where it comes from.

        provenance: what :func:`provenance` gives back: names and what JSON can hold, or NumPy's numbers. Raises
        ValueError for anything else there, and where a part has no name to be written under (a callable).
        """
        try:
            about = json.dumps(provenance or {}, default=_plain)
        except (TypeError, ValueError):
            raise ValueError(f"provenance: expected what JSON can hold, got {shown(provenance)}") from None
        stored: dict[str, Any] = {"class": type(self).__name__, "provenance": about}
        for f in fields(self):  # type: ignore[arg-type]
            value = getattr(self, f.name)
            require(not callable(value), f.name, "a named function, which a file can hold", "a callable")
            if isinstance(value, tuple):
                stored |= {f"{f.name}.{i}": part for i, part in enumerate(value)}
            else:
                stored[f.name] = value
        save_npz(path, **{name: np.asarray(value) for name, value in stored.items()})


def finite(activity: Array) -> Array:
    """A network's `activity`, all of it finite: without a bound on φ it may outgrow all numbers, which is a ValueError."""
    right = np.isfinite(activity).all()
    require(right, "network", "activity that stays finite", "rates that grow beyond all numbers")
    return activity


def per_neuron(parts: list[tuple[str, Any, int]]) -> list[Array]:
    """Arrays with a row a neuron, checked; each of the `parts` is a name, a value and its number of axes.

    How many rows and which float type are right is what most of them say, and the one that disagrees is named. Whole numbers
    take on the others' type.
    """
    arrays = [floats(name, value, (None,) * axes) for name, value, axes in parts]
    whole = [np.asarray(value).dtype.kind != "f" for _, value, _ in parts]
    n = _usual(len(array) for array in arrays)
    dtype = _usual(array.dtype for array, is_whole in zip(arrays, whole, strict=True) if not is_whole or all(whole))
    for i, (name, _, axes) in enumerate(parts):
        if whole[i]:
            arrays[i] = arrays[i].astype(dtype)
        require(arrays[i].dtype == dtype, name, f"{dtype} as in the other arrays", arrays[i].dtype)
        require(len(arrays[i]) == n, name, f"shape ({', '.join([str(n), *['any'] * (axes - 1)])}{',' * (axes == 1)})",
                 arrays[i].shape)  # fmt: skip
    return arrays


def _usual(values: Iterable[Any]) -> Any:
    """The commonest of some values; the first of these where several are."""
    return Counter(values).most_common(1)[0][0]


def several(name: str, value: Any) -> tuple[Any, ...]:
    """A `value` that comes as a list, a tuple or a stack of arrays, as a tuple of them; `name` is for the ValueError."""
    good = isinstance(value, list | tuple) or (isinstance(value, np.ndarray) and value.ndim > 0)
    require(good, name, "a list of arrays", shown(value))
    return tuple(value)


def initial_state(value: Any, name: str, shape: tuple[int, int], dtype: np.dtype) -> Array:
    """The state at the start, of `shape` (B, N or K) and `dtype`: `value`, called `name` in errors, or zeros for None."""
    if value is None:
        return np.zeros(shape, dtype)
    return floats(name, cast(name, value, dtype), shape)
