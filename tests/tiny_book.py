"""A chapter of a few cells, and what waits for it."""

import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HEAD = """---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec: {display_name: Python 3, language: python, name: python3}
---

# Tiny

"""
PARAMETERS = '```{code-cell} ipython3\n:tags: [parameters]\n\nprofile = "quick"\n```\n'


def chapter(folder: Path, *cells: str, parameters: str = PARAMETERS) -> Path:
    path = folder / "tiny.md"
    path.write_text(HEAD + parameters + "".join(f"\n```{{code-cell}} ipython3\n{cell}\n```\n" for cell in cells))
    return path


def until(holds, seconds=20):
    for _ in range(seconds * 10):
        if holds():
            return
        time.sleep(0.1)
    raise AssertionError(f"still not so after {seconds} s")
