"""Answers in words as their reader sees them: the student's own Markdown, formulas and pictures, and nothing that can act.

No HTML of a student's passes, no link but to the web, and no picture but one that came in the notebook.
"""

import base64
import binascii
import re
from collections.abc import Sequence
from html import escape
from typing import Any
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin
from nbformat import NotebookNode

PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp", "image/svg+xml")
LARGEST = 10 * 2**20
"""Letters of a picture that is shown, in base64."""


def formula(content: str, options: dict[str, Any]) -> str:
    """TeX between the marks that MathJax looks for; where it does not run, it is read as it is."""
    left, right = ("\\[", "\\]") if options["display_mode"] else ("\\(", "\\)")
    return f"{left}{escape(content)}{right}"


class Renderer(RendererHTML):
    """Pictures come from the attachments in `env`, links open beside the page."""

    def image(self, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
        """The picture, or in words what stands in its place."""
        token = tokens[index]
        source, shown = str(token.attrs.get("src", "")), escape(token.content)
        data = attached(env.get("attachments"), source)
        if data:
            return f'<img src="{data}" alt="{shown}">'
        return f"<em>[a picture that is not in the notebook: {escape(source[:200])} {shown}]</em>"

    def link_open(self, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
        """The link; it tells the other side nothing of this page."""
        target = escape(str(tokens[index].attrs.get("href", "")))
        web = target.startswith(("https://", "http://"))
        return f'<a href="{target}" target="_blank" rel="noopener noreferrer">' if web else "<a>"


def attached(attachments: Any, source: str) -> str | None:
    """The data of a picture that a text names: one that its cell carries along, or that stands in the text. Else None."""
    if match := re.fullmatch(r"data:([\w/+.-]+);base64,(.*)", source, re.DOTALL):
        return picture(match[1], match[2])
    if not source.startswith("attachment:") or not isinstance(attachments, dict):
        return None
    name = source.removeprefix("attachment:")
    held = attachments.get(name) or attachments.get(unquote(name))
    made = (picture(mime, data) for mime, data in held.items()) if isinstance(held, dict) else ()
    return next(filter(None, made), None)


def picture(mime: Any, data: Any) -> str | None:
    """A picture as an address that holds it; None where it is none."""
    text = "".join(data) if isinstance(data, list) and all(isinstance(part, str) for part in data) else data
    if mime not in PICTURES or not isinstance(text, str) or len(text) > LARGEST:
        return None
    try:
        return f"data:{mime};base64,{base64.b64encode(base64.b64decode(''.join(text.split()), validate=True)).decode()}"
    except (binascii.Error, ValueError):
        return None


def reader(html: bool) -> MarkdownIt:
    """A reader of Markdown; html: lets HTML through."""
    made = MarkdownIt("commonmark", {"html": html, "maxNesting": 40}, renderer_cls=Renderer)
    return made.enable(["table", "strikethrough"]).use(dollarmath_plugin, renderer=formula, double_inline=True)


OURS, THEIRS = reader(html=True), reader(html=False)


def shown(cells: Sequence[NotebookNode], ours: bool = False) -> str:
    """The text cells as HTML; ours: they are the assignment's, and their HTML is meant."""
    by = OURS if ours else THEIRS
    return "\n".join(by.render(shorter(cell.source), {"attachments": cell.get("attachments")}) for cell in cells)


def shorter(text: Any, longest: int = 20_000) -> str:
    """The text, cut where it is too long, without halves of characters."""
    whole = re.sub("[\ud800-\udfff]", "\ufffd", text if isinstance(text, str) else str(text))
    return whole if len(whole) <= longest else f"{whole[:longest]}\n\n*(cut here: {len(whole)} characters in all)*"
