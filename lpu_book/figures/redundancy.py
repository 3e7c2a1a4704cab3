"""Figures of the chapter on redundancy."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from lpu_book import plotting
from lpu_book.plotting import BLUE, FOREGROUND, GREEN, GREY, PINK, VERMILLION
from lpu_core.check import Array


def tuned_without_a_voice(tuning: Array, influence: Array, is_redundant: Array) -> Figure:
    """How far a pulse to each neuron moves κ against how far its rate varies over the attractors."""
    fig, ax = plotting.figure(5.4, 3.2)
    for which, colour, marker, label in (
        (~is_redundant, GREEN, "o", "coding: $m$ and $n$"),
        (is_redundant, VERMILLION, "s", "redundant: $m$ alone"),
    ):
        ax.plot(tuning[which], influence[which], marker, ms=5, color=colour, alpha=0.8, label=label)
    ax.set(xlabel="tuning: range of the rate over the attractors", ylabel=r"influence: $\Delta\kappa$ by a pulse")
    plotting.legend_below(fig, ax, ncols=2)
    return fig


def lemma_3(law: Array, fading: Array, gaps: Mapping[str, Array], dt: float) -> Figure:
    """How the difference of two copies fades, by law and measured, and how far their latents part in each case."""
    fig, axes = plotting.figure(7.2, 3.4, ncols=2)
    t = dt * np.arange(1, 61)
    axes[0].semilogy(t, law[:60], color=GREY, lw=4, alpha=0.5, label=r"$(1-\alpha)^t$")
    axes[0].semilogy(t, fading[:60], "o", ms=3, color=BLUE, label="measured")
    axes[0].set(title="rates", xlabel="time (ms)", ylabel=r"$\|\delta(t)\|/\|\delta(0)\|$", ylim=(1e-17, 3))
    axes[0].legend(fontsize=8)
    for (name, values), colour in zip(gaps.items(), (BLUE, VERMILLION, GREEN, PINK), strict=True):
        axes[1].semilogy(dt * np.arange(1, len(values) + 1), np.maximum(values, 1e-18), color=colour, label=name)
    axes[1].set(title="latents", xlabel="time (ms)", ylabel=r"difference in $\kappa$", ylim=(1e-18, 100))
    plotting.legend_below(fig, axes[1], ncols=4)
    return fig


def directions(values: Mapping[str, Array]) -> Figure:
    """The first 30 singular values of the responses to nudges, of each network."""
    fig, ax = plotting.figure(5.4, 3.0)
    for (name, v), colour, marker in zip(values.items(), (BLUE, PINK), "os", strict=True):
        ax.semilogy(np.arange(1, 31), np.maximum(v[:30], 1e-16), marker, ms=4, color=colour, label=name)
    ax.set(xlabel="direction of activity", ylabel="response (largest = 1)")
    ax.legend(fontsize=8)
    return fig


def two_populations() -> Figure:
    """Coding neurons hear κ and drive it; redundant ones hear it."""
    fig, ax = plotting.canvas(6.4, 2.7, (11, 4.6))
    plotting.box(ax, 4.7, 1.6, 1.6, 1.2, r"$\kappa$")
    for y in (1.0, 2.2, 3.4):
        shift = 0.15 * (y - 2.2)
        ax.plot(1.5, y, "o", ms=15, color=GREEN, markeredgecolor=FOREGROUND)
        ax.plot(9.5, y, "o", ms=15, color=VERMILLION, markeredgecolor=FOREGROUND)
        plotting.arrow(ax, (1.9, y + 0.12), (4.55, 2.3 + shift), colour=GREEN, bend=-0.1)
        plotting.arrow(ax, (4.55, 2.0 + shift), (1.9, y - 0.12), colour=GREY, bend=-0.1)
        plotting.arrow(ax, (6.45, 2.2 + shift), (9.1, y), colour=GREY)
    ax.text(3.1, 3.65, "$n$: drive", ha="center", color=GREEN)
    ax.text(3.1, 0.75, "$m$: hear", ha="center", color=FOREGROUND)
    ax.text(7.9, 3.35, "$m$: hear", ha="center", color=FOREGROUND)
    ax.text(1.5, 0.1, "coding neurons", ha="center")
    ax.text(9.5, 0.1, "redundant neurons", ha="center")
    return fig


def who_projects_to_whom(structured: Array, mixed: Array) -> Figure:
    """The weights of 100 coding and 100 redundant neurons, without and with random connections."""
    fig, axes = plotting.figure(7.0, 3.7, ncols=2, sharey=True)
    limit = 3 * mixed.std()
    for ax, weights, title in ((axes[0], structured, "structured"), (axes[1], mixed, "with random connections")):
        image = ax.imshow(weights, cmap="RdBu_r", vmin=-limit, vmax=limit, interpolation="nearest")
        for top, colour in ((1, GREEN), (101, VERMILLION)):
            ax.add_patch(Rectangle((1, top), 97, 97, fill=False, edgecolor=colour, lw=2.5))
        ax.set(title=title, xlabel="from neuron", xticks=[0, 100, 200], yticks=[0, 100, 200])
    axes[0].set_ylabel("to neuron")
    fig.colorbar(image, ax=axes, shrink=0.75, label="weight")
    return fig


def two_fates(t: Array, runs: Mapping[str, tuple[Array, Array, float]]) -> Figure:
    """κ after a pulse to coding and one to redundant neurons, (T, 2, 2), as read from the latter, and bit 2 at the start."""
    fig, axes = plotting.figure(7.2, 6.4, nrows=len(runs), ncols=2, sharex=True, sharey="row")
    for row, (name, (latents, read, start)) in zip(axes, runs.items(), strict=True):
        for column, ax in enumerate(row):
            ax.axvspan(500, 600 if column else 512, color=GREY, alpha=0.35, lw=0)
            ax.plot(t, start * np.where((t > 500) & (column == 0), -1, 1), ":", color=FOREGROUND, lw=1.2, label="ideal")
            ax.plot(t, latents[:, column, 0], color=GREY, lw=1.2, label="bit 1, from coding neurons")
            _second_bit(ax, t, latents[:, column], read[:, column])
        row[0].set_ylabel(name, fontsize=9)
        row[0].set_ylim(-3, 2.5)
    axes[0, 0].set_title("pulse to coding", fontsize=11)
    axes[0, 1].set_title("pulses to redundant", fontsize=11)
    for ax in axes[-1]:
        ax.set_xlabel("time (ms)")
    plotting.legend_below(fig, axes[0, 0], ncols=2)
    return fig


def at_strength(t: Array, latents: Array, read: Array) -> Figure:
    """Bit 2 after a pulse to coding and one to redundant neurons, (T, 2, 2), and as read from the latter."""
    fig, axes = plotting.figure(6.4, 2.7, ncols=2, sharey=True)
    for column, (ax, title) in enumerate(zip(axes, ("5 ms to tuned coding", "100 ms to redundant"), strict=True)):
        _second_bit(ax, t, latents[:, column], read[:, column])
        ax.set(title=title, xlabel="time (ms)", ylim=(-2.6, 2.2), xlim=(400, 800))
    axes[0].set_ylabel("bit 2")
    return fig


def _second_bit(ax: Axes, t: Array, latents: Array, read: Array) -> None:
    ax.plot(t, read[:, 1], color=VERMILLION, lw=1.4, label="bit 2, from redundant neurons")
    ax.plot(t, latents[:, 1], color=GREEN, lw=1.8, label="bit 2, from coding neurons")


def many_draws(heights: Array, held: Mapping[str, int], hits: Mapping[str, Mapping[str, Array]]) -> Figure:
    """In each kind of network, how many of the draws that `held` met each of three fates, by height."""
    fig, axes = plotting.figure(7.2, 3.4, ncols=len(hits), sharey=True)
    for ax, (kind, fates) in zip(axes, hits.items(), strict=True):
        for (name, n), marker, colour in zip(fates.items(), "s^D", (VERMILLION, BLUE, FOREGROUND), strict=True):
            plotting.draw_shares(ax, heights, n, [held[kind]] * len(heights), marker, colour, name)
        ax.set(title=kind, xlabel="pulse height", xscale="log", ylim=(-0.03, 1.03))
    axes[0].set_ylabel("share of draws")
    plotting.legend_below(fig, axes[0], ncols=3)
    return fig
