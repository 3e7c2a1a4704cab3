"""Figures: vector pictures in the page's own colours, readable in light and dark, with words for who cannot see them."""

import ast
import json
import re
import xml.etree.ElementTree as ElementTree

import matplotlib.pyplot as plt
import numpy as np
import pytest
from reference import contrast

from lpu_book import plotting
from lpu_core import LowRankRNN, dynamics

pytestmark = pytest.mark.usefixtures("style")


def drawing(slope=1.0):
    fig, ax = plotting.figure()
    ax.plot([0, 1], [0, slope], label="line")
    ax.scatter([0.5], [0.5], clip_on=True)
    ax.set(xlabel="x", title="title")
    plotting.legend_below(fig, ax)
    return fig


def ids(text):
    return re.findall(r'\bid="([^"]+)"', text)


def test_a_picture_has_a_role_and_its_alternative_text():
    root = ElementTree.fromstring(plotting.svg(drawing(), 'A "line" & <more>'))
    assert root.tag.endswith("svg") and root.get("role") == "img" and root.get("aria-label") == 'A "line" & <more>'
    assert "max-width:100%" in root.get("style")


@pytest.mark.parametrize("alt", ["", "  \n"])
def test_a_picture_without_alternative_text_is_refused(alt):
    with pytest.raises(ValueError, match="alt: expected a sentence that says what the picture shows, got"):
        plotting.svg(drawing(), alt)


def test_text_and_axes_take_the_page_s_colour():
    text = plotting.svg(drawing(), "A line.")
    assert plotting.FOREGROUND not in text and text.count("currentColor") > 10
    assert plotting.BLUE in text
    assert "#000000" not in text and "#ffffff" not in text  # nothing black on dark, no white ground
    assert "<metadata" not in text and "<?xml" not in text and "<!DOCTYPE" not in text


def test_two_pictures_on_a_page_share_no_id_and_each_refers_to_its_own():
    first, second = (plotting.svg(drawing(slope), "A line.") for slope in (1.0, 2.0))
    assert ids(first) and not set(ids(first)) & set(ids(second))
    for text in (first, second):
        assert len(ids(text)) == len(set(ids(text)))
        references = re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', text)
        assert references and {a or b for a, b in references} <= set(ids(text))


def test_pictures_that_differ_by_their_words_alone_share_no_id():
    assert not set(ids(plotting.svg(drawing(), "One."))) & set(ids(plotting.svg(drawing(), "Two.")))


def test_the_same_figure_gives_the_same_bytes():
    assert plotting.svg(drawing(), "A line.") == plotting.svg(drawing(), "A line.")
    assert plotting.svg(drawing(), "A line.") != plotting.svg(drawing(1.5), "A line.")


def test_a_figure_is_closed_once_drawn():
    before = plt.get_fignums()
    plotting.svg(drawing(), "A line.")
    assert plt.get_fignums() == before


def test_a_picture_shows_itself_in_html_and_its_words_in_text():
    picture = plotting.Picture(drawing(), "A line.")
    html = picture._repr_html_()
    assert re.match(r'<div class="lpu-figure"[^>]*><svg role="img"', html) and html.endswith("</svg>\n</div>")
    assert repr(picture) == "[Figure: A line.]"


@pytest.mark.parametrize("ground", ["#ffffff", "#121212"])
@pytest.mark.parametrize("colour", plotting.PALETTE)
def test_every_colour_of_the_palette_is_seen_on_light_and_dark(colour, ground):
    assert contrast(colour, ground) >= 3


def test_contrast_is_that_of_WCAG():
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert contrast("#ffff00", "#ffffff") < 3  # twin: yellow would not pass


def test_markers_and_colours_cover_every_kind():
    assert set(plotting.MARKERS) == set(plotting.COLOURS) == set(dynamics.FIXED_POINT_KINDS)
    assert len(set(plotting.MARKERS.values())) == len(set(plotting.COLOURS.values())) == 3


def test_a_moving_picture_has_one_picture_a_value_and_links_that_need_no_kernel(monkeypatch):
    import ipywidgets as widgets

    made = []
    monkeypatch.setattr(widgets.Widget, "open", lambda self: made.append(self))  # called for every widget made
    box = plotting.moving(drawing, [0.5, 1.0, 2.0], "slope", "A line.", start=1)
    controls, stack = box.children
    play, slider = controls.children
    assert [w.value.count("<svg") for w in stack.children] == [1, 1, 1]
    for picture, name in zip(stack.children, ("0.5", "1", "2"), strict=True):
        assert f'aria-label="A line. slope: {name}."' in picture.value
    assert len({p for w in stack.children for p in ids(w.value)}) == sum(len(ids(w.value)) for w in stack.children)
    assert (stack.selected_index, slider.index, play.value, play.max) == (1, 1, 1, 2)
    assert [label for label, _ in slider.options] == ["0.5", "1", "2"]
    pairs = {(*w.source, *w.target) for w in made if isinstance(w, widgets.widgets.widget_link.Link)}
    assert (play, "value", slider, "index") in pairs and (slider, "index", stack, "selected_index") in pairs


def test_a_moving_picture_starts_in_the_middle_unless_told_where():
    for start, at in ((None, 1), (2, 2), (0, 0)):
        assert plotting.moving(drawing, [1.0, 2.0, 3.0], "slope", "A line.", start=start).children[1].selected_index == at


@pytest.mark.parametrize(("live", "value"), [((0.5, 2.0), 1.24), ((1, 9), 7)])
def test_with_a_kernel_a_second_slider_draws_any_value(live, value):
    box = plotting.moving(drawing, [1.0, 2.0], "slope", "A line.", live=live)
    dial, drawn = box.children[2].children
    assert "lpu-live" in box.children[2]._dom_classes  # the page hides it
    assert (dial.min, dial.max, drawn.value) == (*live, "")
    dial.value = value
    assert drawn.value == plotting.Picture(drawing(dial.value), f"A line. slope: {dial.value:g}.")._repr_html_()
    assert dial.value == pytest.approx(value, abs=0.01) and isinstance(dial.value, type(live[0]))


def test_a_range_the_wrong_way_round_is_refused():
    with pytest.raises(ValueError, match=r"live: expected two numbers, the smaller first, got \(2, 1\)"):
        plotting.moving(drawing, [1.0], "slope", "A line.", live=(2, 1))


@pytest.mark.parametrize(("values", "start", "message"), [
    ([], 0, "values: expected at least one"), ([1.0, 2.0], 2, "start: expected an index below 2, got 2"),
    ([1.0], -1, "start: expected an index below 1, got -1"),
])  # fmt: skip
def test_a_moving_picture_without_a_picture_to_show_is_refused(values, start, message):
    with pytest.raises(ValueError, match=message):
        plotting.moving(drawing, values, "slope", "A line.", start=start)


def test_glue_leaves_the_number_for_the_text(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, **kwargs: shown.append((data, kwargs)))
    plotting.glue("n-neurons", "1,000")
    data, kwargs = shown[0]
    assert list(data) == ["application/papermill.record/text/plain"] and kwargs["raw"]
    assert ast.literal_eval(data["application/papermill.record/text/plain"]) == "1,000"  # as the page reads it
    assert kwargs["metadata"]["scrapbook"] == {"name": "n-neurons", "mime_prefix": "application/papermill.record/"}
    json.dumps(data)


def test_labels_stand_before_the_titles():
    fig, axes = plotting.figure(ncols=2)
    axes[0].set_title("first")
    plotting.label_panels(axes, ["A", "B"])
    assert axes[0].get_title(loc="left") == r"$\mathbf{A}$  first" and r"\mathbf{B}" in axes[1].get_title(loc="left")
    with pytest.raises(ValueError):
        plotting.label_panels(axes, ["A"])
    plotting.svg(fig, "Two panels.")


def bistable():
    m = np.repeat(np.eye(2), 3, axis=0)
    return LowRankRNN(m, 4 * m, np.zeros((6, 1)))


def test_flow_and_fixed_points_are_drawn_where_they_are():
    net = bistable()
    field, found = dynamics.flow_field(net, n_points=9), dynamics.fixed_points(net)
    fig, ax = plotting.figure()
    plotting.draw_flow(ax, field)
    plotting.draw_fixed_points(ax, found)
    arrows = ax.collections[0]
    np.testing.assert_allclose(np.stack([arrows.U, arrows.V], -1).reshape(9, 9, 2)[1, 2] * np.linalg.norm(field.flow[1, 2]),
                               field.flow[1, 2])  # fmt: skip
    drawn = {line.get_label(): line.get_xydata() for line in ax.lines}
    assert set(drawn) == set(dynamics.FIXED_POINT_KINDS)
    for kind, points in drawn.items():
        np.testing.assert_allclose(points, found.of_kind(kind))
    plotting.svg(fig, "A flow.")


@pytest.mark.filterwarnings("error")
def test_a_flow_that_stands_still_is_drawn_without_a_warning():
    fig, ax = plotting.figure()
    points = dynamics.flow_field(bistable(), n_points=3).points
    plotting.draw_flow(ax, dynamics.FlowField(points, np.zeros_like(points)))
    plotting.svg(fig, "Nothing moves.")


def test_fixed_points_of_one_latent_lie_on_the_axis():
    net = LowRankRNN(np.ones((3, 1)), 2 * np.ones((3, 1)), np.zeros((3, 1)))
    fig, ax = plotting.figure()
    plotting.draw_fixed_points(ax, dynamics.fixed_points(net))
    assert [line.get_label() for line in ax.lines] == ["attractor", "repeller"]
    assert all(not line.get_ydata().any() for line in ax.lines)
    plotting.svg(fig, "An axis.")


def test_schematics_take_the_page_s_colour():
    fig, ax = plotting.canvas()
    plotting.box(ax, 1, 1, 2, 1, "here")
    plotting.arrow(ax, (1, 1), (4, 2), "there")
    text = plotting.svg(fig, "Here and there.")
    assert "currentColor" in text and len(ax.texts) == 2 and len(ax.patches) == 2
    assert "#000000" not in text


def test_shares_have_wilson_s_bands_and_those_of_no_draws_at_all_are_everything():
    _, ax = plotting.figure()
    plotting.draw_shares(ax, [1, 2, 3], [0, 5, 0], [10, 10, 0], "o", plotting.BLUE, "hits")
    (points, _, (bars,)) = ax.containers[0]
    np.testing.assert_allclose(points.get_ydata(), [0, 0.5, 0])
    ends = np.array(bars.get_segments())[:, :, 1]
    np.testing.assert_allclose(ends[2], [0, 1])
    assert ends[0, 0] == 0 and 0.2 < ends[0, 1] < 0.3
    np.testing.assert_allclose(ends[1].mean(), 0.5)


def test_only_what_is_referred_to_has_a_name():
    text = plotting.svg(drawing(), "A line.")
    assert set(ids(text)) == {a or b for a, b in re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', text)}
    assert not re.search(r">\s+<", text)
