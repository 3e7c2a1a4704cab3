"""Write the executed chapters as notebooks for others to open: Colab, Binder, any Jupyter.

    python -m tools.export_notebooks quick FOLDER

Each says what it needs in its second cell, which installs it where the notebook runs on Colab.
"""

import sys
from pathlib import Path

from tools import book, figure_files

NEEDS = "# Needs the package: pip install {package}\n"
INSTALL = """import sys

if "google.colab" in sys.modules:
    %pip install -q {package}
"""


def export(profile: str, folder: Path, outputs: bool = True) -> None:
    """Write each chapter's notebook into the folder, with its outputs or, a tenth of the size, without."""
    import nbformat

    url = book.repository()
    source = f"lpu-core[train,plot,nwb] @ git+{url}" if url else "FOLDER[train,plot,nwb]"
    package = f'"{source}"' + ("" if url else ", where FOLDER holds the sources of this book")
    for name in book.chapters():
        notebook = nbformat.read(book.executed(profile) / f"{name}.ipynb", as_version=4)
        notebook.cells = [cell for cell in notebook.cells if "injected-parameters" not in cell.metadata.get("tags", [])]
        needs = (NEEDS + INSTALL if url else NEEDS).format(package=package)
        notebook.cells.insert(1, nbformat.v4.new_code_cell(needs, id="install"))  # after the title
        figure_files.take(notebook)  # for the site alone
        if not outputs:
            notebook.metadata.pop("widgets", None)
            for cell in notebook.cells:
                if cell.cell_type == "code":
                    cell.update(outputs=[], execution_count=None)
        book.write_whole(folder / f"{name}.ipynb", nbformat.writes(notebook) + "\n")


@book.needs_room("The notebooks")
def main() -> None:
    if len(sys.argv) != 3 or sys.argv[1] not in book.PROFILES:
        sys.exit("usage: python -m tools.export_notebooks quick|paper FOLDER")
    export(sys.argv[1], Path(sys.argv[2]))


if __name__ == "__main__":
    main()
