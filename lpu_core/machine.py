"""Whether there is machine code for the inner loops; where there is none, NumPy does the same."""

import functools
import os
from types import ModuleType


@functools.cache
def machine_code() -> ModuleType | None:
    """:mod:`lpu_core.compiled`, or None where Numba is missing (a browser) or finds no folder to keep what it compiles.

    None, too, where NUMBA_DISABLE_JIT=1 asks Numba itself for plain Python.

    Loaded at the first call, for Numba takes half a second. The first call ever compiles, for some twenty seconds;
    ``make install`` does so beforehand.
    """
    if os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0"):
        return None
    try:
        from lpu_core import compiled
    except (ImportError, RuntimeError):  # RuntimeError: no folder for the cache, so each process would compile anew
        return None
    return compiled
