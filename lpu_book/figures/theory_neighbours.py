"""Figures of the page on the LPU's neighbours."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from lpu_book import plotting
from lpu_book.plotting import FOREGROUND, PINK, VERMILLION
from lpu_core.dynamics import FlowField


def seam(switching: FlowField, smooth: FlowField) -> Figure:
    """A flow that switches at κ₁ = 0 and the LPU's beside it."""
    fig, axes = plotting.figure(6.4, 3.1, ncols=2, sharey=True)
    for ax, field, title in zip(axes, (switching, smooth), ("switching linear", "LPU, 300 neurons"), strict=True):
        plotting.draw_flow(ax, field)
        ax.axvline(0, color=PINK, lw=1)
        ax.set(title=title)
    axes[1].set(ylabel="")
    return fig


def parting(parted: Mapping[str, tuple[np.ndarray, np.ndarray]]) -> Figure:
    """Distance and bound at every ms, for each target."""
    fig, axes = plotting.figure(6.8, 2.9, ncols=2, sharey=True)
    for ax, (name, (distance, bound)) in zip(axes, parted.items(), strict=True):
        ax.semilogy(np.maximum(distance, 1e-8), color=VERMILLION, label="measured")
        ax.semilogy(np.minimum(bound[1:], 1e3), "--", color=FOREGROUND, label="bound")
        ax.set(title=name, xlabel="time (ms)", ylim=(1e-7, 30))
    axes[0].set_ylabel("distance")
    axes[1].legend(fontsize=8, loc="lower right")
    return fig
