"""Figures of the page on drift to first order."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from lpu_book import plotting
from lpu_book.figures.drift import COLOURS, MARKERS
from lpu_book.plotting import BLUE, FOREGROUND, GREEN, GREY, PINK, VERMILLION
from lpu_core.check import Array


def theorem_4(forecast: tuple[Array, Array, Array], small: Array, shifts: Mapping[str, Array], errors: Array, sizes: Array,
              pushes: Mapping[str, Array]) -> Figure:  # fmt: skip
    """The deviation (time, true (T, K), forecast (T, K)), how far states move with σ, and the push (size,) of each drift."""
    fig, axes = plotting.figure(7.8, 3.7, ncols=3)
    t, truth, predicted = forecast
    for k, colour in enumerate((BLUE, VERMILLION)):
        axes[0].plot(t, predicted[:, k], color=colour, label=rf"$\Delta\kappa_{k + 1}$")
        axes[0].plot(t[::3], truth[::3, k], "o", ms=3, color=colour)
    axes[0].set(title="forecast", xlabel="time (ms)", ylabel=r"$\Delta\kappa$")
    axes[0].legend(fontsize=8, loc="best")
    for (name, values), colour, marker in zip(shifts.items(), (BLUE, PINK, GREEN), "osv", strict=True):
        axes[1].loglog(small, values, marker + "-", ms=4, color=colour, label=name)
    axes[1].loglog(small, errors, "s--", ms=4, color=GREY, label="error of M80")
    axes[1].set(title="how far states move", xlabel=r"drift $\sigma$", ylabel=r"change of $\kappa$")
    axes[1].legend(fontsize=7, loc="lower right")
    for kind, values in pushes.items():
        axes[2].loglog(sizes, values, MARKERS.get(kind, "s") + "-", ms=4, color=COLOURS.get(kind, PINK), label=kind)
    axes[2].loglog(sizes, pushes["random"][0] * (sizes / sizes[0]) ** -0.5, ":", color=FOREGROUND, label="$N^{-1/2}$")
    axes[2].set(title="the push", xlabel="neurons $N$", ylabel=r"r.m.s. of $F$ at $\sigma$ = 1")
    axes[2].legend(fontsize=7, loc="lower left")
    return fig


def corollary_3(small: Array, moves: Array, used_at: Array, at_work: Array) -> Figure:
    """How far the outputs of the two decoders move, (2, σ), in the states and through the task."""
    fig, axes = plotting.figure(7.0, 3.2, ncols=2)
    decoders = (("regression on all rates", VERMILLION, "s", 1), ("encoding weights, $A = AP$", BLUE, "o", 2))
    for in_states, working, (name, colour, marker, power) in zip(moves, at_work, decoders, strict=True):
        axes[0].loglog(small, in_states, marker + "-", ms=5, color=colour, label=name)
        axes[1].loglog(used_at, working, marker + "-", ms=5, color=colour)
        axes[1].loglog(used_at, 0.6 * working[0] * (used_at / used_at[0]) ** power, ":", color=FOREGROUND, lw=1)
    axes[0].set(xlabel=r"drift $\sigma$", ylabel="change of the output", title="in the four states")
    axes[1].set(xlabel=r"drift $\sigma$ within families", ylabel="change of the output", title="through the task",
                ylim=(np.min(at_work) / 3, 3))  # fmt: skip
    plotting.legend_below(fig, axes[0], ncols=2)
    return fig
