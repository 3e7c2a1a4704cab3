"""Figures of the page on the flip-flop in depth."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from lpu_book import plotting
from lpu_book.plotting import BLUE, GREEN, GREY, PINK, VERMILLION


def unrolled() -> Figure:
    """Backpropagation through time, Fig. S1A."""
    fig, ax = plotting.canvas(6.4, 2.5, (10, 4))
    for i, x in enumerate((0.6, 3.6, 6.6)):
        plotting.box(ax, x, 1.4, 1.9, 0.9, f"$r[{i + 1}]$", BLUE)
        plotting.arrow(ax, (x + 0.95, 0.35), (x + 0.95, 1.3), f"$u[{i}]$", text_shift=(0.45, -0.1))
        plotting.arrow(ax, (x + 0.6, 2.4), (x + 0.6, 3.3), f"$y[{i + 1}]$", text_shift=(-0.5, 0.1))
        plotting.arrow(ax, (x + 1.3, 3.3), (x + 1.3, 2.4), "error", VERMILLION, text_shift=(0.55, 0.1))
    for x in (2.6, 5.6):
        plotting.arrow(ax, (x, 2.0), (x + 0.9, 2.0))
        plotting.arrow(ax, (x + 0.9, 1.65), (x, 1.65), colour=VERMILLION)
    ax.text(9.2, 1.85, "…", ha="center")
    return fig


def rank_limit(students: Sequence[Mapping[str, Any]], teacher: float) -> Figure:
    """The accuracy of students (rank, n_trials, accuracy) against their rank, and the teacher's."""
    fig, ax = plotting.figure(5.0, 2.7)
    for trials, colour, marker in ((50, BLUE, "o-"), (200, VERMILLION, "s")):
        rows = [row for row in students if row["n_trials"] == trials]
        ax.semilogx([r["rank"] for r in rows], [r["accuracy"] for r in rows], marker, color=colour, label=f"{trials} trials")
    ax.axhline(teacher, color=GREY, lw=1)
    ranks = (2, 4, 8, 16, 100)
    ax.set(xlabel="rank of the student", ylabel="all-bits accuracy", xticks=ranks, xticklabels=ranks)
    ax.minorticks_off()
    ax.legend()
    return fig


def recipes(names: Mapping[str, str], scores: Mapping[tuple[int, str], np.ndarray]) -> Figure:
    """The accuracies of all networks by (bits, recipe). names: recipe → how the axis calls it."""
    fig, ax = plotting.figure(5.0, 2.7)
    for (bits, recipe), score in scores.items():
        x = list(names).index(recipe) + (-0.12 if bits == 2 else 0.12) + np.linspace(-0.06, 0.06, len(score))
        label = f"{bits} bits" if recipe == "direct" else None
        ax.plot(x, score, "o", ms=4, color=BLUE if bits == 2 else VERMILLION, label=label)
    ax.axhline(0.99, color=GREY, lw=1, ls=":")
    ax.set(xticks=range(3), ylabel="all-bits accuracy", xlim=(-0.5, 2.5))
    ax.set_xticklabels(names.values())
    ax.legend(loc="lower right")
    return fig


def learning(curves: Mapping[int, np.ndarray], rates: Sequence[float], largest: Mapping[int, float],
             converged: Sequence[Mapping[str, Any]], failed: Sequence[Mapping[str, Any]]) -> Figure:  # fmt: skip
    """Losses (rates, epochs, networks) of the smallest and the largest network, and the largest rates that converge."""
    fig, axes = plotting.figure(7.2, 2.9, ncols=3, width_ratios=(1, 1, 0.8))
    for ax, n in zip(axes, (min(curves), max(curves)), strict=False):
        for rate, line, colour in zip(rates, curves[n].mean(-1), (BLUE, GREEN, GREY, PINK, VERMILLION), strict=True):
            ax.semilogy(np.arange(1, len(line) + 1), line, color=colour, label=f"{rate:g}")
        ax.set(title=f"{n} neurons", xlabel="epoch", ylim=(0.15, 20))
    axes[0].set_ylabel("mean squared error")
    stored = [(row["n_neurons"], row["largest_rate"]) for row in converged]
    tried = [(row["n_neurons"], min(row["rates"])) for row in failed]
    axes[2].loglog(*zip(*stored, strict=True), "o-", color=GREY, label="stored")
    axes[2].loglog(*zip(*tried, strict=True), "v", color=GREY, mfc="none", label="none does")
    axes[2].loglog(list(largest), list(largest.values()), "X", color=VERMILLION, ms=8, label="this page")
    axes[2].set(title="largest rate", xlabel="neurons $N$", ylim=(3e-6, None))
    axes[2].legend(loc="lower left", fontsize=9)  # below all that is drawn
    plotting.legend_below(fig, axes[0], ncols=5, title="learning rate")
    return fig


def cloud(embedding: np.ndarray, encoding: np.ndarray) -> Figure:
    """Encoding against embedding weights, one dot a neuron and latent."""
    fig, ax = plotting.figure(4.6, 3.6)
    ax.plot(embedding, encoding, ".", ms=2, alpha=0.35, color=BLUE, rasterized=True)
    ax.axhline(0, color=GREY, lw=0.7)
    ax.set(xlabel=r"embedding $m_i^{(k)}$", ylabel=r"encoding $n_i^{(k)}$")
    ax.locator_params("x", nbins=5)
    return fig
