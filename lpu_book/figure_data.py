"""What a figure shows, as a table in long form: a row a point, taken from Matplotlib's artists as they are drawn.

Lines, points, error bars, bars, bands, heat maps, arrows of a flow, outlines and words are in it. Boxes and arrows of
schematics, pictures of colours without values, and legends are not.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.collections import Collection, FillBetweenPolyCollection, PathCollection, QuadMesh
from matplotlib.container import BarContainer, ErrorbarContainer
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from matplotlib.quiver import Quiver
from matplotlib.ticker import LogFormatter, ScalarFormatter

MIME = "application/vnd.lpu.figure-data+csv"
"""Of the table in a notebook's output."""
MOST = 600
"""Rows of a figure, about: its series share them evenly, and each has a quarter at most. Of a longer one, every second,
third … point is kept; of a heat map, which may have twice as many, every second, third … row and column."""
LEAST = 10
"""Points that a series keeps however many there are."""
Columns = dict[str, np.ndarray]
Table = tuple[list[str], list[dict[str, str]]]


def table(fig: Figure, most: int = MOST) -> Table:
    """What the figure shows: notes on its panels and on what is left out, and a row (by column) for each point.

    Panels and series have their titles and labels as names, else numbers.

    >>> import matplotlib.pyplot as plt
    >>> fig, ax = plt.subplots()
    >>> _ = ax.plot([0, 1], [2, 3], label="a line")
    >>> table(fig)[1]
    [{'panel': '1', 'series': 'a line', 'x': '0', 'y': '2'}, {'panel': '1', 'series': 'a line', 'x': '1', 'y': '3'}]
    """
    notes: list[str] = []
    rows: list[dict[str, str]] = []
    taken = Counter[str]()
    panels: list[Any] = [ax for one in fig.axes if not hasattr(one, "_colorbar") for ax in (one, *one.child_axes)]
    drawn = [list(_series(ax)) for ax in panels]
    share = max(LEAST, most // max(4, sum(map(len, drawn))))
    for number, (ax, series) in enumerate(zip(panels, drawn, strict=True), 1):
        panel = _own(_title(ax) or str(number), taken)
        named = [f"{name}: {said}" for name, axis in (("x", ax.xaxis), ("y", ax.yaxis)) if (said := _meaning(ax, axis))]
        notes += [f"{panel}: " + "; ".join(named)] * bool(named)
        used = Counter[str]()
        for label, kind, columns in series:
            used[kind] += 1
            name = _own(_told(label) if label and str(label)[0] != "_" else f"{kind} {used[kind]}", taken, panel)
            shape = columns["x"].shape
            steps = [-(-n // (share if len(shape) == 1 else int(np.sqrt(2 * share)))) for n in shape]
            if max(steps) > 1:
                notes.append(f"{panel}, {name}: one in {' × '.join(map(str, steps))} of {' × '.join(map(str, shape))}")
            kept = [column[tuple(slice(None, None, step) for step in steps)].ravel() for column in columns.values()]
            for point in zip(*kept, strict=True):
                rows.append({"panel": panel, "series": name} | dict(zip(columns, map(_told, point), strict=True)))
    return notes, rows


def text(tables: Iterable[Table]) -> str:
    """The tables as one CSV, their notes in front as comments."""
    tables = list(tables)
    rows = [row for _, rows in tables for row in rows]
    buffer = io.StringIO()
    names = list(dict.fromkeys(name for row in rows for name in row))
    writer = csv.DictWriter(buffer, names, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    said = dict.fromkeys(note for notes, _ in tables for note in notes)
    return "".join(f"# {note}\n" for note in said) + buffer.getvalue()


def at(place: dict[str, str], shown: Table) -> Table:
    """The table with further columns in front, the same for all of its rows."""
    return shown[0], [place | row for row in shown[1]]


def _series(ax: Axes) -> Iterator[tuple[object, str, Columns]]:
    """Each series of the axes: its label, its kind, and its columns, arrays of one shape."""
    done: list[Any] = []
    for container in ax.containers:
        done += [*container.get_children()]
        if isinstance(container, ErrorbarContainer):
            yield container.get_label(), "points", _bars_of_error(container)
        elif isinstance(container, BarContainer):
            label = next((one for bars in (container, *container) if (one := str(bars.get_label() or "_"))[0] != "_"), "")
            yield label, "bars", _bars(container)
    for artist in (*ax.lines, *ax.collections, *ax.images, *ax.patches, *ax.texts):
        if artist.get_visible() and artist not in done and not isinstance(artist, (FancyArrowPatch, FancyBboxPatch)):
            for kind, columns in _of(artist):
                if np.size(columns["x"]):
                    yield artist.get_label(), kind, columns


def _of(artist: Any) -> Iterator[tuple[str, Columns]]:
    """An artist's kind and columns; of texts the words, too."""

    def isa(kind: type) -> bool:
        return isinstance(artist, kind)

    pieces = [np.asarray(path.vertices) for path in artist.get_paths()] if isa(Collection) else []
    if isa(Line2D):
        yield "line", _xy(artist, artist.get_xydata())
    elif isa(Quiver):
        yield "arrows", {"x": artist.X, "y": artist.Y, "dx": artist.U, "dy": artist.V}
    elif isa(QuadMesh):
        corners = artist.get_coordinates()
        x, y = np.moveaxis((corners[1:, 1:] + corners[:-1, 1:] + corners[1:, :-1] + corners[:-1, :-1]) / 4, -1, 0)
        yield "map", {"x": x, "y": y, "value": np.ma.filled(artist.get_array().astype(float), np.nan).reshape(x.shape)}
    elif isa(FillBetweenPolyCollection) and artist.t_direction == "x":
        for edge in pieces:
            n = (len(edge) - 3) // 2  # the start, one edge, the end, the other edge backwards, the start
            one, other = edge[1 : n + 1], edge[n + 2 : 2 * n + 2][::-1]
            low, high = np.sort([one[:, 1], other[:, 1]], axis=0)
            yield "band", {"x": one[:, 0], "low": low, "high": high}
    elif isa(PathCollection):
        value = artist.get_array()
        yield "points", _xy(artist, artist.get_offsets()) | ({} if value is None else {"value": np.asarray(value)})
    elif isa(Collection):
        which = np.repeat(np.arange(1, len(pieces) + 1), [len(piece) for piece in pieces])
        yield "lines", _xy(artist, np.concatenate(pieces or [np.empty((0, 2))])) | {"piece": which}
    elif hasattr(artist, "get_extent"):
        value = np.ma.filled(artist.get_array().astype(float), np.nan)
        left, right, bottom, top = artist.get_extent()
        if value.ndim == 2:
            down, along = ((np.arange(n) + 0.5) / n for n in value.shape)
            y = top + (bottom - top) * down if artist.origin == "upper" else bottom + (top - bottom) * down
            x, y = np.meshgrid(left + (right - left) * along, y)
            yield "map", {"x": x, "y": y, "value": value}
    elif hasattr(artist, "get_patch_transform"):
        outline = artist.get_patch_transform().transform(artist.get_path().vertices)
        yield "outline", _xy(artist, outline, artist.get_data_transform())
    else:
        yield "words", _xy(artist, np.array([artist.get_position()], float)) | {"words": np.array([artist.get_text()])}


def _bars(container: Any) -> Columns:
    x, y, width, height = np.array([(*bar.get_xy(), bar.get_width(), bar.get_height()) for bar in container]).T
    if container.orientation == "horizontal":
        return {"x": x + width, "y": y + height / 2, "left": x, "low": y, "high": y + height}
    return {"x": x + width / 2, "y": y + height, "left": x, "right": x + width, "low": y}


def _bars_of_error(container: Any) -> Columns:
    """Places and ends; where no marks are drawn, of the places what the ends tell."""
    line, _, collections = container
    columns = {} if line is None else dict(zip("xy", line.get_xydata().T, strict=True))
    ends = [np.array(bars.get_segments()).T for bars in collections]  # (coordinate, end, point)
    if container.has_xerr:
        columns = {"y": ends[0][1, 0], "left": ends[0][0, 0], "right": ends[0][0, 1]} | columns
    if container.has_yerr:
        columns = {"x": ends[-1][0, 0], "low": ends[-1][1, 0], "high": ends[-1][1, 1]} | columns
    unknown = np.full(len(next(iter(columns.values()))), np.nan)
    return {"x": unknown, "y": unknown} | columns


def _xy(artist: Any, xy: Any, transform: Any = None) -> Columns:
    """Places in the units of the axes, in whichever the artist has them."""
    if transform is None:
        transform = artist.get_offset_transform() if isinstance(artist, PathCollection) else artist.get_transform()
    places: np.ndarray = np.ma.filled(np.ma.asarray(xy, float), np.nan)
    data = artist.axes.transData
    if transform != data:
        own = transform.contains_branch_seperately(data)
        places = np.where(own, places, data.inverted().transform(transform.transform(places)))
    return {"x": places[:, 0], "y": places[:, 1]}


def _title(ax: Axes) -> str:
    """The panel's title, its bold letter plain."""
    title = ax.get_title(loc="left") or ax.get_title() or ax.get_title(loc="right")
    bold, end = r"$\mathbf{", "}$"
    return " ".join((title.removeprefix(bold).replace(end, "", 1) if title.startswith(bold) else title).split())


def _meaning(ax: Axes, axis: Axis) -> str:
    """What an axis counts: its label or, where it shares one, that; and the words at its ticks."""
    shared = ax.get_shared_x_axes() if axis is ax.xaxis else ax.get_shared_y_axes()
    axes = [axis, *(other.xaxis if axis is ax.xaxis else other.yaxis for other in shared.get_siblings(ax))]
    said = next((_told(text) for one in axes if (text := one.get_label_text())), "")
    places: Any = axis.get_majorticklocs()
    formatter = axis.get_major_formatter()
    words = [] if isinstance(formatter, (ScalarFormatter, LogFormatter)) else map(str, formatter.format_ticks(places))
    told = ", ".join(
        f"{place:g} is {_told(word)}" for place, word in zip(places, words, strict=False) if re.search("[^0-9., ]", word)
    )
    return f"{said} ({told})" if said and told else said or told


def _own(name: str, taken: Counter[str], panel: str = "") -> str:
    """The name, with a number behind it where the panel has it already."""
    taken[f"{panel}\n{name}"] += 1
    count = taken[f"{panel}\n{name}"]
    return name if count == 1 else f"{name} ({count})"


def _told(value: Any) -> str:
    """A number with six digits, or words on one line."""
    return " ".join(value.split()) if isinstance(value, str) else f"{value:.6g}"
