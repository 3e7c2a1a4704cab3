"""Figures of the spiking chapter: rasters and latents, shot noise, the life of a bit, f–I curves, fast and slow synapses."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lpu_book import plotting
from lpu_book.plotting import BLUE, FOREGROUND, GREEN, GREY, PINK, VERMILLION

_SECONDS = (0.2, 0.5, 1, 2, 5)


def _raster(ax: Axes, ms: Any, spikes: Any) -> None:
    """One dot for each step (T,) in which a neuron fired, spikes (T, N)."""
    step, neuron = np.nonzero(spikes)
    ax.plot(np.asarray(ms)[step], neuron, ".", ms=1.2, color=BLUE, rasterized=True)  # a bitmap: no colour of the page
    ax.set(ylabel="neuron", ylim=(spikes.shape[1], -1))


def flip_flop(ms: Any, spikes: Any, latents: Any, alone: Any, pulses: Any) -> Figure:
    """Spikes (T, N) above, the two latents in spikes and of the rate network, (T, 2), below, with the pulses (T, 2)."""
    fig, axes = plotting.figure(7.0, 4.2, nrows=3, sharex=True, height_ratios=(2, 1, 1))
    _raster(axes[0], ms, spikes)
    for k, ax in enumerate(axes[1:]):
        ax.fill_between(ms, 0, pulses[:, k], step="mid", color=GREY, alpha=0.5, lw=0, label="pulse")
        ax.plot(ms, alone[:, k], color=BLUE, lw=3.5, alpha=0.7, label="rates")
        ax.plot(ms, latents[:, k], color=VERMILLION, lw=1.1, label="spikes")
        ax.set(ylabel=rf"$\kappa_{k + 1}$", ylim=(-3, 3))
    axes[2].set_xlabel("time (s)")
    plotting.legend_below(fig, axes[1], ncols=3)
    return fig


def chance(kappa: Any, flow: Any, step: Any, error: Any, noise: Any, drawn: Any) -> Figure:
    """The mean step of κ in spikes (points, s.e.) on the flow, and its variance on the law of shot noise."""
    fig, axes = plotting.figure(6.8, 2.9, ncols=2)
    axes[0].axhline(0, color=GREY, lw=0.8)
    axes[0].plot(kappa, flow, color=BLUE, lw=3, alpha=0.7, label="rate equation")
    axes[0].errorbar(kappa, step, 2 * error, fmt=".", color=VERMILLION, label="spikes, mean")
    axes[0].set(xlabel=r"$\kappa$", ylabel=r"$\dot\kappa$ (per ms)", title="drift")
    axes[1].plot(kappa, noise, color=BLUE, lw=3, alpha=0.7, label="law")
    axes[1].plot(kappa, drawn, ".", color=VERMILLION, label="spikes, variance")
    axes[1].set(xlabel=r"$\kappa$", ylabel="variance per ms", title="shot noise", ylim=(0, None))
    for ax in axes:
        ax.legend(fontsize=9)
    return fig


def lives(hills: Any, times: Any, law: Any, design: Any) -> Figure:
    """Lives of a bit (circuits, hills): simulated, of each circuit's own flow and noise, and of the design's."""
    fig, axes = plotting.figure(7.0, 3.2, ncols=2)
    colours = (BLUE, VERMILLION, GREEN, PINK, GREY)
    for own, time, lived, colour in zip(hills, times, law, colours, strict=False):
        axes[0].semilogy(own, lived / 1000, color=colour)
        axes[0].semilogy(own, time / 1000, "o", color=colour)
    axes[0].set(xlabel="height of the hill $h$", ylabel="life of a bit (s)", title="its own hill")
    axes[0].set_yticks(_SECONDS, [f"{t:g}" for t in _SECONDS])
    axes[0].minorticks_off()
    axes[1].loglog(law.ravel() / 1000, times.ravel() / 1000, "o", color=BLUE, label="by its own flow")
    axes[1].loglog(design.ravel() / 1000, times.ravel() / 1000, "x", color=VERMILLION, label="by the design's")
    ends = np.array([times.min() / 2000, times.max() / 500])
    axes[1].loglog(ends, ends, ":", color=FOREGROUND, lw=1)
    axes[1].set(xlabel="predicted (s)", ylabel="simulated (s)", title="prediction")
    axes[1].set_yticks(_SECONDS, [f"{t:g}" for t in _SECONDS])
    axes[1].minorticks_off()
    axes[1].legend(fontsize=9)
    return fig


def curve(current: Any, rate: Any, counted: Any, potential: tuple[Any, Any]) -> Figure:
    """The membrane potential of one neuron, (ms, v), and the f–I curve with counted spikes, per second."""
    fig, axes = plotting.figure(6.8, 2.7, ncols=2)
    axes[0].plot(*potential, color=FOREGROUND, lw=1)
    axes[0].axhline(1, color=GREY, ls=":")
    axes[0].set(xlabel="time (ms)", ylabel="potential $v$", title="one neuron")
    axes[1].plot(current, rate, color=BLUE, lw=3, alpha=0.7, label="closed form")
    axes[1].plot(current, counted, ".", color=VERMILLION, label="counted")
    axes[1].set(xlabel="current $x$", ylabel="spikes per second", title="f–I curve")
    axes[1].legend(fontsize=9)
    return fig


def closing(ratios: Any, errors: Mapping[int, Any]) -> Figure:
    """How far spikes stray from the rates against τ_s/τ_m, by the number of neurons."""
    fig, ax = plotting.figure(5.4, 3.2)
    for (n, error), colour, marker in zip(errors.items(), (GREEN, BLUE, VERMILLION), "so^", strict=True):
        ax.loglog(ratios, error, f"{marker}-", color=colour, label=f"{n} neurons")
    ax.set(xlabel=r"$\tau_s/\tau_m$", ylabel="spikes − rates (r.m.s. of κ)")
    ax.set_xticks(ratios, [f"{ratio:g}" for ratio in ratios])
    ax.set_yticks([0.03, 0.1, 0.3], ["0.03", "0.1", "0.3"])
    ax.minorticks_off()
    ax.legend()
    return fig


def settling(spikes: Any, rates: Any) -> Figure:
    """κ from all starts in steps of 5 ms, (T, starts), in spikes and in rates."""
    fig, ax = plotting.figure(5.4, 3.2)
    time = np.arange(1, len(spikes) + 1) * 0.005
    ax.plot(time, rates, color=BLUE, lw=3, alpha=0.7)
    ax.plot(time, spikes, color=VERMILLION, lw=0.9)
    for state in (-1, 1):
        ax.axhline(state, color=GREY, ls=":")
    ax.set(xlabel="time (s)", ylabel=r"$\kappa$", ylim=(-2, 2))
    return fig
