"""Figures of the experiments chapter: dimensions of pushes, what noise hides, plans, windows, remainders, curvature."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lpu_book import plotting
from lpu_book.plotting import BLUE, FOREGROUND, GREEN, GREY, PINK, VERMILLION


def _found(ax: Axes, x: Any, counts: Any, colour: str, marker: str, label: str) -> None:
    """Medians and quartiles of the dimensions found, counts (x, experiments)."""
    low, middle, high = np.percentile(counts, [25, 50, 75], axis=1)
    ax.fill_between(x, low, high, color=colour, alpha=0.25, lw=0)
    ax.plot(x, middle, f"{marker}-", color=colour, label=label)


def answer(n_pushes: Any, closed: Any, broken: Any, activity: int, strength: tuple[Any, Any], edge: float) -> Figure:
    """Dimensions found against pushes, of both networks (pushes, experiments), and one experiment's singular values each."""
    fig, axes = plotting.figure(7.2, 3.3, ncols=2)
    _found(axes[0], n_pushes, broken, VERMILLION, "s", "with random connections")
    _found(axes[0], n_pushes, closed, BLUE, "o", "flip-flop of three bits")
    axes[0].axhline(activity, color=GREY, ls="--", lw=1.2, label="dimension of its activity")
    axes[0].set(xlabel="pushes", ylabel="dimensions found", xscale="log", ylim=(0, None))
    axes[0].set_xticks(n_pushes, [str(n) for n in n_pushes])
    axes[0].minorticks_off()
    for values, colour, marker in zip(strength, (BLUE, VERMILLION), "os", strict=True):
        axes[1].plot(np.arange(1, 21), values[:20], marker, color=colour, ms=5)
    axes[1].axhline(edge, color=FOREGROUND, ls=":", label="edge of the noise")
    axes[1].set(
        xlabel="number of the singular value", ylabel="singular value", ylim=(0, None), title=f"{n_pushes[-1]} pushes"
    )
    axes[1].set_xticks([1, 5, 10, 15, 20])
    axes[1].legend(fontsize=9)
    plotting.legend_below(fig, axes[0], ncols=3)
    return fig


def protocol() -> Figure:
    """Whom to push and whom to read: the only way from one half to the other leads through K numbers."""
    fig, ax = plotting.canvas(7.0, 2.3, (14, 4.4))
    plotting.box(ax, 0.2, 1.2, 3.2, 2.0, "pushed half\n$\\delta r$: P patterns", VERMILLION)
    plotting.box(ax, 5.6, 1.5, 2.6, 1.4, "$\\delta\\kappa$\nK numbers")
    plotting.box(ax, 10.4, 1.2, 3.2, 2.0, "read half\n$R$: P × Q", BLUE)
    plotting.arrow(ax, (3.6, 2.2), (5.5, 2.2), "$N_\\mathrm{enc}^\\top/N$", text_shift=(0, 0.45))
    plotting.arrow(ax, (8.4, 2.2), (10.3, 2.2), "$G$", text_shift=(0, 0.45))
    plotting.arrow(
        ax, (3.4, 1.0), (10.4, 1.0), "random connections: another way", colour=GREY, bend=0.25, text_shift=(0, -1.25)
    )
    return fig


def visibility(true: Any, law: Any, seen: Any, overlap_law: Any, overlap: Any, threshold: float) -> Figure:
    """Observed singular values and overlaps (strengths, draws) against the true ones, with their laws."""
    fig, axes = plotting.figure(7.0, 3.0, ncols=2)
    for ax, curve, drawn in zip(axes, (law, overlap_law), (seen, overlap), strict=True):
        ax.plot(true, curve, color=BLUE, lw=3, alpha=0.5, label="law")
        ax.errorbar(true, drawn.mean(1), drawn.std(1), fmt=".", color=VERMILLION, label="drawn")
        ax.axvline(threshold, color=FOREGROUND, ls=":", lw=1)
        ax.set(xlabel="true singular value $d$")
    axes[0].plot(true, true, color=GREY, lw=1, label="without noise")
    axes[0].set(ylabel="observed singular value", title="strength")
    axes[1].set(ylabel="squared overlap", title="pattern", ylim=(-0.05, 1))
    axes[0].legend(fontsize=9)
    return fig


def emerging(values: Any, expected: Any, edge: float, n_trials: int) -> Figure:
    """All singular values of the responses after some trials, with the edge of the noise and what is to be expected."""
    fig, ax = plotting.figure(5.6, 3.0)
    number = np.arange(1, len(values) + 1)
    above = values > edge
    ax.plot(number[~above], values[~above], "o", color=GREY, ms=4, label="noise, or hidden in it")
    ax.plot(number[above], values[above], "o", color=BLUE, ms=7, label="seen")
    ax.plot(number[: len(expected)], expected, "_", color=VERMILLION, ms=16, mew=2, label="expected")
    ax.axhline(edge, color=FOREGROUND, ls=":", lw=1.2)
    ax.set(
        xlabel="number of the singular value", ylabel="singular value", xlim=(0, len(values) + 1), ylim=(0, 1.1 * values[0])
    )
    ax.set_title(f"trials of each push: {n_trials}, dimensions seen: {above.sum()}")
    ax.legend(fontsize=9, loc="upper right")
    return fig


def plans(shares: Mapping[str, tuple[Any, Any, Any, Any]], chance: float) -> Figure:
    """Of each network: trials planned and their chance to see all K; trials run and the share of experiments that did."""
    fig, ax = plotting.figure(6.4, 3.4)
    colours, markers = (BLUE, VERMILLION, GREEN, PINK), "os^D"
    for (name, (planned, law, trials, share)), colour, marker in zip(shares.items(), colours, markers, strict=True):
        ax.plot(planned, law, color=colour, lw=1.4)
        ax.plot(trials, share, marker, color=colour, label=name)
    ax.axhline(chance, color=FOREGROUND, ls=":", lw=1)
    ax.set(xscale="log", xlabel="trials of each push", ylabel="share that sees all K", ylim=(-0.03, 1.03))
    ticks = [3, 10, 30, 100, 300]
    ax.set_xticks(ticks, [str(t) for t in ticks])
    ax.minorticks_off()
    plotting.legend_below(fig, ax, ncols=4)
    return fig


def window(strengths: Any, panels: Mapping[int, tuple[Any, Any, tuple[float, float]]]) -> Figure:
    """Shares of experiments that find K and that find more, against a push's strength, by the number of trials."""
    fig, axes = plotting.figure(7.2, 3.0, ncols=2, sharey=True)
    for ax, (n_trials, (right, more, ends)) in zip(axes, panels.items(), strict=True):
        ax.axvspan(*np.clip(ends, strengths[0], strengths[-1]), color=GREY, alpha=0.2, lw=0, label="window predicted")
        ax.plot(strengths, right, "o-", color=BLUE, label="K dimensions")
        ax.plot(strengths, more, "s-", color=VERMILLION, label="more than K")
        ax.set(xscale="log", xlabel="strength of a push $s$", title=f"{n_trials} trials")
        ax.set_xticks([0.05, 0.1, 0.2, 0.5, 1], ["0.05", "0.1", "0.2", "0.5", "1"])
        ax.minorticks_off()
    axes[0].set_ylabel("share of experiments")
    plotting.legend_below(fig, axes[0], ncols=3)
    return fig


def states(spectra: Mapping[str, tuple[Any, Any]]) -> Figure:
    """Singular values, as shares of the first, of responses in one state and pooled over four."""
    fig, axes = plotting.figure(7.0, 2.8, ncols=2, sharey=True)
    for ax, (name, (one, four)) in zip(axes, spectra.items(), strict=True):
        ax.semilogy(np.arange(1, 15), four[:14] / four[0], "s", color=VERMILLION, ms=6, label="four states")
        ax.semilogy(np.arange(1, 15), one[:14] / one[0], "o", color=BLUE, ms=4, label="one state")
        ax.set(xlabel="number of the singular value", title=name, ylim=(1e-6, 2))
        ax.set_xticks([1, 3, 6, 9, 12])
    axes[0].set_ylabel("share of the first")
    axes[1].legend(fontsize=9)
    return fig


def decay(ms: Any, closed: Any, broken: Any, law: Any) -> Figure:
    """The power left beside the decay, of an LPU and of the network with random connections, with its law."""
    fig, ax = plotting.figure(5.4, 3.0)
    ax.plot(ms, law, color=VERMILLION, lw=3, alpha=0.4, label="random connections, law")
    ax.plot(ms, broken, "s", color=VERMILLION, label="random connections")
    ax.plot(ms, closed, "o", color=BLUE, label="LPU")
    ax.set(xlabel="time after the push (ms)", ylabel="power beside the decay", ylim=(-0.02 * max(law), 1.25 * max(law)))
    ax.legend(fontsize=9)
    return fig


def curvature(trials: Any, naive: Any, across: Any, true: float, shares: Mapping[str, Any], planned: int) -> Figure:
    """Dimensions without and with repeats, (trials, experiments), and the shares that see more than K."""
    fig, axes = plotting.figure(7.2, 3.1, ncols=2)
    _found(axes[0], trials, naive, VERMILLION, "s", "of the trials' mean")
    _found(axes[0], trials, across, BLUE, "o", "across repeats")
    axes[0].axhline(true, color=FOREGROUND, ls=":", lw=1.2)
    axes[0].set(xlabel="trials of each state", ylabel="participation ratio", ylim=(0, None), title="dimension")
    for (name, share), colour, marker in zip(shares.items(), (BLUE, GREEN), "o^", strict=True):
        axes[1].plot(trials, share, f"{marker}-", color=colour, label=name)
    axes[1].axvline(planned, color=FOREGROUND, ls=":", lw=1.2)
    axes[1].set(
        xlabel="trials of each state", ylabel="share that sees more than K", title="curved or flat", ylim=(-0.03, 1.03)
    )
    for ax in axes:
        ax.set_xscale("log")
        ax.set_xticks(trials[::2], [str(t) for t in trials[::2]])
        ax.minorticks_off()
        ax.legend(fontsize=9)
    return fig
