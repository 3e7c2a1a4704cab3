"""Figures of the page for a recording of one's own: a report marked, and bits per spike in real sessions."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from lpu_book import plotting
from lpu_book.plotting import BLUE, GREEN, GREY, PINK, VERMILLION

_COLOURS = (GREY, GREEN, BLUE, VERMILLION, PINK)


def marked(expected: tuple[float, float], found: tuple[Any, Any], ms: Any, true: Any, foretold: Any) -> Figure:
    """Expected and true angles, degrees; and κ's answer to a push, true and foretold, (T, K)."""
    fig, (left, right) = plotting.figure(6.8, 2.9, ncols=2)
    places = np.arange(2)
    left.bar(places - 0.2, expected, 0.36, color=GREY, label="expected")
    left.bar(places + 0.2, [np.sqrt(np.mean(one**2)) for one in found], 0.36, color=BLUE, label="true")
    left.set_xticks(places, ["tuning", "influence"])
    left.set(ylabel="error (degrees)", title="what the report promised")
    left.legend(fontsize=9)
    for k, colour in zip(range(true.shape[1]), (BLUE, GREEN), strict=False):
        right.plot(ms, true[:, k], color=colour, lw=4, alpha=0.6, label=rf"$\Delta\kappa_{k + 1}$, true")
    right.plot(ms, foretold, color=VERMILLION, lw=1.1, label=["foretold", *[None] * (foretold.shape[1] - 1)])
    right.set(xlabel="ms after the push", ylabel=r"answer of $\kappa$", title="a push along its direction")
    right.legend(fontsize=9)
    return fig


def bits(ranks: Any, found: Mapping[str, Any], full: Any) -> Figure:
    """Bits per spike (sessions, ranks) of each model: the mean by rank, and each session's best; `full` of all neurons."""
    fig, (left, right) = plotting.figure(7.0, 3.4, ncols=2, width_ratios=(1, 1.3))
    for place, ((name, values), colour) in enumerate(zip(found.items(), _COLOURS, strict=True)):
        left.plot(ranks, values.mean(0), ".-", color=colour, label=name)
        right.plot(np.full(len(values), place), values.max(1), "o", ms=4, alpha=0.7, color=colour)
    right.plot(np.full(len(full), len(found)), full, "o", ms=4, alpha=0.7, color=GREY)
    names = [*(name.replace(" ", "\n") for name in found), "ridge,\nall\nneurons"]
    right.set_xticks(range(len(names)), names, fontsize=7)
    left.set(xlabel="latents", ylabel="bits per spike", xticks=list(ranks))
    for ax in (left, right):
        ax.axhline(0, color=GREY, lw=0.8)
    plotting.legend_below(fig, left, ncols=3)
    return fig
