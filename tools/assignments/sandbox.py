"""A process for a submission's code: what it may see, how much it may use, and questions put to it.

bubblewrap isolates it, where :func:`isolation` says so; elsewhere it has limits and a clean environment, and runs with the
rights of whoever grades.
"""

import contextlib
import functools
import json
import os
import secrets
import selectors
import shutil
import signal
import socket
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

INSIDE = Path(__file__).with_name("inside")
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc/ld.so.cache", "/etc/alternatives")
SESSION = ("XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS")  # where systemd-run finds the user's systemd
NOBODY, STRANGERS, STARTING = 65534, 2**30, 60.0


@dataclass(frozen=True)
class Limits:
    """What a submission may use: seconds for a cell, for a call of a function, for all of it; bytes of memory and files.

    The slowest right answers take 1 s a call and 4 s in all. The most of time that one can cost decides how long a class
    takes: twenty that use it all up, on two processors, take eight minutes.
    """

    cell: float = 20.0
    call: float = 10.0
    total: float = 45.0
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


# ------------------------------------------------------------------ how a program is started


def furniture() -> list[str]:
    """bubblewrap's words for `visible()`, read-only, in folders through which everybody may pass."""
    said, paths = [], visible()
    for folder in sorted({str(parent) for path in paths for parent in Path(path).parents} - {"/"}):
        said += ["--dir", folder]
    for path in paths:
        linked = path in SYSTEM and os.path.islink(path)
        said += ["--symlink", os.readlink(path), path] if linked else ["--ro-bind", path, path]
    return said


def stranger() -> list[str]:
    """For root: a program that starts the next one as a user of its own whom the machine does not know.

    In a user namespace that root opens, nobody is root to the kernel still: who may write into /proc/sys, and start any
    number of processes.
    """
    user = STRANGERS + secrets.randbelow(STRANGERS)
    passage = ["--bind", "/proc", "/proc", "--dev-bind", "/dev", "/dev", "--dir", "/tmp"]
    become = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"]
    return ["bwrap", "--die-with-parent", "--unshare-pid", *furniture(), *passage, *become]


def isolated(program: list[str], limits: Limits, environment: dict[str, str]) -> list[str]:
    """The command that runs a program in a box of bubblewrap."""
    names = [word for name, value in environment.items() for word in ("--setenv", name, value)]
    inside = ["--unshare-all", "--unshare-user", "--disable-userns", "--uid", str(NOBODY), "--gid", str(NOBODY)]
    inside += ["--die-with-parent", "--new-session", "--cap-drop", "ALL", "--hostname", "box", "--clearenv", *names]
    small = ["--size", str(limits.file), "--tmpfs"]
    inside += [*small, "/tmp", *furniture(), "--proc", "/proc", "--dev", "/dev", *small, "/dev/shm"]
    inside += ["--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/tmp"]
    return [*capped(limits.memory), *(stranger() if os.getuid() == 0 else []), "bwrap", *inside, "--", *program]


def exposed(program: list[str]) -> list[str]:
    """The command that runs a program without a box; on Linux it ends with whoever started it."""
    return ["setpriv", "--no-new-privs", "--pdeathsig", "KILL", *program] if shutil.which("setpriv") else program


CAP = "import pathlib; group = pathlib.Path('/proc/self/cgroup').read_text().split('0::')[1].strip(); "
CAP += "print(pathlib.Path(f'/sys/fs/cgroup{group}/memory.max').read_text())"


@functools.cache
def capped(memory: int) -> list[str]:
    """The start of a command whose processes have so much memory together, by systemd; empty where that fails: tried."""
    scope = ["systemd-run", *([] if os.getuid() == 0 else ["--user"]), "--scope", "--quiet", "--collect"]
    scope += ["-p", f"MemoryMax={memory}", "-p", "MemorySwapMax=0"]
    try:
        tried = subprocess.run([*scope, sys.executable, "-I", "-c", CAP], capture_output=True, text=True, timeout=20)
        return scope if int(tried.stdout) <= memory else []
    except (OSError, subprocess.TimeoutExpired, ValueError):
        return []


class Box:
    """A running sandbox. Close it, or use it as a context. It ends with the thread that starts it.

    Raises RuntimeError where none starts, twice: that is no submission's fault.
    """

    def __init__(self, limits: Limits, isolate: bool):
        try:
            self._start(limits, isolate)
        except RuntimeError:
            self._start(limits, isolate)

    def _start(self, limits: Limits, isolate: bool) -> None:
        """Start the runner, and wait until it says that it is there: all its packages are imported."""
        self.folder = tempfile.TemporaryDirectory(prefix="lpu-box-", ignore_cleanup_errors=True)
        home = "/tmp" if isolate else self.folder.name
        environment = {
            "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
            "PYTHONPATH": str(book.ROOT),
            "PYTHONDONTWRITEBYTECODE": "1",
            "NUMBA_DISABLE_JIT": "1",  # a box is empty: each would compile the inner loops anew
            "MPLBACKEND": "Agg",
            "IPYTHONDIR": f"{home}/.ipython",
            "LPU_PROGRESS": "0",
            "HOME": home,
            "TMPDIR": home,
            "LANG": "C.UTF-8",
            "USER": "student",
            **dict.fromkeys(THREADS, "1"),
        }
        held = {"AS": limits.memory, "FSIZE": limits.file, "CORE": 0, "NOFILE": 256, "CPU": int(limits.total) + 1}
        if isolate:
            held["NPROC"] = 256  # elsewhere it would count all that the user runs
        program = [sys.executable, str(INSIDE / "runner.py"), json.dumps(held)]
        try:
            self.process = subprocess.Popen(
                isolated(program, limits, environment) if isolate else exposed(program),
                cwd=self.folder.name,
                env=environment | {name: os.environ[name] for name in SESSION if name in os.environ and isolate},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        except OSError as error:
            self.folder.cleanup()
            raise RuntimeError(f"no box could be started: {error}") from None
        assert self.process.stdin and self.process.stdout and self.process.stderr
        self.requests, self.replies = self.process.stdin.fileno(), self.process.stdout.fileno()
        for descriptor in (self.requests, self.replies):
            os.set_blocking(descriptor, False)
        try:
            self._receive(time.monotonic() + STARTING)
        except (TimeoutError, EOFError, ValueError) as error:
            self._kill()
            said = self.process.stderr.read().decode(errors="replace").strip()
            self.close()
            raise RuntimeError(f"no box could be started: {said or error or 'it ended'}") from None

    def ask(self, message: dict[str, Any], seconds: float) -> dict[str, Any]:
        """The reply to a request. Raises Stopped where none comes in time, or none that makes sense."""
        deadline = time.monotonic() + seconds
        try:
            self._write(wire.pack(message), deadline)
            return self._receive(deadline)
        except TimeoutError:
            self.close()
            raise Stopped(f"ran longer than {seconds:.3g} s") from None
        except (EOFError, BrokenPipeError):
            raise Stopped(self._how_it_ended()) from None
        except (ValueError, RecursionError):
            self.close()
            raise Stopped("answered with what is no answer") from None

    def _receive(self, deadline: float) -> dict[str, Any]:
        """The next message. Raises ValueError where it makes no sense."""
        (length,) = struct.unpack(">Q", self._read(8, deadline))
        if length > wire.LARGEST:
            self.close()
            raise Stopped("answered with too much")
        reply = json.loads(self._read(length, deadline))
        if not isinstance(reply, dict):
            raise ValueError("no dictionary")
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
        self.close()
        number = 0 if code is None else -code if code < 0 else code - 128
        if number in set(signal.Signals):
            return f"ended the process ({signal.Signals(number).name})"
        return "ended the process" + ("" if code is None else f" (exit status {code})")

    def _kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def close(self) -> None:
        """Kill all that runs in it."""
        self._kill()
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


INSTALL = "bubblewrap is not installed: sudo apt install bubblewrap"
UBUNTU = Path("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")


@functools.cache
def isolation() -> str | None:
    """None where submitted code can be isolated here: tried, not assumed. Else the reason, in words."""
    if sys.platform != "linux":
        return f"it takes Linux and bubblewrap; this is {sys.platform}"
    if not shutil.which("bwrap"):
        return INSTALL
    with socket.create_server(("127.0.0.1", 0)) as server:
        probe = PROBE.format(port=server.getsockname()[1], hidden=str(Path(__file__)))
        command = isolated([sys.executable, "-I", "-c", probe], Limits(), {})
        try:
            tried = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
        except (OSError, subprocess.TimeoutExpired) as error:
            return f"bubblewrap can't be run: {error}"
    if tried.returncode:
        return f"bubblewrap can't isolate: {explained(tried.stderr)}"
    seen = json.loads(tried.stdout)
    return None if seen == {"sees": False, "reaches": False} else f"bubblewrap's box does not hold: {seen}"


def explained(complaint: str) -> str:
    """What a program that can't isolate said, and what to do about it where that is known."""
    said = " ".join(complaint.split()) or "it says nothing"
    if "Unknown option" in said:
        return f"{said} (it takes version 0.8 or newer)"
    if UBUNTU.is_file() and UBUNTU.read_text().strip() == "1":
        return f"{said} (Ubuntu restricts user namespaces; the page on teaching says how bubblewrap may use them)"
    return said


def ready(unsafe: bool) -> bool:
    """Whether submitted code will be isolated. Raises SystemExit where it can't be and nobody said that it need not be."""
    why_not = isolation()
    if why_not and not unsafe:
        raise SystemExit(
            "Nothing was graded: submitted code can't be isolated here, so it could read and change your files. "
            f"The reason: {why_not}. If you trust all who handed in, say so: make grade … UNSAFE=1"
        )
    return why_not is None
