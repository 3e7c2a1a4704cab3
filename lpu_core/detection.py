r"""A few patterns in white noise: what of a matrix of low rank is seen when each of its entries is measured with noise.

A pattern is a pair of singular vectors with a singular value d. In noise of s.d. σ an entry, with P rows and Q columns,
it is seen where d exceeds σ(PQ)^¼ (Baik, Ben Arous and Péché, 2005; Benaych-Georges and Nadakuditi, 2012). What is then
observed is

.. math:: x^2 = \frac{(d^2 + P\sigma^2)(d^2 + Q\sigma^2)}{d^2},

and below it is the edge of the noise, σ(√P + √Q), which is the smallest value that the formula has.
"""

import numpy as np
from jaxtyping import Float
from scipy.stats import gamma

from lpu_core.check import Array, Seed, between, checked

__all__ = ["all_seen", "least_visible", "noise_edge", "observed_values", "overlaps"]

SIZE = between(1, 1e9)
STRENGTH = between(1e-9, 1e9)
RATE = between(1e-4, 0.1)
_TRACY_WIDOM = gamma(46.446, loc=-9.84801, scale=0.186054)
"""The law of Tracy and Widom, β = 1, as a shifted gamma law (Chiani, 2014): quantiles to 0.02."""


@checked(values=between(0, 1e9), n_rows=SIZE, n_columns=SIZE, noise_std=STRENGTH)
def observed_values(
    values: Float[Array, "*batch"], n_rows: int, n_columns: int, noise_std: float = 1.0
) -> Float[Array, "*batch"]:
    """The singular values x to be observed for those of the signal, d, `values`; the edge of the noise where d is below it.

    n_rows, n_columns: P and Q. noise_std: σ. Exact as P and Q grow.

    >>> observed_values([0.0, 20.0, 100.0], 100, 100).round(1)
    array([ 20.,  25., 101.])
    """
    y = np.maximum((values / noise_std) ** 2, np.sqrt(n_rows * n_columns))
    return noise_std * np.sqrt((y + n_rows) * (y + n_columns) / y)


@checked(values=between(0, 1e9), n_rows=SIZE, n_columns=SIZE, noise_std=STRENGTH)
def overlaps(
    values: Float[Array, "*batch"], n_rows: int, n_columns: int, noise_std: float = 1.0
) -> tuple[Float[Array, "*batch"], Float[Array, "*batch"]]:
    r"""The squared overlaps of the singular vectors found with the true ones, of the left (rows) and of the right (columns).

    .. math:: \frac{d^4 - PQ\sigma^4}{d^2(d^2 + P\sigma^2)},\qquad \frac{d^4 - PQ\sigma^4}{d^2(d^2 + Q\sigma^2)},

    and 0 where d, `values`, is not seen. n_rows, n_columns: P and Q. noise_std: σ.

    >>> [part.round(2) for part in overlaps([10.0, 20.0, 100.0], 100, 400)]
    [array([0.  , 0.6 , 0.99]), array([0.  , 0.38, 0.96])]
    """
    size = float(n_rows) * n_columns
    y = np.maximum((values / noise_std) ** 2, np.sqrt(size))
    seen = (y - size / y) / y  # 1 − PQ/y²
    return y * seen / (y + n_rows), y * seen / (y + n_columns)


@checked(n_rows=SIZE, n_columns=SIZE, noise_std=STRENGTH, false_alarm=RATE)
def noise_edge(n_rows: int, n_columns: int, noise_std: float = 1.0, false_alarm: float = 0.05) -> float:
    """What the largest singular value of noise alone exceeds with the probability `false_alarm`.

    n_rows, n_columns: P and Q. noise_std: σ. By the law of Tracy and Widom (Johnstone, 2001; Ma, 2012, for the halves).

    >>> round(noise_edge(100, 100), 2), 2 * 100**0.5
    (20.23, 20.0)
    """
    p, q = np.sqrt(n_rows - 0.5), np.sqrt(n_columns - 0.5)
    spread = (p + q) * (1 / p + 1 / q) ** (1 / 3)
    return float(noise_std * np.sqrt((p + q) ** 2 + spread * _TRACY_WIDOM.isf(false_alarm)))


@checked(n_rows=SIZE, n_columns=SIZE, noise_std=STRENGTH, false_alarm=RATE)
def least_visible(n_rows: int, n_columns: int, noise_std: float = 1.0, false_alarm: float = 0.05) -> float:
    """The singular value d of a pattern that is seen above :func:`noise_edge` in half of the experiments.

    n_rows, n_columns: P and Q. noise_std: σ. false_alarm: the edge's rate. A little more than σ(PQ)^¼.

    >>> round(least_visible(100, 100), 1), round(100**0.5, 1)
    (11.7, 10.0)
    """
    p, q = float(n_rows), float(n_columns)
    b = noise_edge(n_rows, n_columns, 1.0, false_alarm) ** 2 - p - q
    return float(noise_std * np.sqrt((b + np.sqrt(b**2 - 4 * p * q)) / 2))  # y² − by + PQ = 0 for y = d²/σ²


@checked(values=between(0, 1e9), n_rows=SIZE, n_columns=SIZE, false_alarm=RATE)
def all_seen(values: Float[Array, "S K"], n_rows: int, n_columns: int, rng: Seed, false_alarm: float = 0.05) -> float:
    r"""The chance that all K patterns are seen in noise of s.d. 1, over S draws of their singular values d, `values`.

    Around its mean, x² has the variance

    .. math:: 2\,\Bigl(1 - \frac{PQ}{d^4}\Bigr)(P + Q + 2d^2),

    which is Paul's (2007) for random signals less the signal's own; each pattern has the noise of P − K + 1 rows and
    Q − K + 1 columns to itself. In the others' noise those of like strength mix and repel each other, as the eigenvalues of
    a random symmetric matrix do, drawn from `rng` for each.
    n_rows, n_columns: P and Q. false_alarm: the rate of the edge.

    >>> round(all_seen(np.full((4000, 1), 11.65), 100, 100, rng=0), 1)  # least_visible
    0.5
    """
    k = values.shape[1]
    rows, columns = max(n_rows - k + 1, 1), max(n_columns - k + 1, 1)
    y = values**2
    mean = observed_values(values, rows, columns) ** 2
    hidden = float(rows) * columns / np.maximum(y, 1e-9) ** 2
    spread = np.sqrt(2 * np.maximum(1 - hidden, 0) * (rows + columns + 2 * y))
    draw = np.random.default_rng(rng).standard_normal((len(values), k, k))
    draw = (draw + draw.transpose(0, 2, 1)) / 2  # variance 1 on the diagonal, ½ off it
    root = np.sqrt(spread)
    matrix = root[:, :, None] * draw * root[:, None]
    matrix[:, np.arange(k), np.arange(k)] += mean
    least = np.linalg.eigvalsh(matrix)[:, 0] if k else np.full(len(values), np.inf)
    return float((least > noise_edge(n_rows, n_columns, 1.0, false_alarm) ** 2).mean())
