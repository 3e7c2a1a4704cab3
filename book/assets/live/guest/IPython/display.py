"""IPython.display, as far as the book's cells ask for it: in the reader's browser."""

from live import display

__all__ = ["HTML", "SVG", "Image", "Markdown", "display"]


class HTML:
    MIME = "text/html"

    def __init__(self, data=""):
        self.data = data

    def _repr_mimebundle_(self):
        return {self.MIME: self.data}


class SVG(HTML):
    MIME = "image/svg+xml"


class Markdown(HTML):
    MIME = "text/markdown"


class Image(HTML):
    MIME = "image/png"
