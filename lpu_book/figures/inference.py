"""Figures of the inference chapter: what is identified, pushes, the rank, broken hypotheses, spikes."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lpu_book import plotting
from lpu_book.plotting import BLUE, FOREGROUND, GREEN, GREY, PINK, VERMILLION


def _diagonal(ax: Axes, *values: Any) -> None:
    """A dotted line through all that is predicted right."""
    ends = [min(map(np.min, values)), max(map(np.max, values))]
    ax.plot(ends, ends, ":", color=FOREGROUND, lw=1)


def answer(ms: Any, true: Any, found: Any, variances: Any, bound: tuple[Any, Any], free: tuple[Any, Any]) -> Figure:
    """κ (T, K) of the hidden and the found network, and the error of W along each direction, (measured, law) each."""
    fig, (left, right) = plotting.figure(7.0, 3.2, ncols=2)
    for k, colour in zip(range(true.shape[1]), (BLUE, GREEN), strict=False):
        left.plot(ms, true[:, k], color=colour, lw=4, alpha=0.6, label=rf"$\kappa_{k + 1}$, hidden")
    left.plot(ms, found, color=VERMILLION, lw=1.1, label=["found", *[None] * (found.shape[1] - 1)])
    left.set(xlabel="time (ms)", ylabel=r"$\kappa$", title="a new trial, predicted")
    left.legend(fontsize=8)
    for (measured, law), colour, label in ((free, GREY, "no bound on the rank"), (bound, BLUE, "rank 2")):
        right.loglog(variances, law, color=colour, lw=1.5, alpha=0.7)
        right.loglog(variances, measured, "o", ms=3.5, color=colour, label=label)
    right.set(xlabel=r"variance of activity $\lambda_j$", ylabel="error of the weights", title="what is known of them")
    right.legend(fontsize=8)
    return fig


def ranks(tried: Any, curves: Mapping[str, tuple[Any, int]]) -> Figure:
    """R² of held-out neurons and trials (ranks, folds) by the rank, with the chosen one marked."""
    fig, ax = plotting.figure(5.6, 3.1)
    for (label, (scores, chosen)), colour in zip(curves.items(), (BLUE, VERMILLION, GREY), strict=False):
        error = scores.std(1, ddof=1) / np.sqrt(scores.shape[1])
        ax.errorbar(tried, scores.mean(1), error, marker=".", color=colour, label=label)
        ax.plot(chosen, scores.mean(1)[list(tried).index(chosen)], "o", ms=10, mfc="none", color=colour)
    ax.set(xlabel="rank $K$ of the fit", ylabel="$R^2$, held out", xticks=list(tried))
    ax.legend(fontsize=9)
    return fig


def angles(tuning: tuple[Any, Any], influence: tuple[Any, Any]) -> Figure:
    """Measured against predicted angles, degrees, of all hidden networks."""
    fig, ax = plotting.figure(5.0, 3.6)
    for (law, measured), colour, marker, label in ((tuning, GREEN, "s", "tuning"), (influence, BLUE, "o", "influence")):
        ax.loglog(law, measured, marker, ms=5, color=colour, label=label)
    _diagonal(ax, tuning[0], influence[0])
    ticks = [0.1, 0.3, 1, 3, 10]
    ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    ax.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
    ax.minorticks_off()
    ax.set(xlabel="expected angle (degrees)", ylabel="measured angle (degrees)")
    ax.legend()
    return fig


def noises(own: tuple[Any, Any], recorded: tuple[Any, Any]) -> Figure:
    """The sine of the influence's angle against noise in the currents and in the recorded rates."""
    fig, axes = plotting.figure(6.6, 2.8, ncols=2, sharey=True)
    for ax, (levels, sines), colour, where in zip(
        axes, (own, recorded), (BLUE, VERMILLION), ("currents", "recorded rates"), strict=True
    ):
        ax.plot(levels, sines, "o-", color=colour)
        ax.set(xlabel=f"noise in the {where}", xlim=(0, None))
    axes[0].set(ylabel="error of the influence (sine)", ylim=(0, 1.1 * max(np.max(own[1]), np.max(recorded[1]))))
    return fig


def spectrum(variances: Any, before: Any, after: Any, angle: float) -> Figure:
    """The expected error along each direction without and with pushes, the most visited direction first."""
    fig, ax = plotting.figure(5.6, 3.0)
    order = np.arange(1, len(variances) + 1)
    ax.semilogy(order, before, color=GREY, lw=2, label="without pushes")
    ax.semilogy(order, after, color=VERMILLION, lw=2, label="with pushes")
    ax.set(xlabel="direction of activity, the most visited first", ylabel="error of the weights",
           title=f"influence: {angle:.1f}° off", ylim=(0.003, 0.5))  # fmt: skip
    ax.legend(fontsize=9, loc="lower right")
    return fig


def pushes(numbers: Any, curves: Mapping[str, tuple[Any, Any]]) -> Figure:
    """The angle of the influence against the number of pushes, measured (dots) and by the law (lines)."""
    fig, ax = plotting.figure(5.6, 3.2)
    for (label, (measured, law)), colour, marker in zip(
        curves.items(), (VERMILLION, BLUE, GREEN, GREY), "o^sx", strict=False
    ):
        ax.plot(numbers, law, color=colour, lw=1.5, alpha=0.7)
        ax.plot(numbers, measured, marker, color=colour, label=label)
    ax.set(xlabel="further trials", ylabel="angle of the influence (degrees)", ylim=(0, None))
    ax.legend(fontsize=9)
    return fig


def predicted(true: Any, by_network: Any, by_components: Any) -> Figure:
    """Each push's effect on κ_1: predicted by the found network and by principal components, against the true one."""
    fig, axes = plotting.figure(6.6, 3.1, ncols=2, sharey=True)
    for ax, found, colour, title in zip(
        axes, (by_network, by_components), (BLUE, VERMILLION), ("the found network", "principal components"), strict=True
    ):
        ax.plot(true, found, ".", color=colour)
        _diagonal(ax, true)
        ax.set(xlabel=r"answer of $\kappa_1$", title=title)
    axes[0].set_ylabel("predicted")
    return fig


def broken(found: Mapping[str, tuple[Any, Any]]) -> Figure:
    """For each kind of network: R² gained if currents leak, and what drives hold of own rates, five networks each."""
    fig, axes = plotting.figure(6.8, 2.9, ncols=2)
    for place, ((_, (leak, own)), colour) in enumerate(zip(found.items(), (BLUE, VERMILLION, GREEN, PINK), strict=False)):
        axes[0].plot(np.full(len(leak), place), leak, "o", color=colour, alpha=0.7)
        axes[1].semilogy(np.full(len(own), place), own, "o", color=colour, alpha=0.7)
    axes[0].axhline(0, color=GREY, lw=0.8)
    axes[1].axhline(1, color=GREY, lw=0.8)
    for ax, title in zip(axes, ("what leaks: currents − rates ($R^2$)", "own rates in the drives (s.e.²)"), strict=True):
        ax.set_xticks(range(len(found)), list(found))
        ax.set(title=title, xlim=(-0.5, len(found) - 0.5))
    return fig


def spikes(ms: Any, spiked: Any, true: Any, found: Any) -> Figure:
    """Spikes (T, N) of one trial above; the latents (T, K), true and found, below."""
    fig, axes = plotting.figure(6.6, 3.6, nrows=2, sharex=True, height_ratios=(1.4, 1))
    step, neuron = np.nonzero(spiked)
    axes[0].plot(np.asarray(ms)[step], neuron, ".", ms=2.2, color=BLUE, rasterized=True)
    axes[0].set_ylabel("neuron")
    for k, colour in zip(range(true.shape[1]), (BLUE, GREEN), strict=False):
        axes[1].plot(ms, true[:, k], color=colour, lw=4, alpha=0.6, label=rf"$\kappa_{k + 1}$, true")
    axes[1].plot(ms, found, color=VERMILLION, lw=1.1, label=["found", *[None] * (found.shape[1] - 1)])
    axes[1].set(xlabel="time (ms)", ylabel=r"$\kappa$")
    plotting.legend_below(fig, axes[1], ncols=3)
    return fig
