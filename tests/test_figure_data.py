"""What a figure shows, as a table: the numbers that went into Matplotlib come back, to six digits."""

import csv
import io
import json

import matplotlib.pyplot as plt
import numpy as np
import pytest

from lpu_book import figure_data, plotting
from tools import figure_files
from tools.edition import this_edition

pytestmark = pytest.mark.usefixtures("style")
RNG = np.random.default_rng(3)


def read(text):
    return list(csv.DictReader(line for line in io.StringIO(text) if not line.startswith("#")))


def columns(fig, series, names, **where):
    """The columns of one series, as numbers."""
    rows = [row for row in read(figure_data.text([figure_data.table(fig)]))
            if row["series"] == series and all(row[name] == value for name, value in where.items())]  # fmt: skip
    return np.array([[float(row[name]) for row in rows] for name in names])


def same(got, *expected):
    assert got.shape == np.shape(expected)
    np.testing.assert_allclose(got, expected, rtol=1e-5)


def test_lines_come_back_by_panel_and_series():
    fig, axes = plt.subplots(ncols=2)
    x, y = np.arange(5.0), RNG.normal(size=(3, 5)) * 1e3
    axes[0].plot(x, y[0], label="one, of two")
    axes[0].plot(x, y[1])
    axes[1].semilogx(x + 1, y[2], ".")
    axes[0].set(title="first", xlabel="time (ms)", ylabel="rate")
    same(columns(fig, "one, of two", "xy", panel="first"), x, y[0])
    same(columns(fig, "line 2", "xy", panel="first"), x, y[1])
    same(columns(fig, "line 1", "xy", panel="2"), x + 1, y[2])
    assert "first: x: time (ms); y: rate" in figure_data.table(fig)[0]


def test_a_letter_in_bold_is_a_plain_letter_and_two_of_a_name_are_told_apart():
    fig, axes = plt.subplots(ncols=2)
    for ax in axes:
        ax.set_title("same", loc="left")
        ax.plot([1, 2], label="line")
        ax.plot([2, 3], label="line")
    plotting.label_panels(axes, ("A", "A"))
    found = {(row["panel"], row["series"]) for row in figure_data.table(fig)[1]}
    assert found == {(panel, series) for panel in ("A same", "A same (2)") for series in ("line", "line (2)")}


def test_points_and_lines_across_the_axes_are_in_the_axes_units():
    fig, ax = plt.subplots()
    x, y, value = RNG.normal(size=(3, 20))
    ax.scatter(x, y, c=value, label="cloud")
    ax.axhline(0.3, label="level")
    ax.axvspan(-1, 1, label="span")
    ax.set(xlim=(-4, 4))
    same(columns(fig, "cloud", ("x", "y", "value")), x, y, value)
    same(columns(fig, "level", "xy"), [-4, 4], [0.3, 0.3])
    assert set(columns(fig, "span", "x")[0]) == {-1, 1}


def test_bars_and_histograms_come_back():
    fig, axes = plt.subplots(ncols=3)
    axes[1].bar([0], [1])
    axes[0].bar([1, 2], [3, 5], width=0.5, bottom=[1, 0], label="bars")
    counts, edges, _ = axes[1].hist(RNG.normal(size=100), bins=7, label="counts")
    axes[2].barh([1, 2], [3, 5], height=0.5, label="lying")
    axes[0].set_xticks([1, 2], ["tanh", "re\nlu"])
    axes[0].set(yticks=[1, 3], yticklabels=[1, 3])
    same(columns(fig, "bars", ("x", "y", "left", "right", "low")), [1, 2], [4, 5], [0.75, 1.75], [1.25, 2.25], [1, 0])
    same(columns(fig, "counts", ("left", "right", "y")), edges[:-1], edges[1:], counts)
    same(columns(fig, "lying", ("x", "y", "low", "high")), [3, 5], [1, 2], [0.75, 1.75], [1.25, 2.25])
    assert "1: x: 1 is tanh, 2 is re lu" in figure_data.table(fig)[0]


@pytest.mark.parametrize("mark", ["o-", "none"])
def test_error_bars_and_bands_have_both_ends(mark):
    fig, ax = plt.subplots()
    x, y, up, down, left = np.arange(1.0, 5), *RNG.uniform(1, 2, (4, 4))
    ax.errorbar(x, y, [down, up], xerr=left, fmt=mark, label="both")
    ax.errorbar(x, y, [down, up], fmt="o", label="upright")
    ax.errorbar(x, y, label="plain")
    ax.fill_between(x, y - down, y + up, label="band")
    same(columns(fig, "plain", "xy"), x, y)
    same(columns(fig, "both", ("x", "left", "right", "low", "high")), x, x - left, x + left, y - down, y + up)
    same(columns(fig, "upright", ("x", "y", "low", "high")), x, y, y - down, y + up)
    same(columns(fig, "band", ("x", "low", "high")), x, y - down, y + up)


@pytest.mark.parametrize("origin", ["upper", "lower"])
def test_heat_maps_come_back(origin):
    fig, axes = plt.subplots(ncols=2)
    value = RNG.normal(size=(3, 4))
    axes[0].imshow(value, origin=origin, extent=(0, 8, 0, 3))
    axes[1].pcolormesh([0, 2, 4, 6, 8], [0, 1, 2, 3], value)
    fig.colorbar(axes[0].images[0], ax=axes[0])  # its own colours are no data
    x, y = np.meshgrid([1, 3, 5, 7], [0.5, 1.5, 2.5])
    down = y[::-1] if origin == "upper" else y
    for panel, rows in (("1", down), ("2", y)):
        same(columns(fig, "map 1", ("x", "y", "value"), panel=panel), x.ravel(), rows.ravel(), value.ravel())
    assert {row["panel"] for row in figure_data.table(fig)[1]} == {"1", "2"}


def test_arrows_pieces_and_words_come_back():
    fig, ax = plt.subplots()
    ax.quiver([0, 1], [2, 3], [0.1, 0.2], [0.3, 0.4])
    ax.vlines([1, 2], 0, [3, 4], label="pulses")
    ax.text(0.5, 0.25, "here, or there")
    same(columns(fig, "arrows 1", ("x", "y", "dx", "dy")), [0, 1], [2, 3], [0.1, 0.2], [0.3, 0.4])
    same(columns(fig, "pulses", ("piece", "x", "y")), [1, 1, 2, 2], [1, 1, 2, 2], [0, 3, 0, 4])
    assert [row["words"] for row in read(figure_data.text([figure_data.table(fig)])) if row["words"]] == ["here, or there"]


def test_what_is_long_is_thinned_and_says_so():
    fig, axes = plt.subplots(ncols=2)
    axes[0].plot(np.arange(1000), label="long")
    axes[0].plot(np.arange(150), label="short")
    axes[1].imshow(np.arange(10000).reshape(100, 100))
    notes, rows = figure_data.table(fig)
    same(columns(fig, "long", "xy"), np.arange(0, 1000, 7), np.arange(0, 1000, 7))
    assert len([row for row in rows if row["series"] == "short"]) == 150
    assert notes == ["1, long: one in 7 of 1000", "2, map 1: one in 6 × 6 of 100 × 100"]
    assert len([row for row in rows if row["panel"] == "2"]) == 17**2
    assert len(rows) <= figure_data.MOST


def test_many_series_share_the_rows_and_keep_ten_points_at_least():
    for n, kept in ((15, 40), (200, 10)):
        fig, ax = plt.subplots()
        ax.plot(np.ones((1000, n)))
        assert len(figure_data.table(fig)[1]) == n * kept


def test_a_figure_that_moves_has_a_column_for_its_slider():
    def draw(slope):
        fig, ax = plt.subplots()
        ax.plot([0, 1], [0, slope], label="line")
        return fig

    bundle = plotting.moving(draw, [0.5, 2.0], "slope", "A line.")._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    rows = [(row["slope (slider)"], row["y"]) for row in read(bundle[figure_data.MIME])]
    assert rows == [("0.5", "0"), ("0.5", "0.5"), ("2", "0"), ("2", "2")]


def test_the_build_takes_the_data_out_of_a_notebook_and_says_where_they_are_from(tmp_path):
    fig, ax = plt.subplots()
    ax.plot([1, 2])
    bundle = plotting.Picture(fig, "A line.")._repr_mimebundle_()
    cell = {"metadata": {"mystnb": {"figure": {"name": "fig-1"}}}, "outputs": [{"data": {"text/html": "<svg>", **bundle}}]}
    notebook = {"cells": [{"metadata": {}, "source": "text"}, cell]}
    tables = figure_files.take(notebook)
    assert list(tables) == ["fig-1"] and figure_data.MIME not in json.dumps(notebook) and "<svg>" in json.dumps(notebook)
    figure_files.write(tmp_path, "theory", tables, this_edition())
    text = (tmp_path / "data/theory-fig-1.csv").read_text("utf-8")
    first = text.splitlines()[0]
    assert (
        first.startswith("# Figure fig-1 of theory.html, ") and this_edition().commit in first and "as it is drawn" in text
    )
    assert len(read(text)) == 2
