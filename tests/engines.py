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
from collections.abc import Sequence
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
NAMES = ("Enter", "End", "Home", "ArrowLeft", "ArrowUp", "ArrowRight", "ArrowDown", "Shift")
KEYS = dict(zip(NAMES, "\ue007\ue010\ue011\ue012\ue013\ue014\ue015\ue008", strict=True))
"""WebDriver's letters for keys that make none."""
FINGER = """(path, times) => {
  const node = document.elementFromPoint(...path[0]);
  node.setPointerCapture = () => {}; // it takes real pointers only
  const fire = (type, [clientX, clientY]) => {
    const what = { pointerType: "touch", pointerId: 7, isPrimary: true, bubbles: true, cancelable: true };
    node.dispatchEvent(new PointerEvent(type, { ...what, clientX, clientY, button: type === "pointermove" ? -1 : 0 }));
  };
  for (let i = 0; i < times; i++) {
    fire("pointerdown", path[0]);
    for (const place of path.slice(1)) fire("pointermove", place);
    fire("pointerup", path.at(-1));
    if (node.type === "range") {
      const { left, width } = node.getBoundingClientRect();
      node.value = Number(node.min) + ((path.at(-1)[0] - left - 8) / (width - 16)) * (node.max - node.min);
      node.dispatchEvent(new Event("input", { bubbles: true }));
    } else node.click();
  }
}"""
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

    def point(self, kind: str, path: Sequence[Sequence[float]], times: int = 1) -> None:
        """Press a mouse's button or a finger at the first place, go along the others, let go; some times over."""
        move = [{"type": "pointerMove", "x": round(x), "y": round(y), "duration": 0} for x, y in path]
        press = [move[0], {"type": "pointerDown", "button": 0}, *move[1:], {"type": "pointerUp", "button": 0}]
        pointer = {"type": "pointer", "id": kind, "parameters": {"pointerType": kind}, "actions": press * times}
        self.say("PerformActions", "actions", actions=[pointer])

    def strike(self, keys: Sequence[str]) -> None:
        """Press and release keys, one after the other; Shift+ before a key holds that, too."""
        steps = []
        for key in keys:
            *held, last = [KEYS.get(part, part) for part in key.split("+")]
            steps += [{"type": "keyDown", "value": value} for value in [*held, last]]
            steps += [{"type": "keyUp", "value": value} for value in [last, *held]]
        self.say("PerformActions", "actions", actions=[{"type": "key", "id": "keys", "actions": steps}])

    def choose(self, selector: str, index: int) -> None:
        """Click an entry of a list: what the engine shows for it is no part of the page."""
        found = self.say("FindElement", "element", using="css selector", value=f"{selector} option:nth-child({index + 1})")
        (id,) = found.values()
        self.say("ElementClick", f"element/{id}/click", id=id)

    def enter(self) -> None:
        """Into the page's frame."""
        self.say("SwitchToFrame", "frame", id=0)

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
        env["WEBKIT_DISABLE_COMPOSITING_MODE"] = "1"  # drawn by software, a frame takes a tenth of the time so
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

    def point(self, kind: str, path: Sequence[Sequence[float]], times: int = 1) -> None:
        """Its driver gives every pointer out for a mouse: so a finger is made of events, as an engine makes them."""
        if kind == "touch":
            self.ask(f"({FINGER})({json.dumps([*map(list, path)])}, {times})")
        else:
            super().point(kind, path, times)

    def say(self, command: str, path: str, **body: Any) -> Any:
        return self.send("POST", f"{self.at}/{path}".rstrip("/"), body)


def missing(engine: type[Engine]) -> str | None:
    """What keeps this engine away, or None."""
    if engine is Firefox:
        return None if FIREFOX else "there is no Firefox on PATH"
    absent = [name for name in ("WebKitWebDriver", "Xvfb") if not shutil.which(name)] + ["MiniBrowser"] * (not MINIBROWSER)
    return f"there is no {' and no '.join(absent)} (Debian's webkit2gtk-driver and xvfb)" if absent else None
