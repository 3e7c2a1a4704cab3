"""The figures of the stability chapter's page on a working memory: three drifts, and what tells them apart."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.spatial.distance import squareform

from lpu_book.plotting import BLUE, FOREGROUND, GREEN, GREY, PINK, VERMILLION, figure, legend_below

KINDS = {"random": (GREEN, "o"), "orthogonal": (BLUE, "s"), "tangential": (VERMILLION, "v")}
STATISTICS = ((BLUE, "o-"), (GREEN, "s-"), (PINK, "D-"), (VERMILLION, "^-"), (GREY, "v-"), (FOREGROUND, "P--"))


def _chance(ax: Axes, level: float = 0.5) -> None:
    ax.axhline(level, color=FOREGROUND, ls=":", lw=1)


def drifts(sigmas: Any, measures: Sequence[str], survey: Any, fine: Any, limits: Any) -> Figure:
    """Each measure against the strength of three drifts: `survey` (networks, kinds, strengths, measures), and the limit."""
    fig, axes = figure(7.4, 5.2, nrows=2, ncols=3, sharex=True)
    for j, (ax, name) in enumerate(zip(axes.flat, measures, strict=True)):
        for k, (kind, (colour, marker)) in enumerate(KINDS.items()):
            values, x = survey[:, k, :, j], sigmas * (0.94, 1.0, 1.06)[k]
            ax.vlines(x, np.nanmin(values, 0), np.nanmax(values, 0), color=colour, lw=1)
            ax.plot(x, np.nanmedian(values, 0), marker, ms=5, color=colour, label=kind)
        ax.set(title=name, xscale="log")
        if "decoder" in name:
            _chance(ax, 1 / 8)
        if j < 2 or "decoder" in name:
            ax.set_ylim(-0.05 if j != 1 else -0.3, 1.1)
    axes[0, 1].plot(fine, limits[:, 1], color=GREY, lw=1)
    axes[0, 2].plot(fine, limits[:, 0], color=GREY, lw=1)
    axes[1, 2].set_yscale("log")
    for ax in axes[1]:
        ax.set_xlabel(r"drift $\sigma$")
    legend_below(fig, axes[0, 0], ncols=3)
    return fig


def shapes(panels: Sequence[tuple[str, Any]]) -> Figure:
    """RDMs of eight states, each with a title; the first sets the scale."""
    fig, axes = figure(7.2, 2.9, ncols=len(panels))
    for ax, (title, shape) in zip(axes, panels, strict=True):
        ax.imshow(squareform(shape), cmap="Blues", vmin=0, vmax=1.2 * panels[0][1].max())
        ax.set_title(title, fontsize=8)
        ax.set_xticks([0, 7], ["−−−", "+++"])
        ax.set_yticks([0, 7], ["−−−", "+++"])
    return fig


def overlap(rhos: Any, found: Mapping[int, Any], fine: Any, law: Mapping[int, Any], hidden: Sequence[Any]) -> Figure:
    """The overlap's AUC against ρ√N, and three statistics (AUC, s.e.) where the encoding is independent of the tuning."""
    fig, axes = figure(7.0, 3.0, ncols=2, width_ratios=[1.4, 1])
    for n, colour, marker in zip(found, (BLUE, VERMILLION), "os", strict=True):
        axes[0].semilogx(fine * np.sqrt(n), law[n], color=colour)
        axes[0].semilogx(rhos * np.sqrt(n), found[n], marker, color=colour, label=f"{n} neurons")
    axes[0].set(xlabel=r"$\rho\sqrt{N}$", ylabel="AUC of the overlap", xlim=(0.08, 8), ylim=(-0.02, 1.03))
    axes[0].legend(fontsize=8)
    for i, (value, error) in enumerate(hidden):
        axes[1].errorbar(i, value, 2 * error, fmt="o", color=GREEN)
    axes[1].set(xlim=(-0.5, 2.5), ylim=(0.3, 0.7), ylabel="AUC", title="independent encoding")
    axes[1].set_xticks(range(3), ["overlap", "centroid\ndrift", "shape"])
    for ax in axes:
        _chance(ax)
    return fig


def signs(statistics: Sequence[str], panels: Sequence[Any], live_at: float, live: Sequence[Any]) -> Figure:
    """Each statistic's AUC: panels of x, values (x, statistics, (AUC, s.e.)), title and label; at one x also `live` ones."""
    fig, axes = figure(7.4, 6.0, nrows=2, ncols=2, sharey=True)
    for ax, (x, values, title, label) in zip(axes.flat, panels, strict=True):
        for i, (name, (colour, line)) in enumerate(zip(statistics, STATISTICS, strict=True)):
            middle, error = values[:, i].T
            ax.semilogx(x, middle, line, ms=5, color=colour, label=name)
            ax.fill_between(x, middle - 2 * error, middle + 2 * error, color=colour, alpha=0.15, lw=0)
            if ax is axes[0, 0]:
                ax.plot(live_at, live[i][0], "x", ms=8, mew=2, color=colour)
        _chance(ax)
        ax.set(title=title, xlabel=label, ylim=(-0.03, 1.05))
    for ax in axes[:, 0]:
        ax.set_ylabel("AUC")
    legend_below(fig, axes[0, 0], ncols=3)
    return fig
