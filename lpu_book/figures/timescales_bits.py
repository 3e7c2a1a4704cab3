"""Figures of the page on drawn and shaken bits."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from lpu_book import plotting
from lpu_book.plotting import BLUE, FOREGROUND, GREEN, GREY, VERMILLION
from lpu_core.dynamics import FixedPoints, FlowField


def rings(shown: Mapping[str, tuple[FlowField, np.ndarray, FixedPoints]]) -> Figure:
    """Flow, trajectories (T, trials, 2) and fixed points of two networks by their names."""
    fig, axes = plotting.figure(6.8, 4.2, ncols=2, sharey=True)
    for ax, (title, (field, paths, fixed)) in zip(axes, shown.items(), strict=True):
        plotting.draw_flow(ax, field)
        ax.plot(paths[..., 0], paths[..., 1], color=GREEN, lw=0.9)
        plotting.draw_fixed_points(ax, fixed)
        ax.set_title(title)
    axes[1].set_ylabel("")
    plotting.legend_below(fig, axes[0])
    return fig


def life(law: np.ndarray, mean_stay: np.ndarray, middle: Mapping[str, np.ndarray], stays: np.ndarray, life: float) -> Figure:
    """Mean stays against the law's lives, all in ms; the middle circuit against N; its stays and the law's life of them."""
    fig, axes = plotting.figure(7.4, 3.1, ncols=3)
    span = np.array([law.min(), law.max()]) / 1000
    axes[0].loglog(span, span, color=GREY, lw=1)
    axes[0].loglog(law / 1000, mean_stay / 1000, "o", color=BLUE, ms=5)
    axes[0].set(title="all circuits", xlabel="life by the law (s)", ylabel="mean stay (s)")
    axes[0].set_xticks([1, 3, 10], ["1", "3", "10"])
    axes[0].set_yticks([1, 3, 10], ["1", "3", "10"])
    axes[0].minorticks_off()
    axes[1].semilogy(middle["neurons"], middle["law"] / 1000, color=FOREGROUND, label="law")
    axes[1].semilogy(middle["neurons"], middle["Kramers"] / 1000, "--", color=GREY, label="Kramers")
    axes[1].semilogy(middle["watched"], middle["simulated"] / 1000, "o", color=VERMILLION, label="simulated")
    axes[1].set(title="the middle one", xlabel="neurons", ylabel="life (s)", xticks=middle["neurons"])
    axes[1].legend(fontsize=8)
    stay = np.sort(stays) / 1000
    axes[2].semilogy(stay, 1 - np.arange(len(stay)) / len(stay), color=VERMILLION, label="simulated")
    axes[2].semilogy(stay, np.exp(-stay * 1000 / life), "--", color=FOREGROUND, label="law")
    axes[2].set(title="its stays, 20 neurons", xlabel="time (s)", ylabel="share that lasts longer", ylim=(1e-2, 1.2))
    axes[2].legend(fontsize=8)
    return fig
