"""Figures of the chapter on engrams: what a number of latents limits."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from lpu_book import plotting
from lpu_book.plotting import BLUE, FOREGROUND, GREEN, GREY, PINK, VERMILLION
from lpu_core.engrams import MANIFOLDS


def two_limits(angles: Any, gaps: Any, dims: Any, capacities: Mapping[float, Any]) -> Figure:
    """Codes that half a turn reverses, gaps (curves, angles); and log memories of D latents, by the SNR of each."""
    fig, axes = plotting.figure(7.2, 3.1, ncols=2)
    axes[0].plot(angles, gaps.T, color=BLUE, lw=1.2)
    axes[0].axhline(0, color=FOREGROUND, lw=1)
    axes[0].set(title="one latent around a circle", xlabel="angle (rad)", ylabel="code less its opposite's")
    axes[0].set_xticks([0, np.pi / 2, np.pi], ["0", "π/2", "π"])
    for (snr, logs), colour in zip(capacities.items(), (GREY, GREEN, VERMILLION), strict=True):
        plotting.draw_capacity(axes[1], dims, logs, snr, colour)
    axes[1].set(title="memories", xlabel="latents $D$", ylabel="memories at half recall")
    axes[1].set_yticks([0, 10, 20], ["1", "$10^{10}$", "$10^{20}$"])
    axes[1].legend(fontsize=9)
    return fig


def pieces() -> Figure:
    """The note's circuit: two autoencoders, a comparator and an index unit."""
    fig, ax = plotting.canvas(7.2, 3.3, (12, 5.5))
    for y, name in ((3.4, "sight"), (0.6, "sound")):
        plotting.box(ax, 0.3, y, 1.5, 1.2, f"{name}\n$x$")
        plotting.box(ax, 2.7, y, 1.5, 1.2, "encoder", BLUE)
        plotting.box(ax, 7.2, y, 1.5, 1.2, "decoder", BLUE)
        plotting.box(ax, 9.6, y, 1.7, 1.2, "again\n$\\hat{x}$")
        for start, end in ((1.85, 2.6), (4.3, 5.0), (6.3, 7.1), (8.8, 9.5)):
            plotting.arrow(ax, (start, y + 0.6), (end, y + 0.6))
        ax.plot([5.3, 5.65, 6.0], [y + 0.6] * 3, "o", ms=9, color=GREEN, markeredgecolor=FOREGROUND)
    ax.text(5.65, 4.65, "code", ha="center", color=GREEN)
    ax.plot(5.65, 2.6, "o", ms=18, color=PINK, markeredgecolor=FOREGROUND)
    plotting.arrow(ax, (5.65, 2.85), (5.65, 3.75), colour=PINK)
    plotting.arrow(ax, (5.65, 2.35), (5.65, 1.45), colour=PINK)
    ax.text(6.05, 2.6, "index unit", va="center", color=FOREGROUND)
    plotting.box(ax, 9.55, 2.25, 1.8, 0.7, "comparator", VERMILLION)
    plotting.arrow(ax, (10.45, 3.3), (10.45, 3.05), colour=VERMILLION)
    ax.plot([1.05, 1.05, 11.65, 11.65], [4.7, 5.2, 5.2, 2.6], color=VERMILLION, lw=1.2, ls=":")
    plotting.arrow(ax, (11.65, 2.6), (11.4, 2.6), colour=VERMILLION)
    return fig


def tear(angles: Any, codes: Any, errors: Mapping[int, Any], pair: tuple[Any, Any, Any]) -> Figure:
    """One latent's code around the circle, and relative errors by latents; pair: two angles, their codes and errors."""
    fig, axes = plotting.figure(7.2, 3.1, ncols=2)
    where, same, off = pair
    dots: dict[str, Any] = {"ms": 9, "color": VERMILLION, "markeredgecolor": FOREGROUND}
    axes[0].plot(angles, codes, color=BLUE)
    axes[0].plot(where, same, "o", **dots)
    axes[0].axhline(same[0], color=VERMILLION, ls=":", lw=1)
    axes[0].set(title="one latent", ylabel="code")
    axes[1].semilogy(angles, errors[1], color=BLUE, label="one latent")
    axes[1].semilogy(angles, errors[2], color=GREEN, label="two latents")
    axes[1].plot(where, off, "o", **dots)
    axes[1].axhline(1, color=FOREGROUND, ls="--", lw=1)
    axes[1].set(title="error", ylabel="relative error")
    plotting.legend_below(fig, axes[1])
    for ax in axes:
        ax.set_xlabel("angle (rad)")
        ax.set_xticks([-np.pi, 0, np.pi], ["−π", "0", "π"])
    return fig


def knees(
    latents: Any, lost: Mapping[str, Mapping[str, Any]], components: Mapping[str, Any], ranks: Mapping[str, int]
) -> Figure:
    """Shares lost on each manifold, (latents, seeds), by the kind of autoencoder; those of components; and each K."""
    fig, axes = plotting.figure(7.4, 5.2, nrows=2, ncols=3, sharex=True, sharey=True)
    for ax, name in zip(axes.flat, components, strict=False):
        ax.axvline(ranks[name], color=GREY, ls="--", lw=1)
        ax.axvline(MANIFOLDS[name].embeds, color=FOREGROUND, lw=1)
        ax.axvline(MANIFOLDS[name].intrinsic, color=FOREGROUND, ls=":", lw=1.5)
        ax.semilogy(latents, components[name], "s-", ms=3, color=GREY, label="principal components")
        for (label, of), colour in zip(lost.items(), (GREEN, BLUE), strict=True):
            ax.fill_between(latents, of[name].min(1), of[name].max(1), color=colour, alpha=0.25, lw=0)
            ax.semilogy(latents, np.median(of[name], axis=1), "o-", ms=4, color=colour, label=label)
        ax.set(title=name, xticks=latents, ylim=(1e-5, 1.5))
    axes[0, 2].tick_params(labelbottom=True)
    axes[1, 2].axis("off")
    for ax in (axes[1, 0], axes[1, 1], axes[0, 2]):
        ax.set_xlabel("latents $D$")
    for ax in axes[:, 0]:
        ax.set_ylabel("variance lost")
    axes[1, 2].legend(*axes[0, 0].get_legend_handles_labels(), loc="center left", fontsize=9)
    return fig


def digits(sizes: list[int], lost: Any, components: Any, estimates: list[float]) -> Figure:
    """Shares of the digits' variance that autoencoders and principal components lose, and the dimension's estimates."""
    fig, ax = plotting.figure(6.0, 3.2)
    ax.axvspan(*sorted(estimates), color=GREEN, alpha=0.25, lw=0, label="dimension estimates")
    ax.loglog(sizes, components, "s-", ms=4, color=GREY, label="principal components")
    ax.loglog(sizes, lost, "o-", ms=5, color=BLUE, label="autoencoder")
    ax.set(xlabel="latents $D$", ylabel="variance lost")
    ax.set_xticks([1, 2, 4, 8, 16, 32], ["1", "2", "4", "8", "16", "32"])
    ax.set_yticks([0.03, 0.1, 0.3, 1], ["3 %", "10 %", "30 %", "100 %"])
    ax.minorticks_off()
    ax.legend(fontsize=9)
    return fig


def through(images: Any, rebuilt: Any) -> Figure:
    """Ten images, (10, 64) each, above what was made of them."""
    fig, axes = plotting.figure(7.0, 1.8, nrows=2)
    for pictures, ax, name in zip((images, rebuilt), axes, ("image", "rebuilt"), strict=True):
        strip = np.pad(pictures.reshape(10, 8, 8), ((0, 0), (0, 0), (1, 1)))  # a gap between neighbours
        ax.imshow(np.concatenate(strip, axis=1), cmap="gray_r", vmin=0, vmax=1)
        ax.set(xticks=[], yticks=[])
        ax.set_ylabel(name, fontsize=9)
    return fig
