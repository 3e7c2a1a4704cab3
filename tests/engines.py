"""Firefox and WebKit for the tests, each driven in its own words: Firefox by Marionette, which it brings along, WebKit by
Debian's WebKitWebDriver.  Both protocols carry the same W3C commands, so a dozen lines for each are enough."""

import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.request
from contextlib import ExitStack
from pathlib import Path
from typing import Any

MINIBROWSER = next(Path("/usr/lib").glob("*/webkit2gtk-4.1/MiniBrowser"), None)
# Nothing is asked of the network, and nothing moves by itself, which would race with clicks.
OFF = (
    "app.update.enabled",
    "browser.safebrowsing.malware.enabled",
    "browser.safebrowsing.phishing.enabled",
    "browser.shell.checkDefaultBrowser",
    "datareporting.policy.dataSubmissionEnabled",
    "extensions.update.enabled",
    "general.smoothScroll",
    "network.captive-portal-service.enabled",
    "network.connectivity-service.enabled",
)
PREFERENCES = dict.fromkeys(OFF, False) | {
    "marionette.port": 0,
    "services.settings.server": "data:,",
    "toolkit.telemetry.server": "",
}
FIREFOX = next(filter(None, map(shutil.which, ("firefox-esr", "firefox"))), None)
PATIENCE = 60
"""Seconds, for a page as for an answer."""


def until(holds: Any, seconds: float = PATIENCE) -> Any:
    """Wait until it gives something true, and give that."""
    end = time.monotonic() + seconds
    while not (found := holds()):
        if time.monotonic() > end:
            raise TimeoutError(f"nothing after {seconds} s")
        time.sleep(0.1)
    return found


class Engine:
    """A browser with one tab, in a folder of its own; ends with `quit`."""

    def __init__(self, *command: str, env: dict[str, str] | None = None):
        self.ends = ExitStack()
        self.home = Path(self.ends.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
        self.start(*command, env=env or {})

    def spawn(self, *command: str, env: dict[str, str], **options: Any) -> subprocess.Popen:
        homes = {"HOME": str(self.home), "XDG_RUNTIME_DIR": str(self.home), "NO_AT_BRIDGE": "1"}
        options = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL} | options
        process = subprocess.Popen(command, env=os.environ | homes | env, **options)

        def end() -> None:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()

        self.ends.callback(end)
        return process

    def start(self, *command: str, env: dict[str, str]) -> None:
        raise NotImplementedError

    def say(self, command: str, path: str, **body: Any) -> Any:
        """A W3C command, by Marionette's name and by WebDriver's path; its value."""
        raise NotImplementedError

    def open(self, url: str) -> None:
        self.say("Navigate", "url", url=url)

    def ask(self, script: str) -> Any:
        """The value of an expression on the page, or of its promise."""
        run = "const [tell] = arguments; Promise.resolve().then(() => ({})).then(tell, (error) => tell(String(error)))"
        return self.say("ExecuteAsyncScript", "execute/async", script=run.format(script), args=[])

    def wait(self, script: str, seconds: float = PATIENCE) -> Any:
        return until(lambda: self.ask(script), seconds)

    def size(self, width: int, height: int) -> None:
        self.say("SetWindowRect", "window/rect", width=width, height=height)

    def click(self, x: float, y: float) -> None:
        """Press and release the pointer at a place in the window."""
        steps = [{"type": "pointerMove", "x": round(x), "y": round(y), "duration": 0}, {"type": "pointerDown", "button": 0},
                 {"type": "pointerUp", "button": 0}]  # fmt: skip
        pointer = {"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": steps}
        self.say("PerformActions", "actions", actions=[pointer])

    def quit(self) -> None:
        self.ends.close()


class Firefox(Engine):
    def start(self, *command: str, env: dict[str, str]) -> None:
        prefs = (f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in PREFERENCES.items())
        (self.home / "user.js").write_text("".join(prefs))
        self.spawn(FIREFOX, "--headless", "--no-remote", "--marionette", "--profile", str(self.home), env=env)
        file = self.home / "MarionetteActivePort"
        port = int(until(lambda: file.is_file() and file.read_text()))
        self.socket = self.ends.enter_context(socket.create_connection(("127.0.0.1", port), PATIENCE))
        self.answers = self.ends.enter_context(self.socket.makefile("rb"))
        self.hear()
        self.say("NewSession", "")

    def hear(self) -> Any:
        length = b""
        while (byte := self.answers.read(1)) != b":":
            length += byte
        return json.loads(self.answers.read(int(length)))

    def say(self, command: str, path: str, **body: Any) -> Any:
        data = json.dumps([0, 1, f"WebDriver:{command}", body]).encode()
        self.socket.sendall(b"%d:%s" % (len(data), data))
        _, _, error, answer = self.hear()
        if error:
            raise RuntimeError(f"{command}: {error['message']}")
        return answer.get("value") if isinstance(answer, dict) else answer


class WebKit(Engine):
    def start(self, *command: str, env: dict[str, str]) -> None:
        screen = ["Xvfb", "-displayfd", "1", "-screen", "0", "1500x1100x24", "-nolisten", "tcp"]
        shown = self.spawn(*screen, env=env, stdout=subprocess.PIPE, text=True).stdout
        env = env | {"DISPLAY": f":{shown.readline().strip()}", "GDK_BACKEND": "x11", "LIBGL_ALWAYS_SOFTWARE": "1"}
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.spawn("WebKitWebDriver", f"--port={port}", env=env)
        self.at = f"http://127.0.0.1:{port}/session"
        options = {"webkitgtk:browserOptions": {"binary": str(MINIBROWSER), "args": ["--automation"]}}
        until(lambda: self.listens(port))
        session = self.say("NewSession", "", capabilities={"alwaysMatch": options})
        self.at += f"/{session['sessionId']}"
        self.ends.callback(lambda: self.send("DELETE", self.at))

    def listens(self, port: int) -> bool:
        with socket.socket() as trial:
            return trial.connect_ex(("127.0.0.1", port)) == 0

    def send(self, method: str, url: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{url}: {error.read().decode()[:500]}") from None

    def say(self, command: str, path: str, **body: Any) -> Any:
        return self.send("POST", f"{self.at}/{path}".rstrip("/"), body)


def missing(engine: type[Engine]) -> str | None:
    """What keeps this engine away, or None."""
    if engine is Firefox:
        return None if FIREFOX else "there is no Firefox on PATH"
    absent = [name for name in ("WebKitWebDriver", "Xvfb") if not shutil.which(name)] + ["MiniBrowser"] * (not MINIBROWSER)
    return f"there is no {' and no '.join(absent)} (Debian's webkit2gtk-driver and xvfb)" if absent else None
