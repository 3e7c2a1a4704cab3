"""The figure of the page on what is known of latents."""

from matplotlib.figure import Figure

from lpu_book import plotting
from lpu_book.plotting import BLUE, FOREGROUND, GREEN, VERMILLION
from lpu_core.check import Array


def kicks(times: Array, latent: Array, free: Array, projected: Array) -> Figure:
    """The output after a kick: of the larger LPU's latent (T,); of a free and a projected decoder (T, kicks).

    Kicks: none; one off the latents' subspace; one off that of the output, too.
    """
    fig, ax = plotting.figure(5.8, 3.1)
    ax.plot(times, latent, color=VERMILLION, lw=1.2, label="third latent")
    ax.plot(times, free[:, 1], "o", ms=4, color=VERMILLION, label="free decoder")
    ax.plot(times, free[:, 2], "s", ms=4, color=GREEN, label="free decoder, other kick")
    ax.plot(times, projected[:, 1], "o-", ms=3, color=BLUE, label="projected decoder")
    for unkicked, colour in ((free[:, 0], VERMILLION), (projected[:, 0], BLUE)):
        ax.plot(times, unkicked, "--", lw=1, color=colour)
    ax.axhline(0, color=FOREGROUND, lw=0.6)
    ax.set(xlabel="time after the kick (ms)", ylabel="output for bit 1")
    plotting.legend_below(fig, ax, ncols=2)
    return fig
