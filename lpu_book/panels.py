"""The panels of a figure, so that a narrow screen can show them one below the other.

`written` adds to a picture's text where its panels are; book/assets/figures.js moves the panels' groups. The rules:

- A view is what stays together: axes of which one lies over the other's area (an inset, a twin), and a colour bar with the
  last of the axes that it serves.
- Axes of one column whose shared x labels stand only under the lowest stay one view: it is no wider than each of them.
- Axes of one row whose shared y labels stand only at one of them are views of their own; the y axis is drawn at each.
- What belongs to the figure as a whole (a suptitle, the figure's legend) is a view in its place, above or below the panels.
- A figure with a panel that is nearly as wide as itself stays whole.
"""

import io
import re
from itertools import combinations
from typing import Any

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_svg import RendererSVG
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

NEAR = 1.0
"""Points by which boxes must overlap to belong together, and edges may differ and still be one."""
MARGIN = 2.0
"""Points around a view."""
LEAST = {True: 0.625, False: 0.5}
"""How far a view may shrink: five eighths with axes in it, as a whole picture may; else half: 11 points are 7 px then."""
NARROWER = 0.9
"""The share of a figure's width that its widest panel may have at most."""


def tag(fig: Figure) -> list[Artist]:
    """The parts of which a figure is drawn, each with an id `part-…` for its group; their y axes have `axis-…`."""
    parts = [*fig.axes, *fig.texts, *fig.legends, *fig.lines, *fig.patches, *fig.images, *fig.artists]
    for i, part in enumerate(parts):
        part.set_gid(f"part-{i}")
        if isinstance(part, Axes):
            part.yaxis.set_gid(f"axis-{i}")
    return parts


def written(text: str, fig: Figure, parts: list[Artist], pad: float) -> str:
    """The SVG `text` of the figure with its views, where it has more than one that is narrower than itself.

    `data-panels` has for each view "x y width height least part …" in the viewBox's units, split by ";": least is how far it
    may shrink, the parts are numbers of the children of the picture's group. A y axis that a view lacks is there, too, in
    the class `again` and not displayed. pad: inches around the figure. `tag` comes before the drawing, this after it.
    """
    fig.dpi = 72  # as SVG is drawn
    width, height = fig.get_size_inches() * 72
    renderer = RendererSVG(width, height, io.StringIO())
    whole = fig.get_tightbbox(renderer).padded(pad)
    boxes: dict[Any, Bbox] = {part: box for part in parts if part.get_visible() and (box := part.get_tightbbox(renderer))}
    groups = re.findall(r'^  <g id="([^"]+)"', text, re.MULTILINE)  # by their indent the children of the figure's group
    found, lines = [], {}
    # A title and an axis' label may reach into a neighbour's place: as for the layout, their length does not count.
    cores: dict[Any, Any] = {ax: ax.get_tightbbox(renderer, for_layout_only=True) for ax in boxes if isinstance(ax, Axes)}
    for view in _views(boxes | cores):
        box = Bbox.union([boxes[part] for part in view])
        for ax in view:
            source = _labelled(ax, view, list(boxes))
            if source is not None:
                shift = ax.bbox.x0 - source.bbox.x0
                labels: Any = source.yaxis.get_tightbbox(renderer)
                box = Bbox.union([box, labels.translated(shift, 0)])
                lines[ax.get_gid()] = f'<use class="again" display="none" href="#{source.yaxis.get_gid()}" x="{shift:.2f}"/>'
        found.append((view, box.padded(MARGIN)))
    drawn = [(view, box, any(isinstance(part, Axes) for part in view)) for view, box in found]
    widths = [box.width for _, box, has_axes in drawn if has_axes]
    if len(widths) < 2 or max(widths) > NARROWER * whole.width * 72:
        return text
    said = []
    for view, box, has_axes in drawn:
        corner = (box.x0 - whole.x0 * 72, whole.y1 * 72 - box.y1)
        numbers = [f"{number:.1f}".removesuffix(".0") for number in (*corner, box.width, box.height)]
        numbers.append(f"{LEAST[has_axes]:g}".removeprefix("0"))
        said.append(" ".join([*numbers, *sorted(str(groups.index(part.get_gid())) for part in view)]))
    for name, line in lines.items():
        text = text.replace(f'<g id="{name}">', f'<g id="{name}">{line}', 1)
    return text.replace("<svg ", f'<svg data-panels="{";".join(said)}" ', 1)


def _views(boxes: dict[Any, Bbox]) -> list[list[Any]]:
    """The parts in groups that stay together, in reading order."""
    group = {part: {part} for part in boxes}
    for a, b in combinations(boxes, 2):
        if _together(a, b, boxes) or _together(b, a, boxes):
            both = group[a] | group[b]
            group.update(dict.fromkeys(both, both))
    whole = {id(one): one for one in group.values()}.values()
    views = [[part for part in boxes if part in one] for one in whole]
    areas = [box for part, box in boxes.items() if isinstance(part, Axes)]
    middle = Bbox.union(areas).y0 + Bbox.union(areas).height / 2 if areas else 0

    def order(view: list[Any]) -> tuple[int, float]:
        """The panels as they were made, between what stands above and what stands below them."""
        first, y = view[0], boxes[view[0]].y0
        return (0, list(boxes).index(first)) if isinstance(first, Axes) else (-1 if y > middle else 1, -y)

    return sorted(views, key=order)


def _together(a: Any, b: Any, boxes: dict[Any, Bbox]) -> bool:
    """Whether a stays with b: it lies over b's area, is its colour bar, or stands over it without x labels of its own."""
    if not isinstance(b, Axes):
        return not isinstance(a, Axes) and _overlap(boxes[a], boxes[b])
    if not isinstance(a, Axes):
        return _overlap(boxes[a], boxes[b])
    bar = getattr(a, "_colorbar", None)
    if bar is not None:
        return b is getattr(a, "_colorbar_info", {}).get("parents", [bar.mappable.axes])[-1]
    above = a.get_shared_x_axes().joined(a, b) and _aligned(a.bbox.intervalx, b.bbox.intervalx) and a.bbox.y0 > b.bbox.y0
    return _overlap(boxes[a], b.bbox) or (above and _bare(a.xaxis) and not _bare(b.xaxis))


def _labelled(ax: Any, view: list[Any], parts: list[Any]) -> Axes | None:
    """The nearest axes of another view and the same row that has the y labels which `ax` shares and lacks; or None."""
    if not isinstance(ax, Axes) or not ax.axison or not _bare(ax.yaxis):
        return None
    row = [other for other in parts if isinstance(other, Axes) and ax.get_shared_y_axes().joined(ax, other)
           and _aligned(ax.bbox.intervaly, other.bbox.intervaly) and not _bare(other.yaxis)]  # fmt: skip
    if any(other in view for other in row):
        return None
    return min(row, key=lambda other: abs(other.bbox.x0 - ax.bbox.x0), default=None)


def _bare(axis: Axis) -> bool:
    """Whether an axis has no tick labels."""
    return not axis.get_visible() or not any(label.get_text() for label in axis.get_ticklabels())


def _aligned(a: Any, b: Any) -> bool:
    return bool(abs(a[0] - b[0]) < NEAR and abs(a[1] - b[1]) < NEAR)


def _overlap(a: Bbox, b: Bbox) -> bool:
    return bool(min(a.x1, b.x1) - max(a.x0, b.x0) > NEAR and min(a.y1, b.y1) - max(a.y0, b.y0) > NEAR)
