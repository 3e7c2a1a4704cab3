"""Figures of the page on memories: how many index units find, and what a network completes."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from lpu_book import plotting
from lpu_book.plotting import BLUE, FOREGROUND, GREEN, GREY, PINK, VERMILLION
from lpu_core.dynamics import FixedPoints, FlowField

_FROM_CUES = {4: GREY, 8: PINK, 16: BLUE}  # latents
_OF_CODES = {2: GREY, 6: PINK, 16: BLUE, 32: GREEN}


def capacity(simulated: Mapping[Any, float], law: Mapping[Any, Any], stored: Any, dims: Any, logs: Mapping[Any, Any],
             units: tuple[int, Any, Mapping[int, Any], Mapping[int, Any]]) -> Figure:  # fmt: skip
    """Recall by (scaled, D, P), its law at the numbers `stored` by (scaled, D), log capacities by (SNR, scaled).

    units: how many, the numbers of episodes, and the shares that they recall and those of theory, by latents.
    """
    fig, axes = plotting.figure(7.4, 3.4, ncols=3)
    for (scaled, d), curve in law.items():
        label = f"{d} latents" if scaled else None
        axes[0].semilogx(stored, curve, "-" if scaled else "--", color=_FROM_CUES[d], lw=1.4, label=label)
    for (scaled, d, p), share in simulated.items():
        axes[0].plot(p, share, "o" if scaled else "s", ms=4, color=_FROM_CUES[d])
    axes[0].set(title="the law", xlabel="episodes $P$", ylabel="recalled", ylim=(0, 1.03))
    for snr, colour in ((0.25, GREY), (1.0, GREEN), (4.0, VERMILLION)):
        plotting.draw_capacity(axes[1], dims, logs[snr, True], snr, colour)
        axes[1].plot(dims, logs[snr, False] / np.log(10), "s--", ms=3, lw=1, color=colour)
    axes[1].set(title="capacity", xlabel="latents $D$", ylabel="episodes at half recall")
    axes[1].set_yticks([0, 10, 20], ["1", "$10^{10}$", "$10^{20}$"])
    n_units, counts, recalled, theory = units
    axes[2].axvline(n_units, color=GREY, lw=3, alpha=0.5)
    for d, colour in zip(recalled, (GREEN, GREY, PINK, BLUE), strict=True):
        axes[2].loglog(counts, theory[d], color=colour, label=f"{d} latents")
        axes[2].loglog(counts, recalled[d], "o", ms=4, color=colour)
    axes[2].set(title=f"{n_units} units", xlabel="episodes $P$", ylabel="recalled")
    axes[2].set_yticks([0.01, 0.1, 1], ["1 %", "10 %", "100 %"])
    for ax, place in zip(axes, ("lower left", "best", "lower left"), strict=True):
        ax.legend(fontsize=8, loc=place)
    return fig


def cross(rows: Any, shares: Mapping[tuple[int, str], Any], counts: Any, own: Mapping[int, Any]) -> Figure:
    """Shares of right names against hidden rows, by latents and kind of unit; of own episodes found, by latents."""
    fig, axes = plotting.figure(7.2, 3.3, ncols=2)
    for (d, kind), found in shares.items():
        line, label = ("o-", f"{d} latents") if kind == "episodes" else ("s--", None)
        axes[0].plot(rows, found, line, ms=4, color=_OF_CODES[d], label=label)
    axes[0].axhline(0.1, color=FOREGROUND, ls=":", lw=1)
    axes[0].set(title="right name", xlabel="hidden rows of 8", ylabel="share of unseen images", ylim=(0, 1.03))
    for d, found in own.items():
        axes[1].semilogx(counts, found, "o-", ms=4, color=_OF_CODES[d], label=f"{d} latents")
    axes[1].set(title="own episode, half hidden", xlabel="episodes stored", ylabel="recalled", ylim=(0, 1.03))
    for ax in axes:
        ax.legend(fontsize=8)
    return fig


def completed(cue: Any, picture: Any, sound: Any, right: Any, name: int) -> Figure:
    """A cue and the image recalled, (64,) each; the sound recalled beside the right one, (72,) each, and its name."""
    fig, axes = plotting.figure(6.8, 2.3, ncols=3, width_ratios=[1, 1, 1.8])
    for ax, image, title in zip(axes, (cue, picture), ("cue", "recalled image"), strict=False):
        ax.imshow(image.reshape(8, 8), cmap="gray_r", vmin=0, vmax=1)
        ax.set(title=title, xticks=[], yticks=[])
    for i in range(3):
        part = slice(24 * i, 24 * i + 24)
        axes[2].plot(sound[part] + 1.6 * (2 - i), color=BLUE)
        axes[2].plot(right[part] + 1.6 * (2 - i), "--", color=GREY, lw=1)
    axes[2].set(title=f"recalled sound: name {name}", xlabel="frequency band", yticks=[])
    return fig


def completion(times: Any, errors: Mapping[str, Any], once: float, silenced: Any, regained: Any) -> Figure:
    """Errors over time, (times, draws), of the network and the autoencoder, and once; the shares regained."""
    fig, axes = plotting.figure(7.2, 3.3, ncols=2)
    for (label, values), colour in zip(errors.items(), (BLUE, GREY), strict=True):
        low, middle, high = np.maximum(np.quantile(values, [0.25, 0.5, 0.75], axis=1), 1e-4)
        axes[0].fill_between(times, low, high, color=colour, alpha=0.25, lw=0)
        axes[0].semilogy(times, middle, color=colour, label=label)
    axes[0].axhline(once, color=VERMILLION, ls="--", label="static decoder")
    axes[0].set(title="half silenced", xlabel="time (ms), or 5 × passes", ylabel="relative error", ylim=(1e-4, 3))
    axes[0].legend(fontsize=8, loc="lower left")
    axes[1].plot(silenced, regained, "o-", color=BLUE)
    axes[1].set(title="regained", xlabel="share of neurons silenced", ylabel="share of draws", ylim=(0, 1.03))
    return fig


def thrown(field: FlowField, fixed: FixedPoints, paths: Any) -> Figure:
    """The flow, its fixed points, and paths of κ, (steps, memories, draws, 2), one colour a memory."""
    fig, ax = plotting.figure(4.6, 4.0)
    plotting.draw_flow(ax, field)
    for memory, colour in enumerate((BLUE, GREEN, PINK, GREY)):
        ax.plot(*paths[:, memory].transpose(2, 0, 1), color=colour, lw=0.9)
        ax.plot(*paths[0, memory].T, "o", ms=4, color=colour)
    plotting.draw_fixed_points(ax, fixed)
    ax.set(xlim=(-1.3, 1.3), ylim=(-1.3, 1.3))
    return fig
