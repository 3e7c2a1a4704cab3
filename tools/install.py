"""Make .venv and fill it with the book's pinned packages; `make` calls this first.

    python3.11 tools/install.py           into .venv
    python3.11 tools/install.py --here    into the Python that runs it (Binder does so)
    python3.11 tools/install.py --same    refuses where .venv is of another Python
    python3.11 tools/install.py --list    writes .venv/packages.txt alone

Only the standard library, and syntax that Python 2 can read, too: it must be able to say that it is too old.
"""

import os
import re
import shutil
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
STAMP = os.path.join(VENV, ".done")
PACKAGES = os.path.join(VENV, "packages.txt")
OLDEST, TOO_NEW = (3, 11), (3, 14)
NEEDED_GB = 3
UV = "uv==0.13.8"

# What pip is told of mirrors and certificates, uv wants to hear under its own names.
FOR_UV = (("PIP_INDEX_URL", "UV_DEFAULT_INDEX"), ("PIP_CERT", "SSL_CERT_FILE"))
NO_SPACE = ("no space left", "os error 28", "disk quota exceeded", "not enough space")
NO_NETWORK = (
    "name resolution", "name or service not known", "nodename nor servname", "dns error", "lookup address",
    "connection refused", "connection reset", "network is unreachable", "no route to host", "connect error",
    "newconnectionerror", "connecttimeout", "timed out", "error sending request", "failed to fetch",
)  # fmt: skip


def refusal(version, free_gb):
    """Why this machine cannot have the environment, in a sentence, or None."""
    if not OLDEST <= tuple(version[:2]) < TOO_NEW:
        need = "Python >= %d.%d and < %d.%d is needed" % (OLDEST + TOO_NEW)
        return need + ", this is %d.%d. Name another: make book PYTHON=python3.11" % tuple(version[:2])
    if free_gb < NEEDED_GB:
        return "The packages need about %d GB of disk, %s has %.1f GB free." % (NEEDED_GB, ROOT, free_gb)
    return None


def venv_version():
    """The version of .venv's Python, which need not be the one that runs this."""
    with open(os.path.join(VENV, "pyvenv.cfg")) as file:
        return re.findall(r"^version = (\S+)", file.read(), re.MULTILINE)[0]


def other_python(there, version):
    """That .venv is of another Python than this one, in a sentence, or None."""
    here, there = "%d.%d" % tuple(version[:2]), ".".join(there.split(".")[:2])
    if there == here:
        return None
    advice = "To have the other one: make distclean, then make install PYTHON=python" + here
    return ".venv is of Python %s, not %s. %s" % (there, here, advice)


def diagnose(output):
    """What went wrong, in a sentence, from what pip or uv printed."""
    text = output.lower()
    if any(sign in text for sign in NO_SPACE):
        return "The disk is full: the packages need about %d GB. Make room and run make book again." % NEEDED_GB
    if any(sign in text for sign in NO_NETWORK):
        return "The package registry cannot be reached: check the network and run make book again."
    return "The installation failed; what the installer said last is above."


def say(line):
    print("install: " + line)
    sys.stdout.flush()


def step(what, command, env):
    """Run one command quietly; where it fails, show its last lines and say what they mean."""
    started = time.time()
    try:
        run = subprocess.run(
            command,
            cwd=ROOT,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            universal_newlines=True,
        )
        code, output = run.returncode, run.stdout
    except OSError as error:
        code, output = 1, str(error)
    if code != 0:
        sys.stderr.write("\n".join(output.rstrip().splitlines()[-15:]) + "\n")
        sys.exit("install: %s: %s" % (what, diagnose(output)))
    say("%s, %.0f s" % (what, time.time() - started))
    return output


def torch_source(env):
    """Where CPU wheels of torch are: in pip's folder of wheels, or on PyTorch's own index; plain on a Mac.

    The plain registry's wheel for Linux would bring gigabytes of CUDA.
    """
    links = env.get("PIP_FIND_LINKS", "").split()
    if links:
        return [option for link in links for option in ("--find-links", link)]
    return [] if sys.platform == "darwin" else ["--torch-backend", "cpu"]


def torch_pin():
    """torch as the lock pins it: its CPU build comes from another place, and so in a step of its own."""
    with open(os.path.join(ROOT, "requirements.lock")) as file:
        return re.findall(r"^(torch==\S+)", file.read(), re.MULTILINE)[0]


def write_if_new(path, text):
    """Leave the file and its time alone where nothing changed: the chapters depend on it."""
    if os.path.exists(path):
        with open(path) as file:
            if file.read() == text:
                return
    with open(path + ".part", "w") as file:
        file.write(text)
    os.replace(path + ".part", path)


def list_packages(python, env):
    """Write what is installed into .venv/packages.txt."""
    frozen = step("packages.txt", [python, "-m", "uv", "pip", "freeze", "--python", python, "-q"], env)
    pins = [line for line in frozen.splitlines() if not line.startswith("-e")]
    write_if_new(PACKAGES, "\n".join(["python " + venv_version()] + pins) + "\n")


def refuse_if(problem):
    if problem:
        sys.exit("install: " + problem)


def main():
    if "--list" in sys.argv[1:]:
        say(".venv/packages.txt is missing; it is written again")
        return list_packages(os.path.join(VENV, "bin", "python"), dict(os.environ))
    here = "--here" in sys.argv[1:]
    fresh = not here and not os.path.exists(STAMP)
    refuse_if(refusal(sys.version_info, NEEDED_GB))  # first, for an old Python lacks what follows
    if fresh:
        refuse_if(refusal(sys.version_info, shutil.disk_usage(ROOT).free / 1e9))
    if "--same" in sys.argv[1:]:
        return refuse_if(other_python(venv_version(), sys.version_info))

    env = dict(os.environ, PIP_DISABLE_PIP_VERSION_CHECK="1")
    env.setdefault("UV_HTTP_TIMEOUT", "120")
    for pip_name, uv_name in FOR_UV:
        if env.get(pip_name):
            env.setdefault(uv_name, env[pip_name])

    python = sys.executable
    if not here:
        python = os.path.join(VENV, "bin", "python")
        if fresh:  # also where an earlier attempt stopped half way
            shutil.rmtree(VENV, ignore_errors=True)
            step(
                ".venv for Python %d.%d" % sys.version_info[:2],
                [sys.executable, "-m", "venv", VENV],
                env,
            )
        else:
            os.remove(STAMP)
    step(UV, [python, "-m", "pip", "install", "--retries", "2", UV], env)
    install = [python, "-m", "uv", "pip", "install", "--python", python, "-c", "requirements.lock"]
    say("installing PyTorch for CPUs (about 200 MB) ...")
    step(torch_pin(), install + torch_source(env) + [torch_pin()], env)
    say("installing the rest (about 160 MB) ...")
    extras = ".[book]" if here else ".[book,assignments,cluster,test,lint]"
    step("lpu_core and the book's tools", install + ["-e", extras], env)
    say("compiling the inner loops, once ...")
    step("the inner loops", [python, "-c", "from lpu_core.machine import machine_code; machine_code()"], env)
    if here:
        return

    list_packages(python, env)
    open(STAMP, "w").close()


if __name__ == "__main__":
    main()
