"""Networks that others trained with PyTorch."""

import pickle
import warnings
from pathlib import Path

import numpy as np
import torch

from lpu_core.check import Array, above, at_least, checked, floats, require
from lpu_core.checkpoints import ALPHA, SHARE, TAU, Checkpoint, reduced

LOW_RANK = ("m", "n", "wi", "wo")
DENSE = ("wrec", "wi", "wo")
SCALES = ("si", "so")
"""Factors of the rows of wi and the columns of wo; ones where a file has none."""
ZEROS = ("b", "h0", "rec_noise")
"""What a :class:`Checkpoint` has no place for: they must be 0."""


@checked(rank=at_least(1), alpha=SHARE, tau=above(0))
def read_checkpoint(path: Path | str, *, rank: int | None = None, alpha: float = ALPHA, tau: float = TAU) -> Checkpoint:
    r"""The weights in a PyTorch file at `path`: the state dict of a network of Dubreuil et al. (2022), of low or full rank.

    Low rank: m, n (N, K), wi (D, N), si (D,), wo (N, P), so (P,), for w_in = (si wi)ᵀ and w_out = so wo.
    Full rank: wrec (N, N) for m and n, and outputs without 1/N, so that w_out = N so wo. `rank`: K, to which W is
    :func:`~lpu_core.checkpoints.reduced`; None for low rank.
    alpha, tau: α and τ in ms, which the file does not tell, as little as it tells φ, taken for tanh. Their noise of s.d. σ
    stands outside the bracket of α: `simulate` takes it as noise_std = σ/α.

    Nothing in the file is executed. Raises ValueError, naming the path, for a file that would run code, is broken, lacks a
    key, or has one that does not fit or is not known; biases b, a start h0 and other weights must be 0.

    >>> import pathlib, tempfile
    >>> state = {"m": torch.ones(3, 1), "n": torch.ones(3, 1), "wi": torch.ones(2, 3), "si": torch.tensor([1.0, 5.0]),
    ...          "wo": torch.ones(3, 1), "so": torch.ones(1)}
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "decision.pt")
    ...     torch.save(state, path)
    ...     read_checkpoint(path).w_in
    array([[1., 5.],
           [1., 5.],
           [1., 5.]], dtype=float32)
    """
    state = _state(path)
    wo = _part(path, state, "wo", (None, None))
    size = len(wo)
    wi = _part(path, state, "wi", (None, size))
    si, so = _part(path, state, "si", (len(wi),)), _part(path, state, "so", (wo.shape[1],))
    w_in, w_out = (si[:, None] * wi).T, so * wo
    if "wrec" not in state:
        require(rank is None, "rank", f"None, since {path} holds a low-rank network", rank)
        m = _part(path, state, "m", (size, None))
        return Checkpoint(m, _part(path, state, "n", m.shape), w_in, w_out, alpha, tau)
    require(rank is not None, "rank", f"to how many latents the dense weights in {path} are reduced", None)
    w_rec = _part(path, state, "wrec", (size, size))
    return reduced(w_rec, w_in, size * w_out, rank=rank, alpha=alpha, tau=tau)  # type: ignore[arg-type]


def _state(path: Path | str) -> dict[str, Array]:
    """The file's tensors by their keys: those of a low-rank or of a full-rank network, and no others."""
    expected = "a PyTorch file with a dict of tensors"
    with open(path, "rb"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of pickle protocols
        try:
            state = torch.load(path, map_location="cpu", weights_only=True)
        except pickle.UnpicklingError:
            got = f"{path}, which holds more than tensors: reading it would run its code"
            raise ValueError(f"path: expected {expected}, got {got}") from None
        except Exception as error:  # a broken file fails in torch, in zipfile or in pickle
            raise ValueError(f"path: expected {expected}, got {path}: {type(error).__name__} {error}") from None
    good = isinstance(state, dict) and all(isinstance(one, torch.Tensor) for one in state.values())
    require(good, "path", expected, f"{path}, which holds something else")
    needed = DENSE if "wrec" in state else LOW_RANK
    missing = [key for key in needed if key not in state]
    require(not missing, "path", f"{', '.join(needed)} in {path}", f"a file without {', '.join(missing)}")
    kinds = {str(one.dtype).removeprefix("torch.") for one in state.values()}
    require(kinds in ({"float32"}, {"float64"}), "path", f"tensors of float32 or of float64 in {path}", sorted(kinds))
    more = sorted(map(str, state.keys() - {*needed, *SCALES, *ZEROS}))
    require(not more, "path", f"{', '.join([*needed, *SCALES])} alone in {path}", f"{', '.join(more)}, too")
    for key in ZEROS:
        zero = key not in state or not state[key].any()
        require(zero, "path", f"zeros as {key} in {path}", "others, which Checkpoint has no place for")
    return {key: value.detach().numpy() for key, value in state.items()}


def _part(path: Path | str, state: dict[str, Array], name: str, shape: tuple[int | None, ...]) -> Array:
    """A part of the file's, finite and of this shape; a scale that it does not have is 1."""
    value = state.get(name, np.ones([size or 0 for size in shape], state["wi"].dtype))
    try:
        return floats(name, value, shape)
    except ValueError as error:
        raise ValueError(f"path: expected weights that fit in {path}, got {error}") from None
