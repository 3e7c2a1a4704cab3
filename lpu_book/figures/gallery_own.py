"""The figures of the page on one's own tasks, networks and drifts."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from lpu_book import plotting
from lpu_book.plotting import BLUE, FOREGROUND, GREEN, GREY, PINK, VERMILLION
from lpu_core.dynamics import FixedPoints, FlowField

DRIFTS = {"orthogonal": (BLUE, "o"), "random": (GREEN, "^"), "tangential": (VERMILLION, "s"), "replaced": (PINK, "D")}


def trials(times: Any, inputs: Any, outputs: Any, targets: Any, names: Sequence[str]) -> Figure:
    """Trials side by side: below the inputs (T, trials, names), above the output (T, trials) and the target, dotted."""
    n = outputs.shape[1]
    fig, axes = plotting.figure(7.2, 2.6, ncols=n, sharex=True, sharey=True)
    for trial, ax in enumerate(axes):
        for channel, name in enumerate(names):
            colour = (GREY, VERMILLION, GREEN, PINK)[channel % 4]
            floor = -1.9 - 0.5 * channel  # a row each
            ax.fill_between(times, floor, floor + 0.4 * inputs[:, trial, channel], step="pre", color=colour, alpha=0.8,
                            linewidth=0, label=name)  # fmt: skip
        ax.plot(times, targets[:, trial], ":", color=FOREGROUND, lw=1.2, label="target")
        ax.plot(times, outputs[:, trial], color=BLUE, label="output")
        ax.set(xlabel="time (s)", ylim=(-1.5 - 0.5 * len(names), 1.6), yticks=(-1, 1))
    axes[0].set_ylabel(r"output $\kappa_1$")
    plotting.legend_below(fig, axes[0])
    return fig


def ranks(scores: Mapping[int, Any], chance: float) -> Figure:
    """The accuracy of each seed against the rank, with that of always saying what is likelier."""
    fig, ax = plotting.figure(3.8, 2.8)
    ax.axhline(chance, color=GREY, lw=1, ls=":")
    for rank, values in scores.items():
        ax.plot(rank + np.linspace(-0.12, 0.12, len(values)), values, "o", color=BLUE, ms=7, alpha=0.8)
    ax.set(xlabel="rank $K$", ylabel="accuracy", xticks=list(scores), xlim=(0.5, len(scores) + 0.5), ylim=(0.4, 1.03))
    return fig


def card(resting: tuple[FlowField, FixedPoints], pressed: tuple[FlowField, FixedPoints], presses: Any) -> Figure:
    """The flow of the lamp at rest and under a press, with paths (T, 2, 2) of a press from each attractor, part by part.

    presses: the paths while the button is down, and after it.
    """
    fig, axes = plotting.figure(7.0, 4.2, ncols=2, sharex=True, sharey=True)
    for ax, (field, fixed), paths, title in zip(
        axes, (pressed, resting), presses, ("button down", "button up"), strict=True
    ):
        plotting.draw_flow(ax, field)
        for start, colour in enumerate((BLUE, GREEN)):
            ax.plot(*paths[:, start].T, ".-", color=colour, ms=5)
            ax.plot(*paths[0, start], "o", color="none", markeredgecolor=colour, ms=11, mew=1.6)
        plotting.draw_fixed_points(ax, fixed)
        ax.set(title=title)
    axes[1].set_ylabel("")
    plotting.legend_below(fig, axes[1])
    return fig


def normalised(strengths: Any, distances: Any, simulated: Any, scores: Any) -> Figure:
    """Where the attractors are against the strength of the normalisation; there, too, simulations (strengths, trials); and
    the accuracies."""
    fig, axes = plotting.figure(6.8, 2.9, ncols=2, sharex=True)
    axes[0].plot(strengths, distances, color=BLUE, label="found in the flow")
    lines = axes[0].plot(strengths, simulated, "o", color=VERMILLION, ms=4, alpha=0.7)
    lines[0].set_label("all neurons simulated")
    axes[0].set(xlabel="strength $s$", ylabel=r"attractors' $|\kappa|$", ylim=(0, None))
    axes[0].legend(fontsize=9)
    axes[1].plot(strengths, scores, "o-", color=BLUE, ms=5)
    axes[1].set(xlabel="strength $s$", ylabel="accuracy", ylim=(0, 1.03))
    return fig


def drifts(strengths: Any, scores: Mapping[str, Any], shares: Sequence[float]) -> Figure:
    """Accuracy (draws, strengths) of each kind of drift against its r.m.s.; in per cent, the shares of replaced neurons."""
    fig, ax = plotting.figure(5.4, 3.6)
    for name, values in scores.items():
        colour, marker = DRIFTS[name]
        ax.plot(strengths, np.mean(values, axis=0), f"{marker}-", color=colour, ms=5, label=name)
        ax.fill_between(strengths, np.min(values, axis=0), np.max(values, axis=0), color=colour, alpha=0.15, linewidth=0)
    ax.set(xlabel=r"r.m.s. of $\Delta M$", ylabel="accuracy", ylim=(0.3, 1.03), xlim=(0, None))
    for x, y, share in zip(strengths[1:], np.mean(scores["replaced"], axis=0)[1:], shares[1:], strict=True):
        ax.annotate(f"{share:.0%}", (x, y), (6, 4), textcoords="offset points", fontsize=9, color=PINK)
    plotting.legend_below(fig, ax)
    return fig


def actions(times: Any, inputs: Any, outputs: Any, names: Sequence[str]) -> Figure:
    """Two trials (T, 2, …) of the environment: its observations above, the network's outputs, an action each, below."""
    fig, axes = plotting.figure(6.8, 3.6, nrows=2, ncols=2, sharex=True, sharey="row", height_ratios=(1, 2))
    for trial, (above, below) in enumerate(axes.T):
        for channel, colour in enumerate((BLUE, VERMILLION, GREY)):
            on = times[inputs[:, trial, channel] > 0]
            above.plot(on, np.full(len(on), -channel), "|", color=colour, ms=9, mew=2)
            below.plot(times, outputs[:, trial, channel], color=(GREY, BLUE, VERMILLION)[channel], label=names[channel])
        above.set(ylim=(-2.6, 0.6))
        above.set_yticks((0, -1, -2), ("left", "right", "go"))
        below.set(xlabel="time (s)")
    axes[1, 0].set_ylabel("output")
    plotting.legend_below(fig, axes[1, 0])
    return fig
