"""Figures of the page on the precision of slow circuits."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from scipy.stats import norm

from lpu_book import plotting
from lpu_book.plotting import BLUE, FOREGROUND, GREEN, GREY, PINK, VERMILLION


def amplified(
    kappa: np.ndarray,
    exact: Mapping[float, np.ndarray],
    blown_up: Mapping[float, np.ndarray],
    flow: np.ndarray,
    times: np.ndarray,
    predicted: Mapping[int, np.ndarray],
    fitted: Mapping[int, np.ndarray],
) -> Figure:
    """Maps minus the identity by τ_LPU, exact and of small LPUs, along κ₁ with F; errors against τ_LPU by size."""
    fig, axes = plotting.figure(7.2, 3.0, ncols=3)
    for t, colour in zip(exact, (BLUE, GREEN, VERMILLION), strict=True):
        axes[0].plot(kappa, exact[t], color=colour, label=f"{t:g} ms")
        axes[1].plot(kappa, blown_up[t], color=colour, lw=1.2)
    axes[1].plot(kappa, flow, color=GREY, lw=5, alpha=0.4, zorder=0)
    for n, colour in zip(predicted, (PINK, GREY, FOREGROUND), strict=True):
        axes[2].loglog(times, predicted[n], color=colour, label=f"{n}")
        axes[2].loglog(list(exact), fitted[n], "x", color=colour, ms=7, mew=1.8)
    axes[0].set(title="map − identity", xlabel=r"$\kappa_1$", ylabel=r"$H_2 - \kappa_2$")
    axes[1].set(title="blown up", xlabel=r"$\kappa_1$", ylabel=r"$(H_2 - \kappa_2)\,\tau_\mathrm{LPU}/\tau$")
    axes[2].set(title="error", xlabel=r"$\tau_\mathrm{LPU}$ (ms)", ylabel="relative flow error")
    axes[2].set_xticks([1, 10, 100, 1000, 10000])
    axes[2].legend(title="neurons", fontsize=8, title_fontsize=8, handlelength=1)
    axes[0].legend(fontsize=8, handlelength=1, loc="lower center", title=r"$\tau_\mathrm{LPU}$", title_fontsize=8)
    return fig


def second(
    rates: np.ndarray,
    spread: float,
    n_axis: np.ndarray,
    predicted: Mapping[float, np.ndarray],
    enough: Mapping[float, float],
    sizes: Sequence[int],
    shares: np.ndarray,
    errors: np.ndarray,
) -> Figure:
    """Growth rates per s with their law (mean 1), and the share of bistable draws against N: by ρ, and drawn."""
    fig, axes = plotting.figure(6.8, 3.0, ncols=2)
    bins, x = np.linspace(-5, 7, 25), np.linspace(-5, 7, 121)
    for part, colour in ((rates[rates <= 0], GREY), (rates[rates > 0], BLUE)):
        axes[0].hist(part, bins, color=colour, alpha=0.6, lw=0)
    axes[0].plot(x, len(rates) * (bins[1] - bins[0]) * norm.pdf(x, 1, spread), color=VERMILLION)
    axes[0].axvline(0, color=FOREGROUND, lw=0.8)
    axes[0].set(xlabel=r"growth rate $\hat\gamma$ (per s)", ylabel="networks", title=r"$10^6$ neurons")
    for (rho, law), colour, style in zip(predicted.items(), (VERMILLION, PINK), ("-", "--"), strict=True):
        axes[1].semilogx(n_axis, law, style, color=colour, label=rf"$\rho$ = {rho:g}")
    axes[1].plot(list(enough.values()), list(enough), "D", ms=6, color=VERMILLION, markeredgecolor=FOREGROUND)
    axes[1].errorbar(sizes, shares, errors, fmt="o", ms=4, color=BLUE, label="draws")
    axes[1].set(xlabel="neurons $N$", ylabel="share of bistable draws", ylim=(0.45, 1.02), title=r"$\tau_L/\tau$ = 1000")
    axes[1].legend(fontsize=9)
    return fig


def one_knob(
    kappa: np.ndarray, flows: np.ndarray, target: np.ndarray, pitchforks: Mapping[float, tuple[np.ndarray, np.ndarray]]
) -> Figure:
    """Flow maps per s of networks whose gain was set, and attractors against the error of the gain (%), by τ."""
    fig, axes = plotting.figure(6.8, 3.1, ncols=2)
    axes[0].plot(kappa, flows[1:].T, color=FOREGROUND, lw=0.5, alpha=0.6)
    axes[0].plot(kappa, flows[0], color=FOREGROUND, lw=0.5, alpha=0.6, label=f"{len(flows)} draws")
    axes[0].plot(kappa, target, color=VERMILLION, lw=2.2, label="target")
    axes[0].set(xlabel=r"$\kappa$", ylabel=r"$\dot\kappa$ (per s)", title=r"$10^3$ neurons, gain set")
    axes[0].legend(fontsize=8, handlelength=1)
    for (tau, (detuning, upper)), colour in zip(pitchforks.items(), (VERMILLION, BLUE), strict=True):
        axes[1].plot(detuning, upper, color=colour, label=rf"$\tau$ = {tau:g} ms")
        axes[1].plot(detuning, -upper, color=colour)
        axes[1].plot(detuning[0], 0, "o", ms=5, color=colour, markeredgecolor=FOREGROUND, zorder=5)
    for ax in axes:
        ax.axhline(0, color=GREY, lw=0.8)
    axes[1].axvline(0, color=GREY, lw=0.8)
    axes[1].set(xlabel="gain off by (%)", ylabel=r"attractors $\pm\kappa^*$", xlim=(-2, 2), title="how finely?")
    axes[1].legend(fontsize=8, handlelength=1, loc="upper left")
    return fig
