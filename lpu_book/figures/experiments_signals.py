"""Figures of the page on signals: hubs, electrodes on a sheet, decoders over days."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from lpu_book import plotting
from lpu_book.plotting import BLUE, FOREGROUND, GREEN, GREY, PINK, VERMILLION

_COLOURS = (BLUE, VERMILLION, GREEN, PINK)


def days(weeks: Mapping[str, Any]) -> Figure:
    """By kind of drift: shares right (5, days + 1) of κ itself, then of fixed, anchored, refitted and aligned decoders."""
    fig, axes = plotting.figure(7.6, 3.2, ncols=3, sharey=True)
    names = ("fixed", "anchored", "refitted, 2 trials", "aligned, no labels")
    for ax, (kind, shares) in zip(axes, weeks.items(), strict=True):
        ax.plot(shares[0], color=FOREGROUND, lw=5, alpha=0.5, label=r"$\kappa$ itself")
        for share, name, colour, marker in zip(shares[1:], names, (GREY, BLUE, GREEN, VERMILLION), "so^v", strict=True):
            ax.plot(share, f"{marker}-", ms=4, color=colour, label=name)
        ax.axhline(0.25, color=FOREGROUND, ls=":", lw=1)
        ax.set(title=f"{kind} drift", xlabel="day", ylim=(0.15, 1.03))
    axes[0].set_ylabel("both bits right")
    plotting.legend_below(fig, axes[0], ncols=5)
    return fig


def hubs(
    gains: Any, error: Any, bend: Any, best: tuple[float, float], numbers: Sequence[int], left: Mapping[str, Any]
) -> Figure:
    """The error of one hub by its gain, with the law's best (gain, error), and what several hubs leave."""
    fig, axes = plotting.figure(7.2, 3.2, ncols=2)
    axes[0].loglog(gains, error, color=BLUE, lw=2.5, label="error")
    axes[0].loglog(gains, bend, "--", color=VERMILLION, label="by bending")
    axes[0].loglog(gains, error - bend, ":", color=GREEN, label="by noise")
    axes[0].plot(*best, "X", color=FOREGROUND, ms=9, label="law")
    axes[0].set(xlabel="gain $g$", ylabel=r"mean square error of $\kappa$", ylim=(1e-3, 3), title="one hub")
    axes[0].set_xticks([0.1, 0.3, 1, 3], ["0.1", "0.3", "1", "3"])
    axes[0].set_yticks([0.001, 0.01, 0.1, 1], ["0.001", "0.01", "0.1", "1"])
    axes[0].minorticks_off()
    axes[0].legend(fontsize=9)
    for (name, values), colour, marker in zip(left.items(), _COLOURS, "os^", strict=False):
        axes[1].loglog(numbers, values, f"{marker}-", color=colour, label=name)
    axes[1].set(xlabel="hubs", ylabel=r"left of $\kappa$'s variance", title="several hubs")
    axes[1].set_xticks([1, 10, 100, 1000], ["1", "10", "100", "1000"])
    axes[1].set_yticks([0.001, 0.01, 0.1, 1], ["0.001", "0.01", "0.1", "1"])
    axes[1].minorticks_off()
    axes[1].legend(fontsize=9)
    return fig


def fields(
    sheets: Mapping[str, Any], ratios: Any, worth: Mapping[float, Any], law: Mapping[float, Any], decoded: Mapping[str, Any]
) -> Figure:
    """n on three sheets (side, side), what an electrode is worth by ℓ/w and noise, and errors of electrodes over cells."""
    fig, whole = plotting.figure(7.8, 3.6)
    whole.remove()
    grid = fig.add_gridspec(3, 3, width_ratios=(1, 2.6, 1.9))
    maps = [fig.add_subplot(grid[i, 0]) for i in range(3)]
    axes = [fig.add_subplot(grid[:, i]) for i in (1, 2)]
    for ax, (name, field) in zip(maps, sheets.items(), strict=True):
        ax.imshow(field, cmap="RdBu_r", vmin=-2.5, vmax=2.5)
        ax.set_title(name, fontsize=9)
        ax.set_xticks([])
        ax.set_yticks([])
    for q, colour, marker in zip(worth, _COLOURS, "os^", strict=False):
        axes[0].loglog(ratios, law[q], color=colour, lw=1.5)
        axes[0].loglog(ratios, worth[q], marker, ms=5, color=colour, label=f"$q$ = {q:g}")
    axes[0].axhline(1, color=FOREGROUND, ls=":", lw=1)
    axes[0].set(xlabel=r"$\ell/w$", ylabel="electrode / cell", title="information")
    axes[0].set_xticks([1, 2, 5, 10], ["1", "2", "5", "10"])
    axes[0].set_yticks([0.3, 1, 3, 10, 30], ["0.3", "1", "3", "10", "30"])
    axes[0].minorticks_off()
    axes[0].legend(fontsize=9)
    for x, values in enumerate(decoded.values()):
        axes[1].semilogy(x + np.linspace(-0.15, 0.15, len(values)), values, "o", ms=4, color=_COLOURS[x])
    axes[1].axhline(1, color=FOREGROUND, ls=":", lw=1)
    axes[1].set(title="error, electrodes / cells", xlim=(-0.5, 2.5))
    axes[1].set_xticks(range(len(decoded)), list(decoded))
    axes[1].set_yticks([0.1, 0.3, 1, 3, 10], ["0.1", "0.3", "1", "3", "10"])
    axes[1].minorticks_off()
    return fig
