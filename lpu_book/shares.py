"""Shares of few: a band for a figure or a claim."""

from scipy.stats import binomtest


def band(hits: int, of: int, level: float = 0.95) -> tuple[float, float]:
    """Wilson's band of a share, `hits` out of `of` draws: it holds the true share with about the probability `level`.

    Of no draws at all it is everything, from 0 to 1.

    >>> [round(end, 2) for end in band(0, 10)]
    [0.0, 0.28]
    """
    if of == 0:
        return 0.0, 1.0
    ends = binomtest(int(hits), int(of)).proportion_ci(level, method="wilson")
    return float(ends.low), float(ends.high)
