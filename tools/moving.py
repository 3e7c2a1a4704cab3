"""Moving figures for a page, which has no kernel: a widget becomes its first picture, a slider and the other pictures.

book/assets/moving.js moves them. Without scripts, and on paper, the first picture stands still.
"""

from html import escape
from typing import Any

from lpu_book import claims

VIEW = "application/vnd.jupyter.widget-view+json"
STATE = "application/vnd.jupyter.widget-state+json"


def show(notebook: dict[str, Any]) -> None:
    """Put each moving figure (lpu_book.plotting.moving) of an executed notebook in the page's form."""
    models = notebook["metadata"].pop("widgets", {}).get(STATE, {}).get("state", {})
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            if VIEW in output.get("data", {}):
                output["data"] = {"text/html": element(models, output["data"][VIEW]["model_id"])}


def element(models: dict[str, Any], model: str) -> str:
    """The figure of the widget `model`, at which its slider stands; the pictures of its other values wait as text."""
    states = _below(models, model)
    stack = next(state for state in states if "selected_index" in state)
    slider = next(state for state in states if "_options_labels" in state)
    pictures = [models[_name(child)]["state"]["value"] for child in stack["children"]]
    names, at, label = slider["_options_labels"], slider["index"], claims.typeset(slider["description"])
    waiting = (f'<script type="text/plain">{picture}</script>' for i, picture in enumerate(pictures) if i != at)
    return (
        f'<div class="lpu-moving"><div class="lpu-dial"><button type="button" hidden aria-label="Play">▶</button>'
        f'<label><span>{label}</span> <input type="range" min="0" max="{len(names) - 1}" value="{at}" hidden '
        f'autocomplete="off" data-names="{escape("|".join(names))}" aria-valuetext="{escape(names[at])}"></label>'
        f'<output aria-live="off">{escape(names[at])}</output></div>{pictures[at]}{"".join(waiting)}</div>'
    )


def _name(child: str) -> str:
    return child.removeprefix("IPY_MODEL_")


def _below(models: dict[str, Any], model: str) -> list[dict[str, Any]]:
    state = models[model]["state"]
    return [state, *(found for child in state.get("children", []) for found in _below(models, _name(child)))]
