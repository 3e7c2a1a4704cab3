"""Figures of the page on pushes: five directions, steering with few neurons, and what a connectome does not show."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from lpu_book import plotting
from lpu_book.plotting import BLUE, FOREGROUND, GREEN, GREY, PINK, VERMILLION

_ROWS = ("$n$, output", "$n$, other latent", "$m$, output", "decoder", "random")
_COLOURS = (BLUE, GREEN, VERMILLION, PINK, GREY)


def five_directions(flips: Any, moves: Any) -> Figure:
    """By direction (the last columns are random) and network: how good a push is, over the best, in both tasks."""
    fig, axes = plotting.figure(7.2, 3.2, ncols=2, sharey=True)
    for ax, share, title in zip(
        axes, (flips, moves), ("flip-flop: to flip a bit", "addition: to move the answer"), strict=True
    ):
        columns = [*share[:, :4].T, share[:, 4:].ravel()]
        for y, (values, colour) in enumerate(zip(columns, _COLOURS, strict=True)):
            shift = np.linspace(-0.25, 0.25, len(values))
            ax.plot(values, y + shift, ".", ms=3.5 if y < 4 else 2, color=colour, alpha=0.8)
            ax.plot([np.median(values)] * 2, [y - 0.38, y + 0.38], color=FOREGROUND, lw=2)
        ax.set(title=title, xlabel="share of the best push", xlim=(-0.03, 1.03))
    axes[0].set_yticks(range(5), _ROWS)
    axes[0].invert_yaxis()
    return fig


def control(counts: Sequence[int], lengths: Any, reached: Any) -> Figure:
    """Lengths of pushes and the share of states reached within ±1, (networks, choices, counts) each."""
    fig, axes = plotting.figure(7.2, 3.3, ncols=2)
    names = ("by encoding", "by tuning", "at random")
    for ax, values in zip(axes, (lengths, reached), strict=True):
        for i, (name, colour, marker) in enumerate(zip(names, (BLUE, VERMILLION, GREY), "os^", strict=True)):
            low, middle, high = np.quantile(values[:, i], (0.25, 0.5, 0.75), axis=0)
            ax.fill_between(counts, low, high, color=colour, alpha=0.1, lw=0)
            ax.plot(counts, middle, f"{marker}-", color=colour, label=name)
        ax.set_xscale("log")
        ax.set_xticks(counts, [str(k) for k in counts])
        ax.set_xlabel("neurons pushed")
        ax.minorticks_off()
    axes[0].set(ylabel="length of the push", yscale="log")
    axes[0].set_yticks([2, 5, 10, 20, 50], ["2", "5", "10", "20", "50"])
    axes[0].minorticks_off()
    axes[1].set(ylabel="states reached, rates within ±1", ylim=(-0.03, 1.03))
    plotting.legend_below(fig, axes[0], ncols=3)
    return fig


def connectome(
    sizes: Any, weighed: Mapping[str, Any], law: Any, likeness: Mapping[str, float], lost: Mapping[str, Sequence[float]]
) -> Figure:
    """Changes of what is fed back against N, and the accuracy lost against how alike the weights look."""
    fig, axes = plotting.figure(7.2, 3.4, ncols=2)
    for (name, values), colour, marker in zip(weighed.items(), (BLUE, GREEN, VERMILLION), "os^", strict=True):
        line = "none" if marker == "o" else "-"
        axes[0].loglog(sizes, values, marker=marker, ls=line, color=colour, label=name)
    axes[0].loglog(sizes, law, color=BLUE, lw=1.5)
    axes[0].set(xlabel="neurons", ylabel=r"change fed back to $\kappa$", title="computation")
    axes[0].set_xticks(sizes, [str(n) for n in sizes])
    axes[0].set_yticks([0.01, 0.1, 1], ["0.01", "0.1", "1"])
    axes[0].minorticks_off()
    axes[0].legend(fontsize=9)
    for (kind, values), colour in zip(lost.items(), (BLUE, GREEN, PINK, VERMILLION), strict=True):
        x = likeness[kind]
        axes[1].plot([x, x], [values[0], values[-1]], color=colour, lw=1)
        axes[1].plot(x, values[0], "o", mfc="none", color=colour)
        axes[1].plot(x, values[-1], "o", color=colour, label=kind)
    axes[1].set(
        xlabel="correlation of the weights with those before",
        ylabel="accuracy lost",
        title="look and computation",
        xlim=(0.2, 1.02),
    )
    axes[1].legend(fontsize=9)
    return fig
