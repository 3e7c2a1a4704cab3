"""Start a program in a sandbox; the standard library only.

    python enter.py '{"isolated": true, "box": …, "binds": […], "limits": {…}, "command": […]}'

Isolated, on Linux: namespaces of its own for mounts, processes, network and IPC (and users, unless root starts it), in
which the only files are the folders named in `binds`, read-only, and an empty home and /tmp in memory. A root becomes
nobody. Else: limits of memory, files and time, and that is all. It leaves with status 71, and says why, where it can't
isolate.
"""

import contextlib
import ctypes
import json
import os
import resource
import signal
import sys
from typing import Any

NEWNS, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET = 0x20000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000
NOSUID, NODEV, NOEXEC, BIND, REC, PRIVATE = 2, 4, 8, 0x1000, 0x4000, 0x40000
MOUNT_SETATTR, AT_FDCWD, AT_RECURSIVE = 442, -100, 0x8000
PDEATHSIG, DUMPABLE, NO_NEW_PRIVS = 1, 4, 38
STRANGERS, CANNOT = 2**30, 71
DEVICES = ("/dev/null", "/dev/zero", "/dev/random", "/dev/urandom")
WRITABLE = ("/tmp", "/home", "/dev/shm")


def system(name: str, *args: Any) -> None:
    """Call libc; raise OSError where it fails."""
    libc = ctypes.CDLL(None, use_errno=True)
    converted = [arg.encode() if isinstance(arg, str) else arg for arg in args]
    if getattr(libc, name)(*converted) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


def die_with_parent() -> None:
    """Be killed when whoever started this ends, however it ends."""
    system("prctl", PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def read_only(path: str, devices: bool) -> None:
    """The mount at `path`, and what is mounted below it, read-only for good."""
    attributes = (ctypes.c_uint64 * 4)(1 | NOSUID | (0 if devices else NODEV))
    system("syscall", MOUNT_SETATTR, AT_FDCWD, path, AT_RECURSIVE, attributes, ctypes.sizeof(attributes))


def furnish(box: str, binds: list[str], size: int) -> None:
    """A root folder in memory at `box`, with the folders of `binds` in their places."""
    system("mount", None, "/", None, REC | PRIVATE, None)
    system("mount", "tmpfs", box, "tmpfs", NOSUID | NODEV, f"size={size},mode=755")
    for path in (*binds, *DEVICES):
        place = box + path
        os.makedirs(os.path.dirname(place), exist_ok=True)
        if os.path.islink(path):
            os.symlink(os.readlink(path), place)
            continue
        if os.path.isdir(path):
            os.makedirs(place, exist_ok=True)
        else:
            open(place, "x").close()
        system("mount", path, place, None, BIND | REC, None)
        read_only(place, path in DEVICES)
    for path in WRITABLE:
        os.makedirs(box + path, exist_ok=True)
        os.chmod(box + path, 0o1777)
    os.mkdir(f"{box}/proc")


def move_in(box: str) -> None:
    system("mount", "proc", f"{box}/proc", "proc", NOSUID | NODEV | NOEXEC, None)
    os.chdir(box)
    system("pivot_root", ".", ".")
    system("umount2", ".", 2)  # the old root, which lies on top
    os.chdir("/home")


def set_limits(limits: dict[str, int]) -> None:
    for name, value in limits.items():
        kind = getattr(resource, f"RLIMIT_{name}")
        hard = resource.getrlimit(kind)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        with contextlib.suppress(*(() if sys.platform == "linux" else (OSError, ValueError))):  # a Mac knows no AS
            resource.setrlimit(kind, (value, value))


def run(plan: dict[str, Any]) -> None:
    """Become the command, with no rights to gain."""
    if sys.platform == "linux":
        system("prctl", NO_NEW_PRIVS, 1, 0, 0, 0)
    set_limits(plan["limits"])
    if plan["isolated"] and os.getuid() == 0:
        # Nobody whom the machine knows, and another one for each box: processes are counted by user, and one program that
        # starts all it may must not leave none for the next.
        os.setgroups([])
        os.setresgid(plan["user"], plan["user"], plan["user"])
        os.setresuid(plan["user"], plan["user"], plan["user"])
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 2)
    os.execv(plan["command"][0], plan["command"])


def wait_for(child: int) -> None:
    """Hold neither pipe, reap whoever ends, and end with `child` as it ended."""
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    while True:
        ended, status = os.wait()
        if ended == child:
            code = os.waitstatus_to_exitcode(status)
            os._exit(code if code >= 0 else 128 - code)


def isolate(plan: dict[str, Any]) -> None:
    user, group = os.getuid(), os.getgid()
    system("unshare", NEWNS | NEWUTS | NEWIPC | NEWPID | NEWNET | (NEWUSER if user else 0))
    if user:
        for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
            with open(f"/proc/self/{name}", "w") as file:
                file.write(text)
    die_with_parent()  # again: new rights forget it
    furnish(plan["box"], plan["binds"], plan["size"])
    first = os.fork()
    if first:
        wait_for(first)
    # The first process of the namespace is ours and outlives the program: when it is killed, all in there are.
    die_with_parent()
    system("prctl", DUMPABLE, 0, 0, 0, 0)
    move_in(plan["box"])
    child = os.fork()
    if child:
        wait_for(child)


def main() -> None:
    plan = json.loads(sys.argv[1]) | {"user": STRANGERS + os.getpid()}  # as seen from outside, where it is one of a kind
    try:
        if sys.platform == "linux":
            die_with_parent()
        if plan["isolated"]:
            isolate(plan)
        run(plan)
    except (OSError, ValueError, AttributeError) as error:
        print(f"enter: {error}", file=sys.stderr, flush=True)
        os._exit(CANNOT)


if __name__ == "__main__":
    main()
