"""Figures of the page on stimulation."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from lpu_book import plotting
from lpu_book.plotting import BLUE, GREEN, GREY, PINK, VERMILLION
from lpu_core.check import Array


def strength_and_size(by_ratio: Mapping[float, tuple[int, int]], by_size: Mapping[int, tuple[int, int, int, int]]) -> Figure:
    """Of how many draws of J the state is held, by ratio; by size, of those that hold, how many are lost and switched."""
    fig, axes = plotting.figure(7.2, 3.4, ncols=2, sharey=True)
    held, of = np.transpose(list(by_ratio.values()))
    plotting.draw_shares(axes[0], list(by_ratio), held, of, "o", GREEN)
    axes[0].set(title="holds untouched", xlabel="s.d. of $J$ / structured", ylabel="share of draws", ylim=(-0.03, 1.03))
    sizes = list(by_size)
    of, held, lost, switched = np.transpose(list(by_size.values()))
    plotting.draw_shares(axes[1], sizes, held, of, "o", GREEN, "holds untouched")
    plotting.draw_shares(axes[1], sizes, lost, held, "s", VERMILLION, "lost, redundant pulses")
    plotting.draw_shares(axes[1], sizes, switched, held, "^", BLUE, "switched, coding pulse")
    axes[1].set(title="larger circuits", xlabel="neurons", xscale="log")
    axes[1].set_xticks(sizes, [str(s) for s in sizes])
    axes[1].minorticks_off()
    plotting.legend_below(fig, axes[1], ncols=3)
    return fig


def by_tuning_or_encoding(counts: Array, heights: Mapping[str, Array], lengths: Array) -> Figure:
    """The smallest pulse that flips, by the number of neurons that get it, and along m and n in five networks, (5, 2)."""
    fig, axes = plotting.figure(7.2, 3.6, ncols=2, width_ratios=[2, 1])
    styles = ((VERMILLION, "s-"), (PINK, "s--"), (GREY, "o--"), (BLUE, "o-"))
    for (name, height), (colour, line) in zip(heights.items(), styles, strict=True):
        axes[0].loglog(counts, np.where(np.isfinite(height), height, np.nan), line, ms=5, color=colour, label=name)
    axes[0].set(xlabel="stimulated neurons", ylabel="smallest pulse height", title="$k$ neurons")
    axes[0].set_xticks([3, 10, 30, 100], ["3", "10", "30", "100"])
    axes[0].set_yticks([0.2, 0.5, 1, 2], ["0.2", "0.5", "1", "2"])
    axes[0].minorticks_off()
    for pair in lengths:
        axes[1].plot([0, 1], pair, "o-", color=GREY, ms=4, lw=1)
    axes[1].plot([0, 1], lengths[0], "o-", color=BLUE)
    axes[1].set(title="all neurons", ylabel="smallest length", xlim=(-0.3, 1.3), ylim=(0, None))
    axes[1].set_xticks([0, 1], ["along $m$", "along $n$"])
    plotting.legend_below(fig, axes[0], ncols=2)
    return fig
