"""Speed, as ratios within one run: what the package costs against its own primitives, plain loops and the processor.

    python -m benchmarks.bench            all of it, some twenty minutes; `make bench` calls this
    python -m benchmarks.bench simulation one part of it

Each row is measured twice where the processor has AVX-512: as the machine is, and as a laptop, whose vectors have half the
width. Libraries choose their machine code as they load, so each column is a process of its own. Prints the tables and
writes them to benchmarks/results.json, with the machine's description, for the page on speed; exits 1 where a target is
missed.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
from datetime import date
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

RESULTS = Path(__file__).with_name("results.json")
PARTS = ("simulation", "flow", "training", "sweeps", "book")
NATIVE, LAPTOP = "as it is", "as a laptop"
AVX2_ONLY = {
    "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR",
    "ATEN_CPU_CAPABILITY": "avx2",
    "MKL_ENABLE_INSTRUCTIONS": "AVX2",
    "ONEDNN_MAX_CPU_ISA": "AVX2",
    "OPENBLAS_CORETYPE": "Haswell",
    "NUMBA_CPU_NAME": "haswell",
    "XLA_FLAGS": "--xla_cpu_max_isa=AVX2",
}
"""What NumPy, PyTorch and its parts, OpenBLAS, Numba and JAX are told, so that they use no wider vectors than AVX2's."""


def processor() -> tuple[str, bool]:
    """The processor's name, and whether it has AVX-512."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    found = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
    name = found.get("model name") or platform.processor() or platform.machine()
    return name, "avx512f" in found.get("flags", "").split()


def machine() -> dict[str, object]:
    """What the numbers depend on: the processor, the system, and the packages' versions."""
    name, wide = processor()
    about = {"processor": name, "avx512": wide, "cores": os.cpu_count(), "threads": 1, "system": platform.system()}
    packages = {package: version(package) for package in ("numpy", "scipy", "numba", "torch", "joblib")}
    return about | {"python": platform.python_version()} | packages


def measured(column: str, parts: list[str]) -> dict[str, list[dict]]:
    """The rows of each part in one column, measured by a process that prints them as it goes."""
    with TemporaryDirectory() as folder:
        written = Path(folder, "rows.json")
        command = [sys.executable, "-m", "benchmarks.rows", str(written), "narrow" if narrow(column) else "wide", *parts]
        subprocess.run(command, check=True, env=os.environ | (AVX2_ONLY if column == LAPTOP else {}))
        return json.loads(written.read_text())


def narrow(column: str) -> bool:
    """Whether vectors are AVX2's or narrower in this column."""
    return column == LAPTOP or not processor()[1]


def main() -> int:
    parser = argparse.ArgumentParser(description="Speed, as ratios within one run.")
    parser.add_argument("parts", nargs="*", help=f"some of {', '.join(PARTS)}; all by default")
    chosen = parser.parse_args().parts or list(PARTS)
    if unknown := set(chosen) - set(PARTS):
        parser.error(f"parts: expected some of {', '.join(PARTS)}, got {', '.join(sorted(unknown))}")
    here, kept = machine(), json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    if set(chosen) != set(PARTS) and kept.get("machine") != here:
        parser.error(f"parts: {RESULTS.name} was measured on another machine or with other packages, so measure all of them")
    columns = {}
    for column in [NATIVE, LAPTOP][: 1 + processor()[1]]:
        print(f"\n{here['processor']}, {column}", flush=True)
        fresh = measured(column, chosen)
        columns[column] = {part: fresh.get(part) or kept["columns"][column][part] for part in PARTS}
    found = {"date": str(date.today()), "machine": here, "columns": columns}
    RESULTS.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    return 0 if all(row["met"] is not False for rows in columns.values() for part in rows.values() for row in part) else 1


if __name__ == "__main__":
    sys.exit(main())
