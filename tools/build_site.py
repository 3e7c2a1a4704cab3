"""Executed notebooks and plain pages -> the site, in _build/html.

    python -m tools.build_site --profile quick

Stages the pages with the scorecard, runs Jupyter Book with warnings as errors, checks that every page of
_toc.yml came out, and only then moves the site into its place.  Ends with the table of what the build cost.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import yaml

from lpu_book import claims
from tools import (
    book,
    build_times,
    costs,
    export_notebooks,
    figure_files,
    finder,
    laboratory,
    laboratory_tasks,
    live,
    moving,
    polish,
    publication,
    scorecard,
    speed,
    vendor_assets,
)
from tools.assignments import handout
from tools.edition import this_edition
from tools.run_chapter import ANSI

DRAFT = book.BUILD / "draft"
CONFIG = book.BUILD / "_config.yml"
LEFT_OUT = shutil.ignore_patterns(
    "claims.yml", "jupytext.toml", "results", "assignments", "__pycache__", ".ipynb_checkpoints", ".*"
)


def stage(profile: str) -> dict[str, dict[str, str]]:
    """Lay out the tree that Jupyter Book reads: the book's pages, each chapter as its executed notebook.

    Returns the data of the chapters' figures, which the pages don't hold.
    """
    chapters, pages = book.chapters(), book.toc_pages()
    problems = [f"{page}: _toc.yml names it, but there is no book/{page}.md"
                for page in pages if not (book.BOOK / f"{page}.md").is_file()]  # fmt: skip
    problems += [f"{name}: a chapter in book/ that _toc.yml does not name" for name in set(chapters) - set(pages)]
    if problems:
        raise SystemExit("\n".join(problems))
    records = [claims.Record(**record) for record in json.loads(scorecard.RECORDS.read_text("utf-8"))]
    shutil.rmtree(book.STAGE, ignore_errors=True)
    shutil.copytree(book.BOOK, book.STAGE, ignore=LEFT_OUT)
    made = {
        "scorecard-glance.md": scorecard.glance(records, profile),
        "scorecard-cards.md": scorecard.cards(records),
        "assets/laboratory/data.js": laboratory.script(),
        "assets/laboratory/classics.js": laboratory_tasks.script(),
        "changelog-text.md": publication.changelog(),
        "assignments-list.md": handout.fragment(),
    }
    made |= speed.fragments() | costs.fragments()
    for file, text in made.items():
        book.write_whole(book.STAGE / file, text)
    tables = {}
    for name in chapters:
        (book.STAGE / f"{name}.md").unlink()
        notebook = json.loads((book.executed(profile) / f"{name}.ipynb").read_text("utf-8"))
        show_judgement(notebook, {record.id: record for record in records})
        tables[name] = figure_files.take(notebook)
        moving.show(notebook)
        (book.STAGE / f"{name}.ipynb").write_text(json.dumps(notebook, ensure_ascii=False, indent=1) + "\n", "utf-8")
    return tables


def show_judgement(notebook: dict[str, Any], records: dict[str, claims.Record]) -> None:
    """Draw the badges anew: the ledger may have changed since the chapter ran. The records stay behind."""
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            record = output.get("data", {}).get(claims.MIME)
            if record:
                shown = records[record["id"]]._repr_mimebundle_()
                output["data"] = {mime: shown[mime] for mime in ("text/plain", "text/html")}


def configure() -> None:
    """_config.yml, fitted to what is at hand: vendored libraries or CDNs, a repository to link to or none, a JupyterHub."""
    settings = yaml.safe_load((book.ROOT / "_config.yml").read_text("utf-8"))
    why_online = vendor_assets.problem()
    if why_online:
        print(f"{why_online}\nThe pages load MathJax from a CDN: reading them takes a network.")
        settings["sphinx"]["config"].pop("mathjax_path", None)
    url = book.repository()
    if url:
        settings["repository"]["url"] = url
        settings["html"].update(use_repository_button=True, use_issues_button=True)
        if os.environ.get("LPU_JUPYTERHUB"):
            settings["launch_buttons"]["jupyterhub_url"] = os.environ["LPU_JUPYTERHUB"]
    else:
        settings.pop("launch_buttons")  # they need an address
    CONFIG.write_text(yaml.safe_dump(settings, sort_keys=False, allow_unicode=True), "utf-8")


def render() -> Path:
    """Run Jupyter Book from scratch; the folder of pages. Exits where it warns or leaves a page out."""
    shutil.rmtree(DRAFT, ignore_errors=True)  # an incremental build would keep old styles and scripts
    # By its function: `python -m jupyter_book` is not offered.  Without garbage collection, which would walk the growing
    # document trees again and again: half of the time, for half a gigabyte.  --toc must be absolute.
    build = "import gc, tools; gc.disable(); from jupyter_book.cli.main import main; main()"
    command = [sys.executable, "-c", build, "build", str(book.STAGE)]
    command += ["--config", str(CONFIG), "--toc", str(book.ROOT / "_toc.yml"), "--path-output", str(DRAFT)]
    command += ["-W", "-n", "--keep-going"]
    path = os.pathsep.join(filter(None, [str(book.ROOT), os.environ.get("PYTHONPATH")]))
    log = book.BUILD / "jupyter-book.log"
    with log.open("w", encoding="utf-8") as file:
        env = os.environ | {"PYTHONPATH": path, "NO_COLOR": "1"}
        run = subprocess.run(command, stdout=file, stderr=subprocess.STDOUT, env=env)
    site = DRAFT / "_build" / "html"
    missing = [page for page in book.toc_pages() if not (site / f"{page}.html").is_file()]
    if run.returncode or missing:
        said = ANSI.sub("", log.read_text("utf-8")).splitlines()
        shown = [line for line in said if "WARNING" in line or "ERROR" in line] or said[-30:]
        shown += [f"no page came out for {page}" for page in missing]
        raise SystemExit("\n".join(shown) + f"\nThe site was not built. All that was said: {log}")
    return site


def publish(site: Path, started: float) -> None:
    """Move the site into its place."""
    old = book.BUILD / "html.old"
    shutil.rmtree(old, ignore_errors=True)
    os.utime(site / "index.html", (started, started))  # a page edited during the build is newer than the site
    if book.SITE.exists():
        book.SITE.rename(old)
    site.rename(book.SITE)
    shutil.rmtree(old, ignore_errors=True)
    shutil.rmtree(DRAFT, ignore_errors=True)


@book.needs_room("The site")
def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--profile", choices=book.PROFILES, default="quick")
    profile = parser.parse_args(argv).profile
    started, cpu = time.time(), build_times.cpu_seconds()
    try:
        tables = stage(profile)
        configure()
        site = render()
        export_notebooks.export(profile, site / "_sources", outputs=False)  # the download buttons lead there
        polish.polish(site)
        finder.add(site)
        publication.dress(site)
        live.place(site)
        now = this_edition()
        for name, found in tables.items():
            figure_files.write(site, name, found, now)
        handout.place(site)
    except (SystemExit, OSError):
        shutil.rmtree(book.SITE, ignore_errors=True)  # else the site of an older text would pass as this one's
        raise
    took = build_times.chapters(profile)
    took.append(build_times.Cost("site", started, time.time() - started, build_times.cpu_seconds() - cpu))
    build_times.show(site / "speed.html", took)
    publish(site, started)
    print(build_times.text(took))
    return 0


if __name__ == "__main__":
    sys.exit(main())
