"""The figures of the reconfiguration chapter's page on tasks: sharing, its price, double descent, a trained network."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from lpu_book.plotting import BLUE, FOREGROUND, GREEN, GREY, PINK, VERMILLION, figure
from lpu_core.dynamics import FlowField

MODES = {"biases": (BLUE, "o"), "gains": (GREEN, "^"), "gates": (PINK, "v")}


def share(strengths: Mapping[str, Sequence[float]], found: Mapping[str, Any], levels: Mapping[str, Any],
          task_counts: Sequence[int], by_tasks: Mapping[str, Any]) -> Figure:  # fmt: skip
    """Median errors over sets of tasks: against the strength of each kind of modulation, and against the number of tasks."""
    fig, axes = figure(7.4, 3.6, ncols=2, sharey=True)
    for mode, (colour, marker) in MODES.items():
        axes[0].loglog(strengths[mode], np.median(found[mode], axis=1), f"{marker}-", color=colour, label=mode)
    for text, values in levels.items():
        axes[0].axhline(np.median(values), color=GREY, lw=1.2, ls="--")
        axes[0].text(11, np.median(values) * 1.08, text, ha="right", fontsize=8)
    axes[0].set(xlabel="strength $s$, or share open $f$", ylabel="relative error of the flows")
    axes[0].legend(fontsize=8, loc="upper left", bbox_to_anchor=(0.0, 0.88))
    lines = (BLUE, "o-"), (GREEN, "^-"), (PINK, "v-"), (VERMILLION, "s--"), (GREY, "--")
    for (name, values), (colour, line) in zip(by_tasks.items(), lines, strict=True):
        axes[1].loglog(task_counts, np.median(values, axis=1), line, color=colour, label=name)
    axes[1].set(xlabel="tasks $T$", ylim=(1e-3, 2))
    axes[1].set_xticks(task_counts, [str(t) for t in task_counts])
    axes[1].minorticks_off()
    axes[1].legend(fontsize=8)
    return fig


def overlap(modes: Sequence[str], overlaps: Any, errors: Any, alone: Any) -> Figure:
    """The error, and the error relative to each task alone, against the overlap of the tasks' rates; a mark a modulation."""
    fig, axes = figure(7.2, 3.2, ncols=2, sharex=True)
    for mode, (colour, marker) in MODES.items():
        chosen = np.array(modes) == mode
        for ax, values in zip(axes, (errors, errors / alone), strict=True):
            ax.semilogy(overlaps[chosen], values[chosen], marker, color=colour, label=mode)
    axes[0].set(title="error", xlabel="overlap of two tasks' rates", ylabel="relative error of the flows")
    axes[1].set(title="price of sharing", xlabel="overlap of two tasks' rates", ylabel="error / error alone")
    axes[0].legend(fontsize=8)
    return fig


def tasks(n_tasks: int, given: FlowField, wanted: Any, error: float) -> Figure:
    """The wanted and the given flow of one task."""
    fig, ax = figure(4.2, 4.1)
    x, y = np.moveaxis(given.points, -1, 0)
    for vectors, colour, width in ((wanted, GREY, 0.009), (given.flow, BLUE, 0.005)):
        ax.quiver(x, y, vectors[..., 0], vectors[..., 1], color=colour, scale=1.6, width=width, pivot="tail")
    ax.set(title=f"T = {n_tasks}: error {100 * error:.1f} %", xlabel=r"$\kappa_1$", ylabel=r"$\kappa_2$", aspect="equal")
    return fig


def descent(sizes: Any, curves: Mapping[tuple[int, float], Any]) -> Figure:
    """The error against neurons per data point, for one task and for three, with smooth and with steep tuning curves."""
    fig, axes = figure(7.2, 3.3, ncols=2, sharey=True)
    for ax, n_tasks in zip(axes, (1, 3), strict=True):
        ax.axvline(1, color=GREY, lw=1)
        for gain, colour, marker, label in ((2.0, BLUE, "o", "as above"), (10.0, VERMILLION, "s", "steep")):
            ax.loglog(sizes, curves[n_tasks, gain], marker + "-", ms=4, color=colour, label=label)
        ax.set(title=f"T = {n_tasks}", xlabel="neurons per data point, $N/TS$")
    axes[0].set_ylabel("relative error of the flows")
    axes[0].legend(fontsize=8, title="tuning curves", title_fontsize=8, loc="upper left")
    return fig


def rules(times: Any, pulses: Any, outputs: Any, asked: Any, names: Sequence[str]) -> Figure:
    """Two outputs (time, rule, bit) under each rule, with the pulses (time, bit) and what the rule asks for."""
    fig, axes = figure(7.4, 3.6, nrows=2, ncols=len(names), sharex=True, sharey=True)
    for (bit, rule), ax in np.ndenumerate(axes):
        colour, on = (BLUE, VERMILLION)[bit], np.flatnonzero(pulses[:, bit])
        ax.plot(times, asked[:, rule, bit], ":", color=FOREGROUND, lw=1.2)
        ax.plot(times, outputs[:, rule, bit], color=colour)
        ax.plot(times[on], 1.7 * pulses[on, bit], "o", ms=4, color=colour)
        ax.set(title=names[rule] if bit == 0 else "", ylim=(-2, 2), xlabel="time (ms)" if bit else "")
        if rule == 0:
            ax.set_ylabel(f"output {bit + 1}")
    return fig
