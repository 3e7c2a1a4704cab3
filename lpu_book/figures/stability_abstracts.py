"""The figures of the stability chapter's page on two abstracts: recordings, recurrence, capacity."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from lpu_book.plotting import BLUE, FOREGROUND, GREEN, GREY, VERMILLION, figure, legend_below


def regions(found: Mapping[str, Any], accuracy: Any, in_hippocampus: Any, in_striatum: Any) -> Figure:
    """Each region's stability against the same with conditions at random, against its drift and its decoding."""
    fig, axes = figure(7.4, 3.1, ncols=3)
    groups = ((~in_hippocampus & ~in_striatum, GREY, "o", "other"), (in_hippocampus, BLUE, "s", "hippocampus"),
              (in_striatum, VERMILLION, "^", "striatum, septum"))  # fmt: skip
    panels = (
        (found["unequal shuffled"], found["unequal"], "plain halves", "conditions at random"),
        (found["drift"], found["stability"], "equal halves", "centroid drift"),
        (accuracy, found["stability"], "equal halves", "decoding accuracy"),
    )
    for ax, (x, y, title, label) in zip(axes, panels, strict=True):
        for chosen, colour, marker, name in groups:
            ax.plot(x[chosen], y[chosen], marker, ms=4, color=colour, label=name)
        ax.set(title=title, xlabel=label)
    axes[0].axline((0, 0), slope=1, color=GREY, lw=0.8)
    axes[0].set_ylabel("stability $S$")
    axes[1].sharey(axes[2])
    legend_below(fig, axes[0], ncols=3)
    return fig


def recurrence(found: Mapping[str, tuple[Any, Any]], fine: Any, law: Any) -> Figure:
    """Stability against the overlap: name → overlaps, values (overlaps, networks); means with two standard errors."""
    fig, ax = figure(5.4, 3.3)
    for (name, (overlaps, values)), colour, marker in zip(found.items(), (BLUE, GREY, GREEN), "osD", strict=True):
        error = 2 * values.std(1, ddof=1) / np.sqrt(values.shape[1])
        ax.errorbar(overlaps, values.mean(1), error, fmt=marker + "-", ms=5, capsize=2, color=colour, label=name)
    ax.plot(fine, law, "--", color=FOREGROUND, lw=1.2, label="law, linear")
    ax.axvline(1, color=FOREGROUND, ls=":", lw=1)
    ax.set(xlabel="overlap $g$", ylabel="stability $S$", ylim=(-0.15, 1.05))
    ax.legend(fontsize=8, loc="center right")
    return fig


def capacity(places: Any, held: Mapping[str, Any], naming: Any, reading: Any) -> Figure:
    """The share of places named and the share of the position read, for a code with order and one without."""
    fig, axes = figure(7.0, 3.1, ncols=2, sharey=True)
    for i, (ax, law, title) in enumerate(zip(axes, (naming, reading), ("which place?", "where is it?"), strict=True)):
        ax.semilogx(places, law, color=VERMILLION, label="mist, law")
        ax.semilogx(places, held["mist"][:, i], "s", color=VERMILLION, label="mist")
        ax.semilogx(places, held["crystal"][:, i], "o-", color=BLUE, label="crystal")
        ax.set(title=title, xlabel="places", ylim=(-0.03, 1.05))
    axes[0].set_ylabel("share right")
    legend_below(fig, axes[0], ncols=3)
    return fig
