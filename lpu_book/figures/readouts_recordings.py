"""The figures of the page that compares decoders, of simulated mice and of recordings."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.stats import norm

from lpu_book import plotting
from lpu_book.plotting import BLUE, FOREGROUND, GREEN, GREY, PINK, VERMILLION
from lpu_core import tasks
from lpu_core.check import Array
from lpu_core.readouts import LINEAR, NONLINEAR

COLOURS = dict(zip(LINEAR + NONLINEAR, (BLUE, GREEN, VERMILLION, PINK), strict=True))


def _decoder(name: str) -> dict[str, Any]:
    """How the curve of the decoder `name` looks: linear ones solid, nonlinear ones dashed."""
    return {"fmt": "o-" if name in LINEAR else "o--", "color": COLOURS[name], "label": name}


def _dimensions(ax: Axes, ticks: Sequence[int]) -> None:
    """Numbers of dimensions along a logarithmic axis."""
    ax.set_xscale("log")
    ax.set_xticks(ticks, [str(d) for d in ticks])
    ax.minorticks_off()


def trial(windows: Mapping[str, tuple[float, float]], times: Array, kappa: Array, says_yes: Array) -> Figure:
    """The trial's windows (s); below, κ₁ of 15 trials of either kind, (T, trials)."""
    fig, axes = plotting.figure(6.8, 3.9, nrows=2, sharex=True, height_ratios=[1, 3.6])
    for (name, (start, stop)), colour in zip(windows.items(), (GREEN, GREY, BLUE, PINK), strict=True):
        axes[0].barh(0, stop - start, left=start, height=0.8, color=colour, alpha=0.35, edgecolor=FOREGROUND)
        height, align = (0.62, "bottom") if stop - start < 1 else (0.0, "center")
        axes[0].text((start + stop) / 2, height, name, ha="center", va=align, fontsize=9)
    axes[0].set(ylim=(-0.5, 1.3), yticks=[])
    axes[0].spines[["left", "bottom"]].set_visible(False)
    axes[0].tick_params(bottom=False)
    for chosen, colour in ((says_yes, BLUE), (~says_yes, VERMILLION)):
        axes[1].plot(times, kappa[:, np.flatnonzero(chosen)[:15]], color=colour, lw=0.9, alpha=0.8)
    axes[1].set(xlabel="time (s)", ylabel=r"$\kappa_1$")
    return fig


def mice() -> Figure:
    """The neurons of each region of the paper's six mice, and their trials."""
    fig, ax = plotting.figure(6.6, 3.0)
    table = np.array(tasks.MICE)
    ax.imshow(np.log10(np.maximum(table, 10)), cmap="Blues", vmin=0.5, vmax=4.6, aspect="auto")
    for (mouse, region), count in np.ndenumerate(table):
        pale = 1.0 if count >= 100 else 0.45
        ax.text(region, mouse, str(count), ha="center", va="center", fontsize=9, color="black", alpha=pale)
    ax.set_xticks(range(8), tasks.REGIONS)
    ax.set_yticks(range(6), [f"mouse {mouse}" for mouse in range(1, 7)])
    for mouse, trials in enumerate(tasks.TRIALS):
        ax.text(7.7, mouse, f"{trials} trials", va="center", fontsize=9)
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)
    return fig


def thirds() -> Figure:
    """The three sets of trials and what each is for."""
    fig, ax = plotting.canvas(6.6, 2.2, (12.4, 4.1))
    steps = (("first third", "PLS: $N$ neurons\n$\\to d$ dimensions", GREEN),
             ("second third", "train LDA, logistic,\nQDA, forest", BLUE),
             ("last third", "test: accuracy,\nFisher information", VERMILLION))  # fmt: skip
    for i, (name, what, colour) in enumerate(steps):
        plotting.box(ax, 0.3 + 4.2 * i, 0.5, 3.2, 1.6, what, colour=colour)
        ax.text(1.9 + 4.2 * i, 2.75, name, ha="center", color=colour)
        if i:
            plotting.arrow(ax, (4.2 * i - 0.55, 1.3), (4.2 * i + 0.15, 1.3))
    return fig


def line_against_forest(stored: Mapping[str, tuple[Array, Array]], live: Mapping[str, tuple[Array, Array]]) -> Figure:
    """Accuracies (logistic regression, random forest) of each window's regions: stored, and decoded on the page."""
    fig, axes = plotting.figure(7.0, 6.4, nrows=2, ncols=2, sharex=True, sharey=True)
    for ax, window in zip(axes.flat, stored, strict=True):
        ax.plot(*stored[window], "o", ms=3.5, color=GREY, alpha=0.8)
        ax.plot(*live[window], "o", ms=7, color=BLUE, markerfacecolor="none")
        ax.plot([0.5, 1], [0.5, 1], "--", color=FOREGROUND, lw=0.8)
        ax.set(title=window, xlim=(0.5, 1.02), ylim=(0.5, 1.02), aspect="equal")
    for ax in axes[1]:
        ax.set_xlabel("logistic regression")
    for ax in axes[:, 0]:
        ax.set_ylabel("random forest")
    return fig


def dimensions(dims: Sequence[int], curves: Mapping[str, Mapping[str, tuple[Array, Array]]]) -> Figure:
    """Per window and decoder, mean and error over mice at each dimension: of LDA itself, of the others minus LDA."""
    fig, axes = plotting.figure(7.4, 4.2, nrows=2, ncols=4, sharex=True, sharey="row", height_ratios=[1, 1.3])
    for (top, below), (window, found) in zip(axes.T, curves.items(), strict=True):
        for name, (mean, error) in found.items():
            ax, style = top if name == "LDA" else below, _decoder(name)
            ax.plot(dims, mean, style.pop("fmt"), ms=3, **style)
            ax.fill_between(dims, mean - error, mean + error, color=COLOURS[name], alpha=0.15, lw=0)
        top.set(title=window, ylim=(0.5, 1.02))
        below.axhline(0, color=BLUE, lw=0.8)
        below.set(xlabel="dimensions")
        _dimensions(below, [1, 3, 10, 50])
    axes[0, 0].set_ylabel("LDA's accuracy")
    axes[1, 0].set_ylabel("minus LDA's")
    plotting.legend_below(fig, axes[1, 0], ncols=3)
    return fig


def fisher(stored: tuple[Array, Array], live: tuple[Array, Array]) -> Figure:
    """Accuracy of LDA against Fisher information, stored and decoded on the page, and the Gaussian law."""
    fig, ax = plotting.figure(5.2, 3.2)
    ax.plot(*stored, "o", ms=3, color=GREY)
    ax.plot(*live, "o", ms=6, color=BLUE, markerfacecolor="none")
    grid = np.geomspace(0.02, max(stored[0].max(), live[0].max()), 200)
    ax.plot(grid, norm.cdf(np.sqrt(grid) / 2), color=VERMILLION)
    ax.set(xscale="log", xlabel=r"Fisher information $(d')^2$", ylabel="accuracy", ylim=(0.45, 1.02))
    return fig


def planted(noises: Sequence[float], without: Array, with_latent: Array) -> Figure:
    """Accuracies (draws, noises, decoders) of a planted XOR against noise, without its latent and with it."""
    fig, axes = plotting.figure(7.0, 3.3, ncols=2, sharey=True)
    for ax, scores, title in zip(axes, (without, with_latent), ("two bits", "two bits and their XOR"), strict=True):
        means, errors = scores.mean(0), scores.std(0, ddof=1) / np.sqrt(len(scores))
        for i, name in enumerate(COLOURS):
            at = np.arange(len(noises)) + 0.06 * (i - 1.5)
            ax.errorbar(at, means[:, i], errors[:, i], ms=4, capsize=2, **_decoder(name))
        ax.axhline(0.85, color=FOREGROUND, lw=0.8, ls=":")
        ax.set(title=title, xlabel="private noise", ylim=(0.5, 1.02))
        ax.set_xticks(range(len(noises)), [f"{noise:g}" for noise in noises])
    axes[0].set_ylabel("accuracy")
    plotting.legend_below(fig, axes[0], ncols=4)
    return fig


def real(line: Array, forest: Array, dims: Sequence[int], curves: Mapping[str, Array]) -> Figure:
    """Regions' accuracies in three dimensions, filled where their mean exceeds 0.6; curves (regions, dims) of those."""
    fig, axes = plotting.figure(7.2, 3.5, ncols=2, width_ratios=[1, 1.15])
    told = line + forest > 1.2
    axes[0].plot(line[~told], forest[~told], "o", ms=4, color=GREY, markerfacecolor="none")
    axes[0].plot(line[told], forest[told], "o", ms=4, color=BLUE)
    axes[0].plot([0.4, 0.9], [0.4, 0.9], "--", color=FOREGROUND, lw=0.8)
    axes[0].set(xlabel="logistic regression", ylabel="random forest", aspect="equal", title="three dimensions")
    for name, values in curves.items():
        error = values.std(0, ddof=1) / np.sqrt(len(values))
        axes[1].errorbar(dims, values.mean(0), error, ms=4, capsize=2, **_decoder(name))
    axes[1].set(xlabel="PLS dimensions", ylabel="accuracy", title="informative regions")
    _dimensions(axes[1], dims)
    plotting.legend_below(fig, axes[1], ncols=4)
    return fig


def twins(leads: Mapping[str, Array], means: Mapping[str, tuple[float, float, tuple[float, float]]], bar: float) -> Figure:
    """The forest's lead in regions and in their twins, with means and 90 % bands; dotted: `bar`."""
    fig, ax = plotting.figure(6.6, 2.7)
    for at, ((name, values), colour) in enumerate(zip(leads.items(), (FOREGROUND, BLUE, VERMILLION), strict=True)):
        mean, _, (low, high) = means[name]
        spread = np.linspace(-0.25, 0.25, values.size)
        ax.plot(np.random.default_rng(0).permutation(values.ravel()), at + spread, "o", ms=2.5, color=colour, alpha=0.35)
        ax.errorbar(mean, at, xerr=[[mean - low], [high - mean]], fmt="D", ms=6, capsize=4, lw=2, color=colour)
    ax.axvline(0, color=FOREGROUND, lw=0.8)
    ax.axvline(bar, color=FOREGROUND, lw=0.8, ls=":")
    ax.set(xlabel="forest − logistic regression (accuracy)", ylim=(2.5, -0.5))
    ax.set_yticks(range(3), leads)
    return fig
