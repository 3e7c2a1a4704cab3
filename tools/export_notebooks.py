"""Write the executed chapters as notebooks for others to open: Colab, Binder, any Jupyter.

    python -m tools.export_notebooks quick FOLDER

Each begins with a cell that installs the package where the notebook runs on Colab, which has nothing of ours.
"""

import sys
from pathlib import Path

from tools import book
from tools.build_site import repository

INSTALL = """import sys

if "google.colab" in sys.modules:
    %pip install -q "lpu-core @ git+{url}"
"""


def export(profile: str, folder: Path) -> None:
    import nbformat

    url = repository()
    for name in book.chapters():
        notebook = nbformat.read(book.executed(profile) / f"{name}.ipynb", as_version=4)
        if url:
            cell = nbformat.v4.new_code_cell(INSTALL.format(url=url), id="install")
            notebook.cells.insert(1, cell)  # after the title
        book.write_whole(folder / f"{name}.ipynb", nbformat.writes(notebook) + "\n")


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in book.PROFILES:
        sys.exit("usage: python -m tools.export_notebooks quick|paper FOLDER")
    export(sys.argv[1], Path(sys.argv[2]))
