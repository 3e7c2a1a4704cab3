"""The figure of the page on recordings of your own."""

import numpy as np
from matplotlib.figure import Figure

from lpu_book import plotting
from lpu_book.plotting import BLUE, FOREGROUND, GREY, VERMILLION
from lpu_core.decoding_report import Report


def report(found: Report) -> Figure:
    """Two decoders over time, with the judged window in grey; the lead of the nonlinear one beside those in twins."""
    fig, axes = plotting.figure(7.0, 3.2, ncols=2, width_ratios=[1.3, 1])
    middle = found.windows.mean(axis=1)
    for column, (name, style, colour) in enumerate((("linear", "o-", BLUE), ("nonlinear", "s--", VERMILLION))):
        axes[0].plot(middle, found.over_time[:, column], style, color=colour, label=name)
    axes[0].axvspan(*found.window, color=GREY, alpha=0.2, lw=0)
    axes[0].axhline(0.5, color=FOREGROUND, lw=0.8, ls=":")
    axes[0].set(xlabel="time from the stimulus (s)", ylabel="accuracy", ylim=(0.35, 1.02))
    axes[0].legend(loc="lower right")
    for x, values, colour in ((0, found.alike, BLUE), (1, found.planted, VERMILLION)):
        axes[1].plot(x + np.linspace(-0.15, 0.15, len(values)), values, "o", ms=4, color=colour)
    _, _, off, error = found.judged
    axes[1].axhspan(off - error, off + error, color=GREY, alpha=0.25, lw=0)
    axes[1].axhline(off, color=FOREGROUND, lw=1)
    if found.threshold is not None:
        axes[1].axhline(found.threshold, color=FOREGROUND, lw=1, ls=":")
    axes[1].set(xlim=(-0.5, 1.5), ylabel="nonlinear − linear")
    axes[1].set_xticks([0, 1], ["linear\ntwins", "with an\nadvantage"])
    return fig
