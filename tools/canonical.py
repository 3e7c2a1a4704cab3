"""Bring the chapters and assignments into the form in which Jupytext writes them: saved unchanged, they stay as they are.

python -m tools.canonical      # `make format` does it
"""

from pathlib import Path

from tools import book

KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}  # as tools/jupyter names it


def pages() -> list[Path]:
    """The text notebooks: chapters and assignments."""
    return sorted(page for page in [*book.BOOK.glob("*.md"), *book.BOOK.glob("assignments/*.md")] if book.is_chapter(page))


def canonical(page: Path) -> str:
    """The page's text as JupyterLab would save it. A caption becomes one paragraph: YAML writes lines in it badly."""
    import jupytext
    from jupytext.config import load_jupytext_config

    config = load_jupytext_config(str(page))
    notebook = jupytext.read(page, config=config)
    notebook.metadata["kernelspec"] = KERNEL
    for cell in notebook.cells:
        figure = cell.metadata.get("mystnb", {}).get("figure", {})
        if "caption" in figure:
            figure["caption"] = " ".join(line.strip() for line in figure["caption"].splitlines())
    return jupytext.writes(notebook, fmt="md:myst", config=config)


@book.needs_room("The chapters' form")
def main() -> None:
    for page in pages():
        text = canonical(page)
        if text != page.read_text("utf-8"):
            book.write_whole(page, text)
            print(f"{page.relative_to(book.ROOT)}: in Jupytext's form")


if __name__ == "__main__":
    main()
