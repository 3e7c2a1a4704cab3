"""The figures of the page on the dimensionality of networks, trained and random."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from lpu_book import plotting
from lpu_book.plotting import BLUE, FOREGROUND, GREEN, GREY, PINK, VERMILLION
from lpu_core.check import Array


def kinds(strengths: Sequence[float], counts: Mapping[str, tuple[Array, int]]) -> Figure:
    """Components of currents and of rates (strengths, 2) beside K + D, a panel for each network."""
    fig, axes = plotting.figure(6.8, 3.0, ncols=2)
    for ax, (name, (found, limit)) in zip(axes, counts.items(), strict=True):
        ax.axhline(limit, color=FOREGROUND, ls=":", lw=1.2, label="$K + D$")
        for values, colour, marker, label in zip(found.T, (GREEN, BLUE), "so", ("currents $x$", "rates $r$"), strict=True):
            ax.plot(strengths, values, marker + "-", color=colour, label=label)
        ax.set(title=name, xlabel="strength of the embedding", xscale="log", xticks=strengths, xticklabels=strengths)
        ax.set_ylim(0, 1.15 * found.max())
        ax.minorticks_off()
    axes[0].set_ylabel("components")
    plotting.legend_below(fig, axes[0], ncols=3)
    return fig


def sorting(losses: Mapping[int, Array], inputs: Array, outputs: Array, targets: Array) -> Figure:
    """The losses of training by number of neurons; numbers in, out and wanted of six trials, (4, trials)."""
    fig, axes = plotting.figure(7.0, 3.0, ncols=2)
    for (n, loss), colour in zip(losses.items(), (GREY, GREEN, BLUE), strict=True):
        smooth = loss[: len(loss) // 20 * 20].reshape(-1, 20).mean(1)
        axes[0].semilogy(20 * np.arange(1, len(smooth) + 1), smooth, color=colour, label=f"$N = {n}$")
    axes[0].set(xlabel="training step", ylabel="mean squared error")
    axes[0].legend(fontsize=9)
    x = 6 * np.arange(6) + np.arange(4)[:, None]
    shown = ((slice(0, 2), inputs, "numbers in", {"fmt": "s", "ms": 5, "color": GREY}),
             (slice(2, 4), targets, "wanted", {"fmt": "o", "ms": 9, "mfc": "none", "color": FOREGROUND}),
             (slice(2, 4), outputs, "output", {"fmt": "D-", "ms": 3.5, "color": VERMILLION}))  # fmt: skip
    for steps, values, label, style in shown:
        lines = axes[1].plot(x[steps], values[steps, :6], style.pop("fmt"), **style)
        lines[0].set_label(label)
    axes[1].set(xlabel="trial", xticks=6 * np.arange(6) + 1.5, xticklabels=np.arange(1, 7), ylim=(-0.1, 1.1))
    plotting.legend_below(fig, axes[1], ncols=3)
    return fig


def accuracy(sizes: Sequence[int], ranks: Array, lengths: Sequence[int], values: Array) -> Figure:
    """Accuracy (N, ranks, lengths, networks), NaN where none was run, against rank, a panel for each length."""
    fig, axes = plotting.figure(7.4, 3.0, ncols=3, sharey=True)
    for k, (ax, length) in enumerate(zip(axes, lengths, strict=True)):
        for i, (n, colour) in enumerate(zip(sizes, (GREY, GREEN, BLUE, VERMILLION), strict=True)):
            runs = {rank: v[np.isfinite(v)] for rank, v in zip(ranks, values[i, :, k], strict=True)}
            bars = [(rank, v.mean(), v.std()) for rank, v in runs.items() if len(v)]
            x, y, error = np.transpose(bars)
            ax.errorbar(x + 0.06 * (i - 1.5), y, error, fmt="o-", ms=4, lw=1.3, color=colour, label=f"$N = {n}$")
        ax.axvline(length, color=FOREGROUND, ls="--", lw=1)
        ax.set(title=f"$S = {length}$", xlabel="rank", xticks=ranks, ylim=(0, 1.03))
    axes[0].set_ylabel("accuracy")
    plotting.legend_below(fig, axes[0])
    return fig


def at_noise(sizes: Sequence[int], counts: Array, chosen: int, slope: float) -> Figure:
    """Components against neurons at several levels of noise, (levels, N), the chosen one in front."""
    fig, ax = plotting.figure(4.6, 3.0)
    ax.loglog(sizes, sizes, ":", color=FOREGROUND, lw=1, label="one a neuron")
    ax.loglog(sizes, counts.T, color=GREY, lw=0.8)
    ax.loglog(sizes, counts[chosen], "o-", color=VERMILLION, lw=2.2, label=f"slope {slope:.2f}")
    ax.set(xlabel="neurons $N$", ylabel="components at 99 %", xticks=sizes, xticklabels=sizes, ylim=(5, 300))
    ax.minorticks_off()
    ax.legend(fontsize=9, loc="upper left")
    return fig


def exponents(factors: Array, found: Array, onsets: Array, live: tuple[Array, Array]) -> Figure:
    """Exponents (full or low rank, networks, `factors`) per ms; where rest becomes unstable; the page's own networks."""
    fig, axes = plotting.figure(7.2, 3.2, ncols=2, sharey=True)
    names = ("full rank", "rank 100 of 1000")
    for ax, name, curves, ticks, own, colour in zip(axes, names, found, onsets, live[1], (BLUE, VERMILLION), strict=True):
        ax.axhline(0, color=GREY, lw=1)
        ax.plot(factors, 1000 * curves.T, color=colour, lw=1)
        ax.plot(live[0], 1000 * own, "o", ms=5, mfc="none", color=FOREGROUND)
        ax.plot(ticks, np.full(len(ticks), 29), "|", ms=9, color=FOREGROUND)
        ax.set(title=name, xlabel="strength $g$", ylim=(-32, 32))
    axes[0].set_ylabel("exponent (1/s)")
    return fig


def spontaneous(sizes: Array, gains: Sequence[float], dims: Array, live: tuple[Sequence[int], Sequence[int]]) -> Figure:
    """Components (rank 100 or N/10, N, gains, networks, (all samples, half)) against neurons; the page's own networks."""
    fig, axes = plotting.figure(7.2, 3.5, ncols=2, sharey=True)
    ranks = {"rank 100": np.full(len(sizes), 100), "rank $N/10$": sizes / 10}
    for ax, (name, rank), found in zip(axes, ranks.items(), dims, strict=True):
        for j, (g, colour, marker) in enumerate(zip(gains, (GREY, GREEN, BLUE, PINK, VERMILLION), "v^osD", strict=True)):
            counts, of_half = np.moveaxis(found[:, j], -1, 0)
            ax.errorbar(sizes, counts.mean(1), counts.std(1), fmt=marker + "-", ms=5, color=colour, label=f"$g = {g:g}$")
            ax.plot(sizes, of_half.mean(1), color=colour, lw=0.8)
        ax.plot(sizes, rank, ":", color=FOREGROUND, lw=1.2, label="rank")
        ax.set(title=name, xscale="log", yscale="log", xlabel="neurons $N$", xticks=sizes, xticklabels=sizes)
        ax.minorticks_off()
    axes[0].plot(*live, "o", ms=9, mfc="none", color=FOREGROUND)
    axes[0].set_ylabel("components at 99 %")
    plotting.legend_below(fig, axes[0], ncols=3)
    return fig
