"""Figures of the page on recordings: what a preference does to a rebuild, and how many neurons it takes."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from lpu_book import plotting
from lpu_book.plotting import BLUE, FOREGROUND, GREEN, GREY, PINK, VERMILLION


def biased(m: Any, n: Any, loud: Any, kappa: Any, flows: Mapping[str, Any], rates: Mapping[float, Any], law: Any) -> Figure:
    """Weights and who is found; flow maps of circuit, random and active part; rates by the preference a, and their law."""
    fig, axes = plotting.figure(7.2, 3.0, ncols=3)
    axes[0].plot(m[~loud], n[~loud], ".", ms=2.5, color=GREY)
    axes[0].plot(m[loud], n[loud], ".", ms=4, color=PINK)
    axes[0].set(xlabel="$m$", ylabel="$n$", title="who is found")
    for (name, flow), colour, width in zip(flows.items(), (VERMILLION, GREEN, PINK), (3, 1.6, 1.6), strict=True):
        axes[1].plot(kappa, flow, color=colour, lw=width, label=name)
    axes[1].set(xlabel=r"$\kappa$", ylabel=r"$\dot\kappa$ (per s)", ylim=(-3, 3), title="rebuilt flow")
    axes[1].legend(fontsize=8, handlelength=1)
    for a, found in rates.items():
        axes[2].plot(np.full(len(found), a), found, ".", ms=5, color=PINK if a else BLUE)
    axes[2].plot(list(rates), law, color=FOREGROUND, lw=1.2)
    axes[2].set(xlabel="preference $a$", ylabel=r"$\hat\gamma_\mathrm{obs}/\gamma$", title="a mild bias")
    return fig


def to_record(ratios: Any, needed: Mapping[float, tuple[Any, Any]], n_neurons: int) -> Figure:
    """Neurons to record against τ_L/τ, from an endless circuit and from one of `n_neurons`, by the error wanted."""
    fig, ax = plotting.figure(5.6, 3.6)
    for (wanted, (endless, finite)), colour in zip(needed.items(), (VERMILLION, PINK, BLUE), strict=True):
        ax.loglog(ratios, endless, "--", color=colour, lw=1.1)
        ax.loglog(ratios, finite, color=colour, label=f"{100 * wanted:g} %")
    ax.axhline(n_neurons, color=GREY, ls=":")
    ax.set(xlabel=r"latent timescale $\tau_L/\tau$", ylabel=r"neurons to record $N_\mathrm{obs}$", ylim=(20, 3e9))
    ax.legend(title="error", loc="upper left")
    return fig
