"""The rows of one column of the benchmark; :mod:`benchmarks.bench` starts it, for a process loads one kind of machine code.

A row is a ratio of two processor times in nearly every case, each the least of some rounds in which the two take turns.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch

from benchmarks import kinds
from lpu_core import LowRankRNN, Trajectory, timescales, training
from lpu_core.noise import normals, row_keys
from lpu_core.nonlinearities import nonlinearity
from lpu_core.sweep import grid, sweep
from lpu_core.tasks import FlipFlop
from tools import book

JAX = Path(__file__).parents[1] / "_build" / "jax" / "bin" / "python"
"""The Python of an environment that has JAX, if there is one: python -m venv _build/jax; _build/jax/bin/pip install jax."""
FIRST = Path(__file__).parents[1] / "_build" / "first"
"""The first edition, if it is there to compare with: git worktree add _build/first e15b118."""
NUMBERS_READ = 10
"""A neuron's weights with three latent variables and three inputs, which a step reads: m, w and n of three, and b."""
OPERATIONS = 50
"""Additions and multiplications of a neuron's step: 12 for its current, 32 for its tanh, of which one is a division, 6 for
its dot products."""
Function = Callable[[], object]


def fastest(*functions: Function, rounds: int = 7) -> list[float]:
    """The least processor time of each function, s. They take turns, so that whatever slows the machine hits all of them."""
    times = []
    for _ in range(rounds):
        for function in functions:
            started = time.process_time()
            function()
            times.append(time.process_time() - started)
    return np.array(times).reshape(rounds, -1).min(0).tolist()


def row(what: str, value: float, target: str = "", reason: str = "", **more: object) -> dict:
    """A row of the table, printed: its `target` is "≤ 1.3" or the like, or none; the `reason` is why it is missed."""
    sign, _, bound = target.partition(" ")
    met = None if not target else bool(value <= float(bound) if sign == "≤" else value >= float(bound))
    print(f"{ {True: 'met ', False: 'MISS', None: '    '}[met] }  {what:<84} {value:9.3g}  {target}", flush=True)
    result = {"what": what, "measured": float(f"{value:.4g}"), "target": target, "met": met} | more
    if met is False and reason:
        print(f"      {reason}", flush=True)
        result["reason"] = reason
    return result


def size(n: int, n_trials: int) -> str:
    """Neurons and trials, as words."""
    return f"{n} neurons, {n_trials} trial{'s' * (n_trials > 1)}"


class Run:
    """A network of three latent variables and three inputs, and inputs for some steps, all drawn from N(0, 1)."""

    def __init__(self, n: int, n_trials: int = 1, at_least: int = 50, work: int = 4_000_000):
        rng, self.n_trials = np.random.default_rng(n), n_trials
        m, w = (rng.standard_normal((n, 3), dtype=np.float32) for _ in range(2))
        self.net = LowRankRNN(m, m + rng.standard_normal((n, 3), dtype=np.float32), w)
        self.steps = max(at_least, work // (n * n_trials))
        self.u = rng.standard_normal((self.steps, n_trials, 3), dtype=np.float32)
        self.numbers = n * n_trials * self.steps

    def simulate(self, noise_std: float = 0.0) -> Trajectory:
        return self.net.simulate(self.u, noise_std=noise_std, rng=0)

    def with_rates(self) -> Trajectory:
        return self.net.simulate(self.u, record_rates=True)

    def primitives(self) -> Function:
        """NumPy's two thin products and its tanh on arrays made beforehand: what a step in NumPy cannot do without."""
        net = self.net
        drive = np.concatenate([net.embedding, net.input_weights, net.bias[:, None]], axis=1).T.copy()
        state = np.ones((self.n_trials, len(drive)), np.float32)
        current = np.empty((self.n_trials, net.n_neurons), np.float32)
        gain, out = np.asfortranarray(net.encoding), np.empty((self.n_trials, 3), np.float32)

        def run() -> None:
            for _ in range(self.steps):
                np.matmul(state, drive, out=current)
                np.tanh(current, out=current)
                np.matmul(current, gain, out=out)

        return run

    def in_torch(self) -> Function:
        """The loop that one would write first: rates, updated by thin products and kept."""
        net, n, alpha = self.net, self.net.n_neurons, self.net.alpha
        m, encoding, w, b = (torch.from_numpy(x.copy()) for x in (net.embedding, net.encoding, net.input_weights, net.bias))
        u = torch.from_numpy(self.u)

        def run() -> torch.Tensor:
            r, rates = torch.zeros(self.n_trials, n), []
            with torch.no_grad():
                for t in range(self.steps):
                    r = (1 - alpha) * r + alpha * torch.tanh(r @ encoding @ m.T / n + u[t] @ w.T + b)
                    rates.append(r)
            return torch.stack(rates)

        return run


# ------------------------------------------------------------------ simulation


def simulation(narrow: bool) -> list[dict]:
    theirs, numpys, ours_alone = tangents()
    rows = []
    for n, n_trials in ((1000, 3), (1000, 64), (10_000, 3), (100_000, 3)):
        run = Run(n, n_trials, at_least=20)
        ours, torchs, recorded = fastest(run.simulate, run.in_torch(), run.with_rates, rounds=5)
        where, loop, step = size(n, n_trials), torchs / run.numbers * 1e9, ours / run.numbers * 1e9
        reason = (
            f"PyTorch's tanh takes {theirs:.2g} ns a number here and its loop {loop:.2g} ns; ours takes {step:.2g} ns, "
            f"{ours_alone:.2g} of them for tanh"
        )
        rows.append(row(f"a plain PyTorch loop that keeps all rates / ours, {where}", torchs / ours, "≥ 7", reason))
        if n == 10_000:
            rows.append(row(f"the same, ours keeping all rates, too, {where}", torchs / recorded))
    for n, n_trials in ((1000, 1), (1000, 64), (10_000, 1), (100_000, 1)):
        run = Run(n, n_trials)
        ours, bare = fastest(run.simulate, run.primitives())
        reason = (
            f"NumPy's tanh takes {numpys:.2g} ns a number here, ours {ours_alone:.2g} ns; our step reads its weights at "
            f"{run.numbers / n_trials * NUMBERS_READ * 4 / ours / 1e9:.2g} GB/s"
        )
        what = f"NumPy's bare primitives of a step / ours, {size(n, n_trials)}"
        rows.append(row(what, bare / ours, "≥ 2.5" if narrow else "≥ 1", reason))
    return rows + roofline() + noise() + [dense()] + jax() + growth()


def tangents() -> list[float]:
    """Nanoseconds of a number's tanh by PyTorch, NumPy and ours, in the cache."""
    x, times = np.random.default_rng(0).standard_normal(2**14, dtype=np.float32), 200
    out, tensor, result, phi = np.empty_like(x), torch.from_numpy(x), torch.empty(len(x)), nonlinearity("tanh")
    functions = (lambda: torch.tanh(tensor, out=result), lambda: np.tanh(x, out=out), lambda: phi(x, out=out))
    return [s / (times * len(x)) * 1e9 for s in fastest(*(lambda f=f: [f() for _ in range(times)] for f in functions))]


def roofline() -> list[dict]:
    """What the processor could do: arithmetic where the weights stay in its caches, memory's bandwidth where they don't."""
    square, out = np.ones((768, 768), np.float32), np.empty((768, 768), np.float32)
    run = Run(1000, 64)
    ours, product = fastest(run.simulate, lambda: np.matmul(square, square, out=out))
    rate, peak = run.numbers * OPERATIONS / ours, 2 * 768**3 / product
    far = Run(1_000_000)
    source = np.ones(1_000_000 * NUMBERS_READ, np.float32)
    target = np.empty_like(source)
    step, copy = fastest(far.simulate, lambda: np.copyto(target, source))
    read, moved = far.numbers * NUMBERS_READ * 4 / step, 2 * source.nbytes / copy
    return [
        row("nanoseconds for a neuron in a step, 1000 neurons, 64 trials", ours / run.numbers * 1e9),
        row("its arithmetic / that of a product of two square matrices, the processor's peak", rate / peak),
        row("nanoseconds for a neuron in a step, 1000000 neurons, 1 trial", step / far.numbers * 1e9),
        row("the bandwidth at which it reads its weights / that of a copy of as many bytes", read / moved, "≥ 0.7"),
    ]


def noise() -> list[dict]:
    rows = []
    for n, n_trials in ((1000, 64), (100_000, 1)):
        run, keys = Run(n, n_trials), row_keys(np.uint64(1), np.arange(8), np.arange(n_trials))
        quiet, noisy, drawn = fastest(run.simulate, lambda: run.simulate(0.1), lambda: normals(keys, n))  # noqa: B023
        step, draw = quiet / run.numbers * 1e9, drawn / (8 * n * n_trials) * 1e9
        reason = (
            f"drawing takes {draw:.2g} ns a number, and all else {step:.2g} ns: a logarithm, a root, a sine and a cosine "
            f"for two numbers, and the random words themselves; {0.6 * step:.2g} ns would be needed"
        )
        rows.append(row(f"a noisy step / a noiseless one, {size(n, n_trials)}", noisy / quiet, "≤ 1.6", reason))
    return rows


def dense() -> dict:
    run = Run(10_000, work=0)
    full = run.net.embedding @ run.net.encoding.T / 10_000  # 400 MB

    def steps() -> None:
        r = np.zeros((1, 10_000), np.float32)
        for u in run.u[:3]:
            r = 0.5 * r + 0.5 * np.tanh(r @ full.T + u @ run.net.input_weights.T)

    ours, theirs = fastest(run.simulate, steps, rounds=5)
    return row("a loop with all of W / ours, 10000 neurons, 1 trial", theirs / 3 * run.steps / ours, "≥ 500")


def jax() -> list[dict]:
    """Against JAX, which compiles the latent equation itself: the peer that knows as much as we do."""
    if not JAX.exists():
        print(f"      no JAX: {JAX.relative_to(JAX.parents[3])} is missing", flush=True)
        return []
    rows = []
    for n, n_trials in ((1000, 64), (10_000, 3), (100_000, 3)):
        run = Run(n, n_trials)
        command = [JAX, Path(__file__).with_name("jax_peer.py"), str(n), str(n_trials), str(run.steps)]
        theirs = float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        (ours,) = fastest(run.simulate)
        rows.append(row(f"JAX's compiled scan of the latent equation / ours, {size(n, n_trials)}", theirs / ours, "≥ 1"))
    return rows


def growth() -> list[dict]:
    """Time against N, and the memory of the largest run."""
    sizes = [1000, 3000, 10_000, 30_000, 100_000, 300_000, 1_000_000]
    runs = [Run(n, work=8_000_000) for n in sizes]
    seconds = [s / run.steps for s, run in zip(fastest(*(run.simulate for run in runs)), runs, strict=True)]
    slope = np.polyfit(np.log(sizes), np.log(seconds), 1)[0]
    code = (
        "from benchmarks.rows import Run\n"
        "peak = lambda: int(open('/proc/self/status').read().split('VmHWM:')[1].split()[0]) / 1024\n"
        "run = Run(1_000_000, at_least=2000)\n"
        "before = peak()\n"
        "run.simulate()\n"
        "print(peak() - before)\n"
    )
    used = float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)
    times = dict(zip(sizes, seconds, strict=True))
    least, most = seconds[0] / sizes[0] * 1e9, seconds[-1] / sizes[-1] * 1e9
    reason = (
        f"a neuron takes {least:.2g} ns among 10³, whose weights stay in the cache, and {most:.2g} ns among 10⁶, whose "
        "weights come from memory in every step"
    )
    return [
        row("log–log slope of a step's time from 10³ to 10⁶ neurons", slope, "≤ 1.05", reason, seconds=times),
        row("memory of 2000 steps of 10⁶ neurons beyond the network's, MB", used, "≤ 200"),
    ]


# ------------------------------------------------------------------ the flow


def flow(narrow: bool) -> list[dict]:
    """A million neurons designed, and their flow at 101 points, against as many passes of φ."""
    n, kappa = 1_000_000, np.linspace(-1.5, 1.5, 101, dtype=np.float32)[:, None]
    design = lambda: timescales.design_bistable(n, 1000.0, 10.0, 0.8, 0)  # noqa: E731
    network = design()
    both, designed, alone = fastest(lambda: design().flow(kappa), design, lambda: network.flow(kappa), rounds=5)
    bare = tangents()[-1] * 1e-9 * len(kappa) * n
    reason = f"the design alone takes {designed / bare:.2g} of the 101 passes, the flow {alone / bare:.2g}"
    return [row("10⁶ neurons designed and their flow at 101 points / 101 passes of our tanh", both / bare, "≤ 1.5", reason)]


# ------------------------------------------------------------------ training


def learning(narrow: bool) -> list[dict]:
    task = FlipFlop(3)
    started = time.process_time()
    until = replace(training.DIRECT, target_accuracy=0.99, check_every=25)
    direct = training.train_low_rank(task, 100, [0], descent=until).networks[0]
    middle = time.process_time()
    teacher = training.train_full_rank(task, 100, [0]).networks[0]
    student = training.align(training.fit_low_rank(teacher, task, 3, [0, 10]), task, [0, 11])
    ended = time.process_time()
    reached, students = (training.accuracy(network, task, 1000, [0, 2**32]) for network in (direct, student))
    share = (middle - started) / (ended - middle)
    return [
        row("direct low-rank training of 3 bits to 0.99 / the two steps, time", share, "≤ 0.1"),
        row("its all-bits accuracy", reached, "≥ 0.99"),
        row("that of the two steps", students),
        *autograd(task),
        *ensembles(task),
    ]


def epochs(n_epochs: int, **settings: object) -> training.Descent:
    """Some epochs, looked at once."""
    return training.Descent(n_epochs=n_epochs, learning_rate=1e-2, check_every=n_epochs, n_check_trials=20, **settings)


def autograd(task: FlipFlop) -> list[dict]:
    """Our adjoint against PyTorch's own, of the loop that one would write first, with Adam and the same trials."""

    def theirs(n_epochs: int = 20, n: int = 100, alpha: float = 0.5) -> None:
        rng = np.random.default_rng(0)
        m, encoding, w = (torch.randn(n, 3, requires_grad=True) for _ in range(3))
        adam = torch.optim.Adam([m, encoding, w], lr=1e-2)
        for _ in range(n_epochs):
            pulses, targets = (torch.from_numpy(x.astype(np.float32)) for x in task.sample(64, rng))
            r, outputs = 0.1 * torch.randn(64, n), []
            for u in pulses:
                r = (1 - alpha) * r + alpha * torch.tanh(r @ encoding @ m.T / n + u @ w.T)
                outputs.append(r @ encoding / n)
            loss = ((torch.stack(outputs) - targets) ** 2).mean()
            adam.zero_grad()
            loss.backward()
            adam.step()

    ours, torchs = fastest(lambda: training.train_low_rank(task, 100, [0], descent=epochs(20)), theirs, rounds=3)
    return [
        row("an epoch by PyTorch's autograd / ours, 3 bits, 100 neurons, 64 trials", torchs / ours, "≥ 2"),
        row("milliseconds of an epoch of ours", ours / 20 * 1e3),
    ]


def ensembles(task: FlipFlop) -> list[dict]:
    rows = []
    for noise_std in (0.0, 0.1):
        descent = epochs(20, noise_std=noise_std)
        one, many, calls = fastest(
            lambda: training.train_low_rank(task, 100, [0], descent=descent),  # noqa: B023
            lambda: training.train_low_rank(task, 100, range(16), descent=descent),  # noqa: B023
            lambda: training.train_low_rank(task, 100, [0], descent=replace(descent, n_trials=1)),  # noqa: B023
            rounds=3,
        )
        share = calls / one
        reason = (
            f"a batch shares the cost of calls alone, {share:.0%} of one network's time (what 1 trial takes in place of "
            f"64): {1 - share + share / 16:.2f} would be perfect"
        )
        noisy = "with" if noise_std else "no"
        what = f"16 networks of 100 neurons in one batch, {noisy} noise / 16 × one network"
        rows.append(row(what, many / (16 * one), "≤ 0.5", reason))
    return rows


# ------------------------------------------------------------------ sweeps


def busy(rng: np.random.Generator, draw: int) -> dict:
    """A second or two of one core."""
    run = Run(2000, work=0)
    return {"end": run.net.simulate(rng.standard_normal((1_000_000, 1, 3), np.float32)).latents[-1], "draw": draw}


def sweeps(narrow: bool) -> list[dict]:
    from benchmarks.rows import busy  # by its importable name, for the workers

    sweep(busy, grid(draw=range(100, 104)), 0, n_jobs=2)  # start the workers
    started = time.perf_counter()
    one = sweep(busy, grid(draw=range(8)), 0, n_jobs=1)
    middle = time.perf_counter()
    two = sweep(busy, grid(draw=range(8)), 0, n_jobs=2)
    ended = time.perf_counter()
    assert all(np.array_equal(a["end"], b["end"]) for a, b in zip(one, two, strict=True))
    efficiency = (middle - started) / (2 * (ended - middle))
    return [row("a sweep's efficiency on two workers, runs of a second or two", efficiency, "≥ 0.85")]


# ------------------------------------------------------------------ the book


def quick_book(narrow: bool) -> list[dict]:
    """What each chapter of the quick book takes, from its kernel's start to its notebook, and what for."""
    rows, seconds = [], {}
    spent, before = dict.fromkeys(kinds.KINDS, 0.0), {}
    for name in book.chapters():
        seconds[name] = cost(book.ROOT, name)
        rows.append(row(f"CPU seconds of the chapter {name}", seconds[name], "≤ 60"))
        with suppress(subprocess.CalledProcessError):  # a page that the first edition cannot run here
            before |= {name: cost(FIRST, name)} if (FIRST / f"book/{name}.md").exists() else {}
        command = [sys.executable, "-m", "benchmarks.kinds", name]
        printed = subprocess.run(command, check=True, capture_output=True, text=True, cwd=book.ROOT).stdout
        spent = {kind: spent[kind] + part for kind, part in json.loads(printed.splitlines()[-1]).items()}
    total = sum(seconds.values())
    rows.append(row("CPU seconds of all chapters", total))
    spent["the kernel's start, papermill and the notebook's file"] = max(0.0, total - sum(spent.values()))
    rows += [row(f"share of them: {kind}", part / total) for kind, part in spent.items()]
    if before:
        shares = {kind: f"{part / total:.0%}" for kind, part in spent.items()}
        reason = (f"imports take {shares[kinds.IMPORTS]} of the time, figures {shares[kinds.FIGURES]}, scikit-learn, "
                  f"PyTorch and SciPy {shares[kinds.LIBRARIES]}; our own machine code, which became faster, is down to "
                  f"{shares[kinds.KERNELS]}. And the second edition computes more")  # fmt: skip
        now = sum(cpu for name, cpu in seconds.items() if name.partition("-")[0] in before)  # with its companions
        ratio = now / sum(before.values())
        rows.append(row("CPU seconds of the first edition's chapters, now / then", ratio, "≤ 0.45", reason))
    return rows


def cost(root: Path, name: str) -> float:
    """CPU seconds of a chapter of the quick book in the checkout at `root`."""
    with TemporaryDirectory() as folder:
        notebook = Path(folder, f"{name}.ipynb")
        command = [sys.executable, "-m", "tools.run_chapter", name, "--profile", "quick", "--output", notebook]
        here = os.environ | {"PYTHONPATH": str(root)}
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=root, env=here)
        seconds: float = json.loads(notebook.with_suffix(".json").read_text("utf-8"))["cpu"]
        return seconds


PARTS = {"simulation": simulation, "flow": flow, "training": learning, "sweeps": sweeps, "book": quick_book}


def main() -> None:
    """Measures the parts named, on the command line after the file for the rows and the vectors' width."""
    _, written, width, *parts = sys.argv
    torch.set_num_threads(1)
    os.environ["LPU_PROGRESS"] = "0"
    Path(written).write_text(json.dumps({part: PARTS[part](width == "narrow") for part in parts}))


if __name__ == "__main__":
    main()
