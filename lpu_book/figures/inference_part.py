"""Figures of the companion on a part of the neurons: three estimators, K neurons, attenuation, density, instruments."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lpu_book import plotting
from lpu_book.plotting import BLUE, FOREGROUND, GREEN, GREY, PINK, VERMILLION

_LOOK = {
    "exact weights": (GREY, "s"),
    "fitted weights": (PINK, "^"),
    "regression on κ̂": (VERMILLION, "o"),
    "instrument": (BLUE, "D"),
    "with a ramp": (FOREGROUND, "v"),
    "κ itself": (GREEN, "."),
}


def _errors(ax: Axes, errors: Mapping[str, tuple[Any, Any]]) -> None:
    for name, (sizes, error) in errors.items():
        colour, marker = _LOOK[name]
        line = "--" if name == "κ itself" else "-"
        ax.loglog(sizes, error, f"{marker}{line}", ms=5, color=colour, label=name)
    ax.axhline(1, color=FOREGROUND, ls=":", lw=1)
    ax.set_xlabel(r"recorded neurons $N_\mathrm{obs}$ of 2000")


def answer(quiet: Mapping[str, tuple[Any, Any]], noisy: Mapping[str, tuple[Any, Any]], law: tuple[Any, Any]) -> Figure:
    """R.m.s. errors of the growth rate over γ, each against its sizes, without and with noise; the law of exact weights."""
    fig, axes = plotting.figure(7.2, 3.9, ncols=2, sharey=True)
    for ax, errors, title in zip(axes, (quiet, noisy), ("without noise", "noise in the currents"), strict=True):
        _errors(ax, errors)
        ax.loglog(*law, color=GREY, lw=3, alpha=0.35)
        ax.set_title(title)
    axes[0].set_ylabel(r"error of the growth rate, over $\gamma$")
    plotting.legend_below(fig, axes[1], ncols=3)
    return fig


def two_bits(true: Any, seen: Any, wells: Any, found: Any, blind: Any, blind_to: Any) -> Figure:
    """Latents (T, trials, 2) of the circuit and from two neurons and their fixed points (P, 2); a latent (S,), its guess."""
    fig, axes = plotting.figure(7.0, 3.3, ncols=2)
    axes[0].plot(true[..., 0], true[..., 1], color=GREY, lw=3, alpha=0.35)
    axes[0].plot(seen[..., 0], seen[..., 1], color=BLUE, lw=0.8)
    axes[0].plot(*wells.T, "o", ms=11, mfc="none", color=FOREGROUND, label="the circuit's")
    axes[0].plot(*found.T, "+", ms=9, mew=2, color=VERMILLION, label="from two neurons")
    axes[0].set(xlabel=r"$\kappa_1$", ylabel=r"$\kappa_2$", title="one neuron of each bit", aspect="equal")
    axes[0].legend(fontsize=9, loc="upper center", bbox_to_anchor=(0.5, -0.18), ncols=2)
    axes[1].plot(blind_to, blind, ".", ms=3, color=VERMILLION, rasterized=True)
    ends = np.array([blind_to.min(), blind_to.max()])
    axes[1].plot(ends, ends, ":", color=FOREGROUND, lw=1)
    axes[1].set(xlabel=r"$\kappa_2$", ylabel=r"best guess of $\kappa_2$", title="two neurons of one bit")
    return fig


def flattened(kappa: Any, flows: Mapping[str, Any], fitted: Any) -> Figure:
    """τ_L dκ/dt on κ (P,): by name that of the weights and that under noise, and the one that was fitted."""
    fig, ax = plotting.figure(5.2, 3.2)
    ax.axhline(0, color=GREY, lw=0.8)
    for (name, flow), colour in zip(flows.items(), (GREY, BLUE), strict=True):
        ax.plot(kappa, flow, color=colour, lw=3, alpha=0.6, label=name)
    ax.plot(kappa, fitted, color=VERMILLION, lw=1.2, label="fitted, 300 neurons")
    ax.set(xlabel=r"$\kappa$", ylabel=r"$\tau_L\,\dot\kappa$", xlim=(-1.4, 1.4), ylim=(-2, 2))
    plotting.legend_below(fig, ax, ncols=3)
    return fig


def attenuation(sizes: Any, losses: Mapping[str, Any], law: Any) -> Figure:
    """Lost growth over γ, (circuits, sizes) by name, and its law (sizes,)."""
    fig, ax = plotting.figure(5.2, 3.2)
    ax.loglog(sizes, law, color=FOREGROUND, lw=3, alpha=0.35, label="law")
    for (name, loss), colour, marker in zip(losses.items(), (VERMILLION, PINK), "o^", strict=True):
        for i, row in enumerate(loss):
            ax.loglog(sizes, row, marker, ms=5, color=colour, mfc="none", label=name if i == 0 else None)
    ax.set(xlabel=r"recorded neurons $N_\mathrm{obs}$", ylabel=r"growth lost, over $\gamma$")
    ax.legend(fontsize=9)
    return fig


def densities(shown: Mapping[str, tuple[Any, ...]]) -> Figure:
    """For each way of starting: κ̂ (P,), its density; places (B,), the flow, the law and the mean step, τ_L dκ/dt (B,)."""
    fig, axes = plotting.figure(7.0, 4.0, nrows=2, ncols=2, sharex="col", height_ratios=(1, 2.4))
    for column, (title, (fine, density, places, flow, law, steps)) in zip(axes.T, shown.items(), strict=True):
        column[0].fill_between(fine, 0, density, color=GREY, alpha=0.5, lw=0)
        column[0].set(title=title, yticks=[], ylabel="density")
        column[1].axhline(0, color=GREY, lw=0.8)
        column[1].plot(places, flow, color=FOREGROUND, ls="--", lw=1, label="flow")
        column[1].plot(places, law, color=BLUE, lw=3, alpha=0.5, label="law")
        column[1].plot(places, steps, ".", color=VERMILLION, label="mean step")
        column[1].set(xlabel=r"$\hat\kappa$", ylabel=r"$\tau_L\,\dot{\hat\kappa}$")
    plotting.legend_below(fig, axes[1, 0], ncols=3)
    return fig


def halves(sizes: Any, now: Any, past: Any, law: Any) -> Figure:
    """Excess growth over γ, (circuits, sizes), the other half and its past being instruments, and the law (sizes,)."""
    fig, ax = plotting.figure(5.2, 3.0)
    ax.axhline(0, color=GREY, lw=0.8)
    ax.plot(sizes, law, color=VERMILLION, lw=3, alpha=0.35, label="law")
    shown = ("other half, now", now, VERMILLION, "o", 0.94), ("other half, its past", past, BLUE, "D", 1.06)
    for name, excess, colour, marker, shift in shown:
        error = excess.std(0, ddof=1) / np.sqrt(len(excess))
        ax.errorbar(np.array(sizes) * shift, excess.mean(0), 2 * error, fmt=marker, ms=5, color=colour, label=name)
    ax.set(xscale="log", xlabel=r"recorded neurons $N_\mathrm{obs}$", ylabel=r"excess growth, over $\gamma$")
    ax.set_xticks(sizes, [f"{n}" for n in sizes])
    ax.minorticks_off()
    plotting.legend_below(fig, ax, ncols=3)
    return fig


def scaling(
    sizes: Any, added: Mapping[int, Any], laws: Mapping[int, Any], no_ends: Any, seconds: Any, errors: Any
) -> Figure:
    """What noise in κ̂ adds, by R against the sizes, with the laws and that without ends; and against the length."""
    fig, axes = plotting.figure(7.0, 3.2, ncols=2)
    for (ramp, error), colour, marker in zip(added.items(), (VERMILLION, BLUE), "oD", strict=True):
        axes[0].loglog(sizes, laws[ramp], color=colour, lw=3, alpha=0.35)
        axes[0].loglog(sizes, error, marker, ms=5, color=colour, label=f"R = {ramp}")
    axes[0].loglog(sizes, no_ends, ":", color=FOREGROUND, lw=1, label="without ends")
    axes[0].set(xlabel=r"recorded neurons $N_\mathrm{obs}$", ylabel=r"s.d. added, over $\gamma$", title="how many neurons")
    axes[0].legend(fontsize=9)
    axes[1].loglog(seconds, errors, "o", ms=6, color=VERMILLION)
    axes[1].loglog(seconds, errors[0] * np.sqrt(seconds[0] / np.array(seconds)), color=GREY, lw=1)
    axes[1].set_xticks(seconds, [f"{s:g}" for s in seconds])
    axes[1].set_yticks([0.2, 0.5, 1], ["0.2", "0.5", "1"])
    axes[1].minorticks_off()
    axes[1].set(xlabel="length of the recording (s)", ylabel=r"s.d. added, over $\gamma$", title="how long, 30 neurons")
    return fig


def fitted_flows(kappa: Any, true: Any, naive: Any, found: Any) -> Figure:
    """τ_L dκ/dt on κ (P,) of the circuits (circuits, P), by regression and with an instrument."""
    fig, axes = plotting.figure(7.0, 3.2, ncols=2, sharey=True)
    for ax, flows, title in zip(axes, (naive, found), ("regression on κ̂", "instrument"), strict=True):
        ax.axhline(0, color=GREY, lw=0.8)
        ax.plot(kappa, flows.T, color=_LOOK[title][0], lw=1)
        ax.plot(kappa, true.mean(0), color=FOREGROUND, lw=3, alpha=0.35)
        ax.set(xlabel=r"$\kappa$", title=title, xlim=(-1.4, 1.4), ylim=(-2.5, 2.5))
    axes[0].set_ylabel(r"$\tau_L\,\dot\kappa$")
    return fig


def fixed_points(shares: Mapping[str, tuple[Any, Any]], errors: Mapping[str, tuple[Any, Any]]) -> Figure:
    """The share of flows with two wells and a hill, and the r.m.s. error of the wells where there are, against the sizes."""
    fig, axes = plotting.figure(7.0, 3.6, ncols=2)
    for name, (sizes, share) in shares.items():
        colour, marker = _LOOK[name]
        axes[0].semilogx(sizes, share, f"{marker}-", ms=5, color=colour, label=name)
    axes[0].set(ylim=(-0.05, 1.05), xlabel=r"$N_\mathrm{obs}$", ylabel="share", title="two wells and a hill")
    for name, (sizes, error) in errors.items():
        colour, marker = _LOOK[name]
        axes[1].loglog(sizes, error, f"{marker}-", ms=5, color=colour)
    axes[1].set(xlabel=r"$N_\mathrm{obs}$", ylabel=r"error of the wells (they are at $\pm 1$)", title="where the wells are")
    plotting.legend_below(fig, axes[0], ncols=3)
    return fig
