"""A process for a submission's code: what it may see, how much it may use, and questions put to it.

What `enter` isolates holds where :func:`isolation` says so; elsewhere the process has limits and a clean environment, and
runs with the rights of whoever grades.
"""

import contextlib
import functools
import json
import os
import selectors
import signal
import struct
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools import book
from tools.assignments.inside import wire

ENTER = Path(__file__).with_name("enter.py")
INSIDE = Path(__file__).with_name("inside")
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc/ld.so.cache", "/etc/alternatives")


@dataclass(frozen=True)
class Limits:
    """What a submission may use: seconds for a cell, for a call of a function, for all of it; bytes of memory and files."""

    cell: float = 60.0
    call: float = 20.0
    total: float = 300.0
    memory: int = 2 * 2**30
    file: int = 2**26


class Stopped(Exception):
    """The process ended, or had to be ended; the reason, in words."""


def visible() -> list[str]:
    """The paths that an isolated process sees: Python, its packages, lpu_core with its results, and the runner."""
    packages = [entry for entry in sys.path if Path(entry).name in ("site-packages", "dist-packages")]
    wanted: list[Any] = [
        *SYSTEM,
        sys.base_prefix,
        sys.prefix,
        *packages,
        book.ROOT / "lpu_core",
        book.ROOT / "lpu_book",
        book.BOOK / "results",
        INSIDE,
    ]
    paths = sorted({os.path.abspath(str(path)) for path in wanted if os.path.lexists(path)})
    return [path for path in paths if not any(path.startswith(f"{other}/") for other in paths)]


class Box:
    """A running sandbox. Close it, or use it as a context."""

    def __init__(self, limits: Limits, isolated: bool, command: list[str] | None = None):
        self.folder = tempfile.TemporaryDirectory(prefix="lpu-box-", ignore_cleanup_errors=True)
        os.chmod(self.folder.name, 0o700)
        rlimits = {"AS": limits.memory, "FSIZE": limits.file, "CORE": 0, "NOFILE": 256, "CPU": int(limits.total) + 1}
        if isolated:
            rlimits["NPROC"] = 256  # elsewhere it would count all that the user runs
        plan = {
            "isolated": isolated,
            "box": self.folder.name,
            "binds": visible(),
            "size": limits.file,
            "limits": rlimits,
            "command": command or [sys.executable, str(INSIDE / "runner.py")],
        }
        home = "/home" if isolated else self.folder.name
        env = {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "HOME": home, "TMPDIR": "/tmp" if isolated else home}
        env |= {"PYTHONPATH": str(book.ROOT), "PYTHONDONTWRITEBYTECODE": "1", "LANG": "C.UTF-8", "USER": "student"}
        env["NUMBA_DISABLE_JIT"] = "1"  # a box is empty: each would compile the inner loops anew
        env |= {"MPLBACKEND": "Agg", "IPYTHONDIR": f"{home}/.ipython", "LPU_PROGRESS": "0", **dict.fromkeys(THREADS, "1")}
        self.process = subprocess.Popen(
            [sys.executable, "-S", "-E", str(ENTER), json.dumps(plan)],
            cwd=self.folder.name,
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        assert self.process.stdin and self.process.stdout and self.process.stderr
        self.requests, self.replies = self.process.stdin.fileno(), self.process.stdout.fileno()
        for descriptor in (self.requests, self.replies):
            os.set_blocking(descriptor, False)

    def ask(self, message: dict[str, Any], seconds: float) -> dict[str, Any]:
        """The reply to a request. Raises Stopped where none comes in time, or none that makes sense."""
        deadline = time.monotonic() + seconds
        try:
            self._write(wire.pack(message), deadline)
            (length,) = struct.unpack(">Q", self._read(8, deadline))
            if length > wire.LARGEST:
                raise Stopped("answered with too much")
            reply = json.loads(self._read(length, deadline))
        except TimeoutError:
            self.close()
            raise Stopped(f"ran longer than {seconds:.3g} s") from None
        except (EOFError, BrokenPipeError):
            raise Stopped(self._how_it_ended()) from None
        except (ValueError, RecursionError):
            self.close()
            raise Stopped("answered with what is no answer") from None
        if not isinstance(reply, dict):
            self.close()
            raise Stopped("answered with what is no answer")
        return reply

    def _write(self, data: bytes, deadline: float) -> None:
        while data:
            self._wait(self.requests, selectors.EVENT_WRITE, deadline)
            data = data[os.write(self.requests, data[: 2**16]) :]

    def _read(self, length: int, deadline: float) -> bytes:
        parts = []
        while length:
            self._wait(self.replies, selectors.EVENT_READ, deadline)
            part = os.read(self.replies, min(length, 2**20))
            if not part:
                raise EOFError
            parts.append(part)
            length -= len(part)
        return b"".join(parts)

    @staticmethod
    def _wait(descriptor: int, event: int, deadline: float) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(descriptor, event)
            if not selector.select(max(0.0, deadline - time.monotonic())):
                raise TimeoutError

    def _how_it_ended(self) -> str:
        try:
            code = self.process.wait(5)
        except subprocess.TimeoutExpired:
            code = None
        said = (
            self.process.stderr.read().decode(errors="replace").strip() if code is not None and self.process.stderr else ""
        )
        self.close()
        if said.startswith("enter: "):
            raise RuntimeError(said)  # not the submission's fault
        number = 0 if code is None else -code if code < 0 else code - 128
        if number in set(signal.Signals):
            return f"ended the process ({signal.Signals(number).name})"
        return "ended the process" + ("" if code is None else f" (exit status {code})")

    def close(self) -> None:
        """Kill all that runs in it."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream:
                stream.close()
        self.folder.cleanup()

    def __enter__(self) -> "Box":
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()


PROBE = """
import json, os, socket
try:
    socket.create_connection(("127.0.0.1", {port}), 2)
    reached = True
except OSError:
    reached = False
print(json.dumps({{"sees": os.path.exists({hidden!r}), "reaches": reached}}), flush=True)
"""


@functools.cache
def isolation() -> str | None:
    """None where submitted code can be isolated here: tried, not assumed. Else the reason, in words."""
    if sys.platform != "linux":
        return f"it takes Linux; this is {sys.platform}"
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server:
        probe = PROBE.format(port=server.getsockname()[1], hidden=str(Path(__file__)))
        box = Box(Limits(), True, [sys.executable, "-I", "-c", probe])
        try:
            said, complaint = box.process.communicate(timeout=30)
            seen = json.loads(said) if said else {"why": complaint.decode(errors="replace").strip()}
        except (subprocess.TimeoutExpired, ValueError) as error:
            seen = {"why": str(error)}
        finally:
            box.close()
    if seen == {"sees": False, "reaches": False}:
        return None
    return f"the system refuses ({seen.get('why') or seen})"
