"""Run a submission's cells and answer for its functions: the only program in the sandbox.

    python runner.py '{"AS": 2147483648, …}'

It limits itself and says that it is ready. Then requests come on stdin, replies leave on stdout; see :mod:`wire`.
{"run": source} runs a cell, {"get": name} fetches a variable, {"call": name or handle, "args": …, "kwargs": …} calls a
function.
"""

import io
import json
import os
import resource
import struct
import sys
from contextlib import redirect_stderr, redirect_stdout, suppress
from typing import Any, BinaryIO

import wire  # beside this file: its folder is the first of sys.path

LONGEST_TEXT = 10_001
"""One more than the judge keeps, so that it sees where there was more."""


def serve(requests: BinaryIO, replies: BinaryIO) -> None:
    """Answer until there is nothing more to answer."""
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    class Shell(InteractiveShell):
        system = InteractiveShell.system_raw  # without a terminal, of which there is none

        def enable_gui(self, gui: str | None = None) -> None:
            """Nothing, so that %matplotlib goes through; the figures are drawn with Agg."""

    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    shell = Shell.instance(config=config)
    functions: list[Any] = []

    def keep(function: Any) -> int:
        functions.append(function)
        return len(functions) - 1

    def answer(request: dict[str, Any]) -> dict[str, Any]:
        if "run" in request:
            result = shell.run_cell(request["run"], store_history=False)
            error = result.error_before_exec or result.error_in_exec
            return {"error": describe(error) if error else None}
        if "get" in request:
            if request["get"] not in shell.user_ns:
                return {"missing": True}
            value = shell.user_ns[request["get"]]
            return {"function": True} if callable(value) else {"value": wire.encode(value)}
        name = request["call"]
        function = functions[name] if isinstance(name, int) else shell.user_ns[name]
        args, kwargs = wire.decode(request["args"]), wire.decode(request["kwargs"])
        return {"value": wire.encode(function(*args, **kwargs), keep)}

    replies.write(wire.pack({"ready": True}))
    replies.flush()
    while head := requests.read(8):
        request = json.loads(requests.read(*struct.unpack(">Q", head)))
        said = io.StringIO()
        with redirect_stdout(said), redirect_stderr(said):
            try:
                reply = answer(request)
            except wire.Unfit as error:
                reply = {"unfit": str(error)}
            except BaseException as error:
                reply = {"error": describe(error)}
        try:
            packed = wire.pack(reply | {"text": said.getvalue()[:LONGEST_TEXT]})
        except wire.Unfit as error:
            packed = wire.pack({"unfit": str(error)})
        replies.write(packed)
        replies.flush()


def describe(error: BaseException) -> str:
    """The error's type and message, in a line."""
    try:
        return " ".join(f"{type(error).__name__}: {error}".split())[:500]
    except BaseException:  # its message can't be told
        return type(error).__name__


def limit(wanted: dict[str, int]) -> None:
    """Hold this process, and all that it starts, to these limits for good."""
    for name, value in wanted.items():
        kind = getattr(resource, f"RLIMIT_{name}")
        hard = resource.getrlimit(kind)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        with suppress(*(() if sys.platform == "linux" else (OSError, ValueError))):  # a Mac knows no AS
            resource.setrlimit(kind, (value, value))


def main() -> None:
    limit(json.loads(sys.argv[1]))
    requests, replies = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):  # what a cell prints past sys.stdout goes nowhere
        os.dup2(null, descriptor)
    sys.argv[1:] = []
    serve(requests, replies)


if __name__ == "__main__":
    main()
