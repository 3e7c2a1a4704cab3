"""The panels of a figure as a narrow screen takes them apart: what stays together, in which order, what is there twice."""

import re

import numpy as np
import pytest

from lpu_book import panels, plotting

pytestmark = pytest.mark.usefixtures("style")


def drawn(fig):
    """The picture's size, its views (x, y, width, height, least, its parts) and the axes that are there again."""
    text = plotting.svg(fig, "Some panels.")
    size = [float(number) for number in re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', text).groups()]
    found = re.search(r'data-panels="([^"]*)"', text)
    views = [[float(number) for number in view.split(" ")] for view in found[1].split(";")] if found else []
    again = re.findall(r'<use class="again" display="none" href="#([^"]+)" x="([\d.-]+)"/>', text)
    assert all(text.count(f' id="{name}"') == 1 for name, _ in again)
    return size, views, [float(shift) for _, shift in again]


def parts(fig):
    """The views as groups of parts, which are counted as they are drawn: axes first, then what is of the whole figure."""
    return [[int(part) for part in view[5:]] for view in drawn(fig)[1]]


def row(n=2, **options):
    fig, axes = plotting.figure(7.0, 3.0, ncols=n, **options)
    for i, ax in enumerate(np.ravel(axes)):
        ax.plot([0, 1, 2], [0, 1, 4], label="line")
        ax.set(title=f"panel {i}", xlabel="x")
    np.ravel(axes)[0].set_ylabel("y")
    return fig, axes


def test_two_panels_are_two_views_that_hold_all_and_no_view_is_as_wide_as_both():
    (width, height), views, again = drawn(row()[0])
    assert [view[5:] for view in views] == [[1.0], [2.0]] and again == []
    for x, y, wide, high, least, _ in views:
        assert min(x, y) >= 0 and x + wide <= width and y + high <= height + 0.1 and least == 0.625
        assert 0.4 * width < wide < 0.55 * width and high > 0.9 * height
    assert views[0][0] + views[0][2] <= views[1][0] + 2 * panels.MARGIN


def test_a_figure_of_one_panel_has_no_views_and_no_element_more():
    fig, ax = plotting.figure()
    ax.plot([0, 1])
    assert drawn(fig) == ([pytest.approx(460, abs=2), pytest.approx(230, abs=2)], [], [])


def test_panels_one_below_the_other_stay_whole():
    fig, _ = plotting.figure(6.4, 4, nrows=2)
    assert drawn(fig)[1] == []


def test_a_colour_bar_stays_with_the_last_of_its_panels():
    fig, axes = row(3)
    image = axes[1].imshow(np.eye(3))
    fig.colorbar(image, ax=axes[1])
    assert parts(fig) == [[1], [2, 4], [3]]
    fig, axes = row(3)
    fig.colorbar(axes[0].imshow(np.eye(3)), ax=axes[:2])
    assert parts(fig) == [[1], [2, 4], [3]]


def test_a_twin_and_an_inset_stay_with_their_panel():
    fig, axes = row()
    axes[0].twinx().plot([3, 2])
    axes[1].inset_axes((0.5, 0.5, 0.4, 0.4)).plot([1, 2])
    assert parts(fig) == [[1, 3], [2]]


def test_what_lies_over_two_panels_keeps_them_together():
    fig, _ = row(3)
    over = fig.add_axes((0.3, 0.4, 0.2, 0.2))
    over.set_in_layout(False)
    assert parts(fig) == [[1, 2, 4], [3]]


def test_what_is_of_the_whole_figure_stands_in_its_place():
    fig, axes = row()
    fig.suptitle("above")
    plotting.legend_below(fig, axes[0])
    _, views, _ = drawn(fig)
    assert [view[5:] for view in views] == [[3.0], [1.0], [2.0], [4.0]]
    assert [view[4] for view in views] == [0.5, 0.625, 0.625, 0.5]
    assert views[0][1] < views[1][1] < views[3][1]
    fig, axes = row()
    long = "as long as the figure is wide, nearly, and so longer than a panel"
    fig.legend(axes[0].lines, [long], loc="outside lower center")
    assert len(drawn(fig)[1]) == 3


def test_a_shared_y_axis_is_there_again_where_its_labels_are_not():
    """Its twin below: axes that share nothing have labels of their own."""
    fig, axes = row(3, sharey=True)
    _, views, again = drawn(fig)
    fig.dpi = 72
    assert len(views) == 3 and again == pytest.approx([axes[i].bbox.x0 - axes[0].bbox.x0 for i in (1, 2)], abs=0.01)
    labels = axes[0].bbox.x0 - axes[0].yaxis.get_tightbbox().x0
    assert labels > 20
    left = axes[0].bbox.x0 - views[0][0]
    for ax, view in zip(axes, views, strict=True):  # the room for them is in the view
        assert ax.bbox.x0 - view[0] == pytest.approx(left, abs=0.2) and left > labels
    assert drawn(row(3)[0])[2] == []


def test_axes_that_share_x_in_a_column_stay_one_view():
    """Its twins: where each has labels of its own they part, and where the labels are there but no column, too."""
    fig, _ = row(2, nrows=2, sharex=True, sharey=True)
    assert parts(fig) == [[1, 3], [2, 4]]
    assert len(drawn(row(2, nrows=2, sharex=True, sharey=True)[0])[2]) == 2
    assert parts(row(2, nrows=2)[0]) == [[1], [2], [3], [4]]
    assert parts(row(2, sharex=True)[0]) == [[1], [2]]


def test_a_long_title_over_its_neighbour_s_does_not_keep_them_together():
    fig, axes = row()
    axes[0].set_title("a title that reaches into its neighbour's place")
    axes[1].set_title("")
    (width, _), views, _ = drawn(fig)
    assert [view[5:] for view in views] == [[1.0], [2.0]]
    assert views[0][0] + views[0][2] > views[1][0] + 10 and views[0][2] < panels.NARROWER * width
