r"""Networks that others trained: low-rank weights as arrays or in .npz files, and dense ones brought to a low rank.

The networks of Mastrogiuseppe & Ostojic (2018) and Dubreuil et al. (2022) are leaky-current ones. With rates φ(x) and
outputs z, P of them, that feed nothing back,

.. math::

    x \leftarrow x + \alpha\bigl(-x + \tfrac1N m\,n^\top\varphi(x) + w_\mathrm{in} u\bigr),\qquad
    z = \tfrac1N w_\mathrm{out}^\top\varphi(x).

Here outputs are a network's first latents. So z becomes P latents in front, whose embedding is 0: n is [w_out, n] and m is
[0, m]. They are z filtered by τ, one step late, as κ is of what n reads: y ← (1−α) y + α z.

Their weights come from PyTorch by :func:`lpu_core.training.read_checkpoint`. The book carries none of them: a reader names a
folder of .npz files, in an argument or in the variable LPU_PEERS.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float

from lpu_core.check import Array, above, at_least, between, check_fields, checked, real, require
from lpu_core.files import npz_files, read_npz
from lpu_core.networks import LeakyCurrentRNN
from lpu_core.networks.base import per_neuron

FOLDER_VARIABLE = "LPU_PEERS"
ALPHA, TAU = 0.2, 100.0
"""α and τ (ms) of the published networks: steps of 20 ms."""
SHARE = between(0, 1, "(]")


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """The weights of a leaky-current network, by the names that others give them, and the networks that they make.

    m, n: (N, K), of W = m nᵀ/N. w_in: (N, D). w_out: (N, P), or None for a network without outputs. alpha: α = Δt/τ. tau: τ,
    ms. error: ‖W − m nᵀ/N‖/‖W‖, what is missing where W was dense (:func:`reduced`).

    Raises ValueError, naming the argument, for shapes that don't fit, mixed float types or times that make no sense.

    >>> made = Checkpoint(m=np.ones((3, 1)), n=2 * np.ones((3, 1)), w_in=np.ones((3, 2)), w_out=np.ones((3, 1)))
    >>> made.network.encoding[0], made.network.embedding[0], made.recurrent.n_latents
    (array([1., 2.]), array([0., 1.]), 1)
    """

    m: Float[Array, "N K"]
    n: Float[Array, "N K"]
    w_in: Float[Array, "N D"]
    w_out: Float[Array, "N P"] | None = None
    alpha: float = ALPHA
    tau: float = TAU
    error: float = 0.0

    def __post_init__(self):
        names = ("m", "n", "w_in") if self.w_out is None else ("m", "n", "w_in", "w_out")
        weights = per_neuron([(name, getattr(self, name), 2) for name in names])
        m, n, *_ = weights
        require(len(m) > 0, "m", "at least one neuron", m.shape)
        require(n.shape == m.shape, "n", f"shape {m.shape}, as m", n.shape)
        for name, value in zip(names, weights, strict=True):
            object.__setattr__(self, name, value)
        check_fields(self, alpha=SHARE, tau=above(0), error=at_least(0))

    @property
    def recurrent(self) -> LeakyCurrentRNN:
        """The network of the K latents alone, without outputs: for :func:`lpu_core.dynamics.fixed_points`."""
        return LeakyCurrentRNN(self.m, self.n, self.w_in, tau=self.tau, dt=self.alpha * self.tau)

    @property
    def network(self) -> LeakyCurrentRNN:
        """The network with its outputs, P further latents in front: for :func:`lpu_core.tasks.accuracy`."""
        if self.w_out is None:
            return self.recurrent
        m, n = np.concatenate([np.zeros_like(self.w_out), self.m], 1), np.concatenate([self.w_out, self.n], 1)
        return LeakyCurrentRNN(m, n, self.w_in, tau=self.tau, dt=self.alpha * self.tau)


@checked(rank=at_least(1), alpha=SHARE, tau=above(0))
def reduced(
    w_rec: Float[Array, "N N"],
    w_in: Float[Array, "N D"],
    w_out: Float[Array, "N P"] | None = None,
    *,
    rank: int,
    alpha: float = ALPHA,
    tau: float = TAU,
) -> Checkpoint:
    """The nearest network of rank K to one of dense weights W: its K largest singular values, m nᵀ/N = Σ_k s_k a_k b_kᵀ.

    w_rec: W, (N, N), with no 1/N before it. w_in, w_out, alpha, tau: as of :class:`Checkpoint`. rank: K, at most N.
    Its `error` is (Σ_{k>K} s_k²/Σ_k s_k²)^½ = ‖W − m nᵀ/N‖/‖W‖ by Frobenius: look at it before you trust what K latents say.

    >>> found = reduced(np.diag([4.0, 3.0]), np.zeros((2, 0)), rank=1)
    >>> (found.m @ found.n.T / 2).round(3), round(found.error, 3)
    (array([[4., 0.],
           [0., 0.]]), 0.6)
    """
    size = len(w_rec)
    require(rank <= size, "rank", f"from 1 to N = {size}", rank)
    left, values, right = np.linalg.svd(w_rec.astype(np.float64))
    root = np.sqrt(size * values[:rank])
    m, n = ((vectors[:, :rank] * root).astype(w_rec.dtype) for vectors in (left, right.T))
    missing, all_of = (np.linalg.norm(part / (values[0] or 1.0)) for part in (values[rank:], values))
    return Checkpoint(m, n, w_in, w_out, alpha, tau, float(missing / (all_of or 1.0)))  # type: ignore[arg-type]


@checked(tau=above(0))
def read_arrays(path: Path | str, tau: float = TAU) -> Checkpoint:
    """The weights in the .npz file at `path`: m and n (N, K), w_in (N, D), alpha, and w_out (N, P) or (N,), if there is any.

    tau: τ, ms, which the file does not tell. Raises ValueError for a file that is broken, lacks a part, has one of another
    shape, or one that is not known, and so would be left out in silence.

    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "one.npz")
    ...     np.savez(path, m=np.ones((3, 1)), n=np.ones((3, 1)), w_in=np.ones((3, 2)), w_out=np.ones(3), alpha=0.2)
    ...     made = read_arrays(path)
    >>> made.network.n_latents, made.recurrent.n_latents, made.network.dt
    (2, 1, 20.0)
    """
    parts = read_npz(path, "path", "weights saved as .npz")
    missing = [name for name in ("m", "n", "w_in", "alpha") if name not in parts]
    require(not missing, "path", f"m, n, w_in and alpha in {path}", f"a file without {', '.join(missing)}")
    more = sorted(parts.keys() - {"m", "n", "w_in", "w_out", "alpha"})
    require(not more, "path", f"m, n, w_in, w_out and alpha alone in {path}", f"{', '.join(more)}, too")
    w_out = parts.get("w_out")
    column = w_out is not None and w_out.ndim == 1
    alpha = real(f"alpha in {path}", parts["alpha"], SHARE)
    try:
        return Checkpoint(parts["m"], parts["n"], parts["w_in"], w_out[:, None] if column else w_out, alpha, tau)  # type: ignore
    except ValueError as error:
        raise ValueError(f"path: expected weights that fit in {path}, got {error}") from None


@checked()
def peers(folder: Path | str | None = None) -> list[Path]:
    """The .npz files in `folder`, or in the one that LPU_PEERS names; none where neither is given.

    Raises ValueError for a folder that is not there or holds no such file.

    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     np.savez(pathlib.Path(folder, "decision.npz"), m=np.ones((3, 1)))
    ...     [path.name for path in peers(folder)]
    ['decision.npz']
    """
    return npz_files(folder, FOLDER_VARIABLE, "networks")
