"""Figures of the chapter on drift."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lpu_book import plotting
from lpu_book.plotting import BLUE, FOREGROUND, GREEN, GREY, VERMILLION
from lpu_core import drift, dynamics
from lpu_core.check import Array
from lpu_core.networks import LowRankRNN

COLOURS = dict(zip(drift.DRIFT_KINDS, (GREEN, BLUE, VERMILLION), strict=True))  # random, orthogonal, tangential
MARKERS = dict(zip(drift.DRIFT_KINDS, "osv", strict=True))
CHANCE = 1 / 8  # of three bits
BEFORE_DRIFT = 1000  # ms


def new_tuning_old_memory(changed: Mapping[str, Array], runs: Array) -> Figure:
    """The accuracy of `runs` (run, kind, σ), with its 90 % band, against the share of neurons that `changed` (σ,)."""
    fig, ax = plotting.figure(5.6, 3.4)
    for k, (kind, x) in enumerate(changed.items()):
        mean, half = _mean(runs[:, k])
        ax.fill_between(x, mean - half, mean + half, color=COLOURS[kind], alpha=0.25, lw=0)
        ax.plot(x, mean, MARKERS[kind] + "-", ms=4, color=COLOURS[kind], label=kind)
    ax.axhline(CHANCE, ls=":", color=FOREGROUND, lw=1)
    ax.set(xlabel="neurons that code for something else", ylabel="memory: accuracy of all bits", xlim=(0, 1), ylim=(0, 1.05))
    plotting.legend_below(fig, ax, ncols=3)
    return fig


def three_arrows() -> Figure:
    """What drifts and what stays, and the three directions of a drift."""
    fig, ax = plotting.canvas(7.0, 2.9, (14, 5.4))
    plotting.box(ax, 0.4, 2.1, 1.4, 1.1, r"$\kappa$")
    for y in (0.8, 2.65, 4.5):
        ax.plot(5.2, y, "o", ms=15, color=GREY, markeredgecolor=FOREGROUND)
        shift = 0.14 * (y - 2.65)
        plotting.arrow(ax, (1.95, 2.85 + shift), (4.85, y + 0.14), colour=BLUE, bend=-0.1)
        plotting.arrow(ax, (4.85, y - 0.14), (1.95, 2.5 + shift), colour=FOREGROUND, bend=-0.1)
    ax.text(2.6, 4.35, r"$m \to m + \Delta m$", ha="center", color=BLUE)
    ax.text(2.6, 0.75, "$n$ stays", ha="center")
    ax.text(5.2, 5.05, "neurons", ha="center", fontsize=10)
    ax.fill([7.2, 11.4, 13.7, 9.5], [0.7, 0.7, 2.5, 2.5], color=GREY, alpha=0.3, lw=0)
    ax.text(11.0, 0.85, r"span $\{n^{(k)}\}$", fontsize=10, ha="right")
    for end, kind, (x, y) in (
        ((12.4, 1.75), "tangential", (12.0, 2.15)),
        ((9.9, 4.7), "orthogonal", (8.5, 4.4)),
        ((12.0, 3.75), "random", (12.2, 4.2)),
    ):
        plotting.arrow(ax, (9.9, 1.5), end, colour=COLOURS[kind])
        ax.text(x, y, kind, color=COLOURS[kind], ha="center", fontsize=11)
    return fig


def one_neuron(before: LowRankRNN, after: LowRankRNN, neuron: int) -> Figure:
    """All embedding weights before and after a drift, and the tuning of one neuron over the plane of κ."""
    fig, axes = plotting.figure(7.6, 3.4, ncols=3, width_ratios=[1.3, 1, 1])
    for line in (-0.5, 0.5):
        axes[0].axvline(line, color=GREY, lw=0.8)
        axes[0].axhline(line, color=GREY, lw=0.8)
    axes[0].plot(*after.embedding.T, "o", ms=4, color=BLUE, label="after")
    axes[0].plot(*before.embedding.T, "o", ms=4, color=FOREGROUND, label="before")
    axes[0].plot(*np.stack([before.embedding[neuron], after.embedding[neuron]]).T, "-", color=VERMILLION, lw=1.5)
    axes[0].set(xlabel="$m^{(1)}$", ylabel="$m^{(2)}$", title="embedding")
    plotting.legend_below(fig, axes[0], ncols=2)
    axis = np.linspace(-1.5, 1.5, 61)
    plane = np.stack(np.meshgrid(axis, axis), -1)
    style: Any = {"extent": (-1.5, 1.5, -1.5, 1.5), "origin": "lower", "cmap": "RdBu_r", "vmin": -1, "vmax": 1}
    for ax, net, title in ((axes[1], before, "before"), (axes[2], after, "after")):
        image = ax.imshow(net.tuning(plane)[..., neuron], **style)
        ax.set(title=f"neuron {neuron}, {title}", xlabel=r"$\kappa_1$", xticks=[-1, 0, 1], yticks=[-1, 0, 1])
    axes[1].set_ylabel(r"$\kappa_2$")
    plotting.label_panels(axes[:1], ("4B",))
    fig.colorbar(image, ax=axes[1:], shrink=0.6, label=r"rate $\tilde r$")
    return fig


def tuning_and_memory(sigmas: Array, kept: tuple[Array, Array, Mapping[str, Array]], strengths: Array,
                      runs: Mapping[int, tuple[Array, Array]], yardstick: float) -> Figure:  # fmt: skip
    """The share that keep their group (by law, by chance, drawn), and the accuracy at each size, of stored and live runs."""
    law, by_chance, drawn = kept
    fig, axes = plotting.figure(7.6, 3.5, ncols=1 + len(runs), sharex=True)
    axes[0].semilogx(sigmas, law, color=GREEN)
    axes[0].semilogx(sigmas, by_chance, ":", color=FOREGROUND)
    for kind, share in drawn.items():
        axes[0].semilogx(sigmas, share, MARKERS[kind], ms=4, color=COLOURS[kind], label=kind)
    axes[0].set(title="keep their group", ylabel="share of neurons", ylim=(0, 1.05))
    for ax, (n, (stored, live)) in zip(axes[1:], runs.items(), strict=True):
        for k, kind in enumerate(drift.DRIFT_KINDS):
            mean, half = _mean(stored[:, k, 0])
            fit = drift.tolerance_threshold(sigmas, mean, CHANCE)
            ax.fill_between(sigmas, mean - half, mean + half, color=COLOURS[kind], alpha=0.3, lw=0)
            ax.semilogx(sigmas, fit(sigmas, CHANCE), "--", lw=1, color=COLOURS[kind])
            ax.semilogx(strengths, live[:, k, 0].mean(0), MARKERS[kind], ms=4, color=COLOURS[kind])
        ax.set(title=f"accuracy, {n} neurons")
        _strengths(ax, yardstick)
    _strengths(axes[0], yardstick, chance=False)
    plotting.label_panels(axes[:2], ("4C", "4D"))
    plotting.legend_below(fig, axes[0], ncols=3)
    return fig


def _mean(runs: Array) -> tuple[Array, Array]:
    """The mean over runs (run, σ), and half of its 90 % band."""
    return runs.mean(0), 1.645 * runs.std(0, ddof=1) / np.sqrt(len(runs))


def _strengths(ax: Axes, yardstick: float, chance: bool = True) -> None:
    """An axis of strengths: the band of the large weights, and the accuracy that chance would have."""
    if chance:
        ax.axhline(CHANCE, ls=":", color=FOREGROUND, lw=1)
    ax.axvspan(yardstick / 1.15, yardstick * 1.15, color=GREY, alpha=0.35, lw=0)
    ax.set(xlabel=r"drift $\sigma$", xticks=[0.01, 0.1, 1, 10], ylim=(0, 1.05))


def activity(rates: Mapping[str, Array], panels: Sequence[str]) -> Figure:
    """Rates (time, neuron) before and after a drift, a raster for each title."""
    fig, axes = plotting.figure(7.2, 4.6, nrows=len(rates), sharex=True)
    for ax, (title, r) in zip(axes, rates.items(), strict=True):
        extent = (0, 2 * BEFORE_DRIFT, r.shape[1], 0)
        image = ax.imshow(r.T, aspect="auto", cmap="RdBu_r", vmin=-1, vmax=1, extent=extent, interpolation="nearest")
        ax.axvline(BEFORE_DRIFT, color=FOREGROUND, ls="--")
        ax.set(ylabel="neuron", title=title)
    axes[-1].set_xlabel("time (ms)")
    fig.colorbar(image, ax=axes, shrink=0.6, label="rate")
    plotting.label_panels(axes, panels)
    return fig


def flows(networks: Mapping[str, LowRankRNN], old: Array, clouds: Mapping[str, Array], panels: Sequence[str]) -> Figure:
    """The flow of each network; with the `old` attractors and those of all draws, where there are `clouds` of them."""
    fig, axes = plotting.figure(7.8, 3.6, ncols=len(networks), sharey=True)
    for ax, (title, net) in zip(axes, networks.items(), strict=True):
        if title in clouds:
            ax.plot(*clouds[title].T, ".", ms=3, color=GREY, alpha=0.6)
            ax.plot(*old.T, "o", ms=11, mfc="none", mec=FOREGROUND)
        _landscape(ax, net, title, 15, 20)
    plotting.label_panels(axes[1:], panels)
    plotting.legend_below(fig, axes[0], ncols=3)
    return fig


def both_kinds(networks: Mapping[str, LowRankRNN]) -> Figure:
    """The flow and the fixed points of each network."""
    fig, axes = plotting.figure(6.4, 3.3, ncols=len(networks), sharey=True)
    for ax, (title, net) in zip(axes, networks.items(), strict=True):
        _landscape(ax, net, title, 13, 18)
    return fig


def _landscape(ax: Axes, network: LowRankRNN, title: str, n_points: int, scale: float) -> None:
    plotting.draw_flow(ax, dynamics.flow_field(network, -1.5, 1.5, n_points=n_points), scale=scale)
    plotting.draw_fixed_points(ax, dynamics.fixed_points(network))
    ax.set(title=title, xlim=(-1.6, 1.6), ylim=(-1.6, 1.6))
    ax.label_outer()


def every_size(sigmas: Array, accuracies: Mapping[int, Array], chosen: Sequence[int], yardstick: float) -> Figure:
    """Accuracies (kind, σ) of each size against the strength, and at the `chosen` strengths against the size."""
    fig, axes = plotting.figure(7.8, 5.6, nrows=2, ncols=3, sharey=True)
    for k, kind in enumerate(drift.DRIFT_KINDS):
        for lw, (n, of_kind) in zip(plotting.widths(len(accuracies)), accuracies.items(), strict=True):
            label = f"{n:,}".replace(",", "\u202f")
            axes[0, k].semilogx(sigmas, of_kind[k], color=COLOURS[kind], lw=lw, label=label)
        for lw, s in zip(plotting.widths(len(chosen))[::-1], chosen, strict=True):
            of_size = [of_kind[k, s] for of_kind in accuracies.values()]
            axes[1, k].semilogx(list(accuracies), of_size, MARKERS[kind] + "-", ms=2 + lw, color=COLOURS[kind], lw=lw,
                                label=f"{sigmas[s]:.2g}")  # fmt: skip
        _strengths(axes[0, k], yardstick)
        axes[0, k].set_title(kind)
        axes[1, k].set(xlabel="neurons $N$", xticks=[100, 10_000])
        axes[1, k].axhline(CHANCE, ls=":", color=FOREGROUND, lw=1)
    for ax, title in zip(axes[:, 2], ("$N$", r"$\sigma$"), strict=True):
        ax.legend(fontsize=7, title=title, title_fontsize=8, loc="center left", bbox_to_anchor=(1.0, 0.5))
    for ax in axes[:, 0]:
        ax.set_ylabel("accuracy")
    plotting.label_panels(axes[:, 0], ("4D", "4I"))
    return fig


def size_and_tolerance(
    tolerated: Mapping[str, tuple[Array, Array, Array]],
    live: Mapping[str, Array],
    limits: Mapping[str, tuple[float, tuple[float, float], float]],
    sizes: tuple[Sequence[int], Sequence[int]],
) -> Figure:
    """For each recipe, tolerances (kind, size): from all neurons, from 100, and their bands (kind, size, 2); the live ones.

    limits: of infinitely many neurons, its band, and the drift at which the memory should break. sizes: stored and live.
    """
    fig, axes = plotting.figure(7.6, 4.0, ncols=len(tolerated), sharex=True, sharey=True)
    stored, few = sizes
    wide = np.array([60.0, 6e5])
    for ax, (title, (of_all, of_hundred, bands)) in zip(axes, tolerated.items(), strict=True):
        limit, limit_band, edge = limits[title]
        for k, kind in enumerate(drift.DRIFT_KINDS):
            colour, marker = COLOURS[kind], MARKERS[kind]
            ax.fill_between(stored, bands[k, :, 0], np.minimum(bands[k, :, 1], 40), color=colour, alpha=0.2, lw=0)
            ax.loglog(stored, of_all[k], marker + "-", ms=4, color=colour, label=kind)
            if kind != "tangential":
                ax.loglog(stored, of_hundred[k], "--", lw=1.2, color=colour)
            ax.loglog(few, live[title][k], marker, ms=8, mfc="none", color=colour)
        ax.axhline(limit, ls=":", color=FOREGROUND)
        ax.axhspan(*limit_band, color=GREY, alpha=0.25, lw=0)
        ax.loglog(wide, edge * np.sqrt(wide), "-.", color=GREY)
        ax.axhline(edge, ls="-.", color=GREY)
        ax.set(title=title, xlabel="neurons $N$", ylim=(5e-3, 20), xlim=(70, 4.5e5))
    axes[0].set_ylabel(r"tolerated drift $\sigma_c$")
    plotting.label_panels(axes[:1], ("4J",))
    axes[0].plot([], [], "--", lw=1.2, color=FOREGROUND, label="from 100 neurons")
    plotting.legend_below(fig, axes[0], ncols=4)
    return fig
