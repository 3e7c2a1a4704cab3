"""Speed, as ratios within one run: what the package costs against its own primitives and against plain loops.

    python -m benchmarks.bench            all of it, some minutes; `make bench` calls this
    python -m benchmarks.bench simulation one part of it

Prints the table and writes it to benchmarks/results.json, with the machine's description, for the page on speed; exits 1
where a target is missed.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch

from lpu_core import LowRankRNN, timescales, training
from lpu_core.sweep import grid, sweep
from lpu_core.tasks import FlipFlop

RESULTS = Path(__file__).with_name("results.json")
Rows = list[dict]


def fastest(*functions: Callable[[], object], rounds: int = 7) -> list[float]:
    """The least processor time of each function, s. They take turns, so that whatever slows the machine hits all of them."""
    times = []
    for _ in range(rounds):
        for function in functions:
            started = time.process_time()
            function()
            times.append(time.process_time() - started)
    return np.array(times).reshape(rounds, -1).min(0).tolist()


def row(what: str, measured: float, target: float, at_most: bool = True, reason: str = "", **more: object) -> dict:
    """A row of the table, printed; with the reason where the target is missed."""
    met = measured <= target if at_most else measured >= target
    sign = "≤" if at_most else "≥"
    print(f"{'met ' if met else 'MISS'}  {what:<78} {measured:9.3g}  {sign} {target:g}", flush=True)
    result = {"what": what, "measured": float(f"{measured:.4g}"), "target": f"{sign} {target:g}", "met": bool(met)} | more
    if not met and reason:
        print(f"      {reason}", flush=True)
        result["reason"] = reason
    return result


def drawn(n: int, k: int = 3) -> LowRankRNN:
    rng = np.random.default_rng(n)
    m, w = (rng.standard_normal((n, k), dtype=np.float32) for _ in range(2))
    return LowRankRNN(m, m + rng.standard_normal((n, k), dtype=np.float32), w)


# ------------------------------------------------------------------ simulation


def primitives(net: LowRankRNN, n_steps: int, n_trials: int, noise: Callable[[], np.ndarray] | None) -> Callable[[], None]:
    """The two thin products, the tanh and, with noise, its draw, on preallocated arrays: what a step cannot do without."""
    drive = np.concatenate([net.embedding, net.input_weights, net.bias[:, None]], axis=1).T.copy()
    state, current = np.ones((n_trials, len(drive)), np.float32), np.empty((n_trials, net.n_neurons), np.float32)
    gain, out = np.asfortranarray(net.encoding), np.empty((n_trials, net.n_latents), np.float32)

    def run() -> None:
        for _ in range(n_steps):
            np.matmul(state, drive, out=current)
            if noise is not None:
                np.add(current, noise(), out=current)
            np.tanh(current, out=current)
            np.matmul(current, gain, out=out)

    return run


def numpy_noise(shape: tuple[int, int]) -> Callable[[], np.ndarray]:
    rng, draw = np.random.default_rng(0), np.empty(shape, np.float32)
    return lambda: rng.standard_normal(out=draw, dtype=np.float32)


def torch_noise(shape: tuple[int, int]) -> Callable[[], np.ndarray]:
    draw = np.empty(shape, np.float32)
    tensor, stream = torch.from_numpy(draw), torch.Generator().manual_seed(0)

    def step() -> np.ndarray:
        tensor.normal_(generator=stream)
        return draw

    return step


def simulation() -> Rows:
    rows = []
    for n, n_trials in ((1000, 1), (1000, 64), (10_000, 1), (100_000, 1), (1_000_000, 1)):
        net, steps = drawn(n), max(50, 4_000_000 // (n * n_trials))
        u = np.zeros((steps, n_trials, 3), np.float32)
        ours, bare = fastest(lambda: net.simulate(u), primitives(net, steps, n_trials, None))  # noqa: B023
        rows.append(
            row(f"a step of {n} neurons in {n_trials} trial{'s' * (n_trials > 1)} / its bare primitives", ours / bare, 1.3)
        )
    for n, n_trials in ((1000, 1), (1000, 64), (100_000, 1)):
        net, steps = drawn(n), max(50, 1_000_000 // (n * n_trials))
        u = np.zeros((steps, n_trials, 3), np.float32)
        noises = [make((n_trials, n)) for make in (numpy_noise, torch_noise)]
        ours, *bare = fastest(
            lambda: net.simulate(u, noise_std=0.1, rng=0),  # noqa: B023
            *(primitives(net, steps, n_trials, noise) for noise in noises),
        )
        rows.append(
            row(
                f"a noisy step of {n} neurons in {n_trials} trial{'s' * (n_trials > 1)} / its bare primitives",
                ours / min(bare),
                1.3,
            )
        )
    return rows + peers() + growth()


def peers() -> Rows:
    """Against the loops that one would write at first."""
    n, k, steps = 10_000, 3, 100
    net = drawn(n, k)
    m, enc, w = (torch.from_numpy(x.copy()) for x in (net.embedding, net.encoding, net.input_weights))
    u = torch.zeros(steps, 1, 3)
    full = net.embedding @ net.encoding.T / n  # 400 MB

    def leaky_current() -> torch.Tensor:
        x, rates = torch.zeros(1, n), []
        with torch.no_grad():
            for t in range(steps):
                x = x + 0.5 * (-x + torch.tanh(x) @ enc @ m.T / n + u[t] @ w.T)
                rates.append(torch.tanh(x))
        return torch.stack(rates)

    def dense() -> None:
        r = np.zeros((1, n), np.float32)
        for _ in range(3):
            r = 0.5 * r + 0.5 * np.tanh(r @ full.T + np.zeros((1, 3), np.float32) @ net.input_weights.T)

    ours, torchs, denses = fastest(lambda: net.simulate(u.numpy()), leaky_current, dense, rounds=5)
    return [
        row("plain PyTorch leaky-current loop that stores all rates / ours, 10000 neurons", torchs / ours, 7, False),
        row("dense W loop / ours, 10000 neurons", denses / 3 * steps / ours, 500, False),
    ]


def growth() -> Rows:
    """Time against N, and the memory of the largest run."""
    sizes = [1000, 3000, 10_000, 30_000, 100_000, 300_000, 1_000_000]
    seconds = []
    for n in sizes:
        net, steps = drawn(n), max(50, 8_000_000 // n)
        u = np.zeros((steps, 1, 3), np.float32)
        seconds.append(fastest(lambda: net.simulate(u), rounds=5)[0] / steps)  # noqa: B023
    slope = np.polyfit(np.log(sizes), np.log(seconds), 1)[0]
    code = (
        "import numpy as np\n"
        "from benchmarks.bench import drawn\n"
        "peak = lambda: int(open('/proc/self/status').read().split('VmHWM:')[1].split()[0]) / 1024\n"
        "before = peak()\n"
        "drawn(1_000_000).simulate(np.zeros((2000, 1, 3), np.float32))\n"
        "print(peak() - before)\n"
    )
    used = float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)
    return [
        row(
            "log–log slope of a step's time from 10³ to 10⁶ neurons",
            slope,
            1.05,
            seconds=dict(zip(sizes, seconds, strict=True)),
        ),
        row("memory of 2000 steps of 10⁶ neurons, MB", used, 200),
    ]


def flow() -> Rows:
    """A million neurons designed, and their flow at 101 points, against as many passes of tanh."""
    n, kappa = 1_000_000, np.linspace(-1.5, 1.5, 101, dtype=np.float32)[:, None]
    x = np.random.default_rng(0).standard_normal(n, dtype=np.float32)
    out, draw = np.empty_like(x), torch_noise((2, n))
    block = 2**18 // len(kappa)  # currents that stay in the cache
    state, drive = np.concatenate([kappa, np.ones_like(kappa)], axis=1), np.ones((2, block), np.float32)
    current, encoding = np.empty((len(kappa), block), np.float32), np.ones((block, 1), np.float32)

    def design_and_flow() -> None:
        timescales.design_bistable(n, 1000.0, 10.0, 0.8, 0).flow(kappa)

    def passes() -> None:
        for _ in range(101):
            np.tanh(x, out=out)

    def products() -> None:
        for _ in range(n // block):
            np.matmul(state, drive, out=current)
            np.matmul(current, encoding)

    ours, bare, drawing, multiplying = fastest(design_and_flow, passes, draw, products, rounds=5)
    reason = (
        f"tanh takes {bare / 101 / n * 1e9:.2g} ns a number here: drawing m and n alone takes {drawing / bare:.2f} of "
        f"the 101 passes, and the bare products that make the currents and sum them up {multiplying / bare:.2f}"
    )
    return [row("10⁶ neurons designed and their flow at 101 points / 101 tanh passes", ours / bare, 1.5, reason=reason)]


# ------------------------------------------------------------------ training and sweeps


def learning() -> Rows:
    task = FlipFlop(3)
    descent = replace(training.DIRECT, target_accuracy=0.99, check_every=25)  # stop where 0.99 is reached
    started = time.process_time()
    direct = training.train_low_rank(task, 100, [0], descent=descent).networks[0]
    middle = time.process_time()
    teacher = training.train_full_rank(task, 100, [0]).networks[0]
    student = training.align(training.fit_low_rank(teacher, task, 3, [0, 10]), task, [0, 11])
    ended = time.process_time()
    reached, student_s = (training.accuracy(network, task, 1000, [0, 2**32]) for network in (direct, student))
    rows = [
        row("direct low-rank training of 3 bits to 0.99 / the two steps, time", (middle - started) / (ended - middle), 0.1),
        row(f"its all-bits accuracy (that of the two steps: {student_s:.3f})", reached, 0.99, False),
    ]
    rows += tangents()
    for count, noise_std in ((4, 0.0), (16, 0.0), (4, 0.1), (16, 0.1)):
        descent = training.Descent(n_epochs=60, learning_rate=1e-2, noise_std=noise_std, check_every=60)

        def train(n_networks: int, descent: training.Descent = descent) -> None:
            training.train_low_rank(task, 64, range(n_networks), descent=descent)

        one, many, calls = fastest(
            lambda: train(1), lambda: train(count), lambda: train(1, replace(descent, n_trials=1)), rounds=3  # noqa: B023
        )  # fmt: skip
        share = calls / one
        reason = (
            f"a batch shares the cost of calls, {share:.0%} of one network's time (that of 1 trial in place of 64), but "
            f"not that of numbers{', most of it noise' * (noise_std > 0)}: {1 - share + share / count:.2f} would be perfect"
        )
        noisy = "with" if noise_std else "no"
        what = f"{count} networks of 64 neurons in one batch, {noisy} noise / {count} × one network"
        rows.append(row(what, many / (count * one), 0.5, reason=reason))
    return rows


def tangents() -> Rows:
    """NumPy's tanh, by which networks are trained on the CPU, against torch's, over a batch of 64 trials of 100 neurons."""
    x = np.random.default_rng(0).standard_normal(6400, dtype=np.float32)
    out, tensor, result = np.empty_like(x), torch.from_numpy(x), torch.empty(len(x))

    def ours() -> None:
        for _ in range(1000):
            np.tanh(x, out=out)

    def theirs() -> None:
        for _ in range(1000):
            torch.tanh(tensor, out=result)

    numpys, torchs = fastest(ours, theirs)
    return [row("torch's tanh / NumPy's, which trains on the CPU, 6400 numbers", torchs / numpys, 1, False)]


def busy(rng: np.random.Generator, draw: int) -> dict:
    """A second or two of one core."""
    net = drawn(2000)
    return {"end": net.simulate(rng.standard_normal((400_000, 1, 3), np.float32)).latents[-1], "draw": draw}


def sweeps() -> Rows:
    from benchmarks.bench import busy  # by its importable name, for the workers

    sweep(busy, grid(draw=range(100, 104)), 0, n_jobs=2)  # start the workers
    started = time.perf_counter()
    one = sweep(busy, grid(draw=range(8)), 0, n_jobs=1)
    middle = time.perf_counter()
    two = sweep(busy, grid(draw=range(8)), 0, n_jobs=2)
    ended = time.perf_counter()
    assert all(np.array_equal(a["end"], b["end"]) for a, b in zip(one, two, strict=True))
    seconds = (middle - started) / 8
    return [
        row(
            f"a sweep's efficiency on two workers, runs of {seconds:.1f} s",
            (middle - started) / (2 * (ended - middle)),
            0.85,
            False,
        )
    ]


PARTS = {"simulation": simulation, "flow": flow, "training": learning, "sweeps": sweeps}


def machine() -> dict:
    name = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [line.partition(":")[2].strip() for line in info.read_text().splitlines() if line.startswith("model name")]
        name = names[0] if names else name
    packages = {package: version(package) for package in ("numpy", "scipy", "torch", "joblib")}
    return {
        "processor": name,
        "cores": os.cpu_count(),
        "threads": 1,
        "system": platform.system(),
        "python": platform.python_version(),
    } | packages


def main() -> int:
    parser = argparse.ArgumentParser(description="Speed, as ratios within one run.")
    parser.add_argument("parts", nargs="*", help=f"some of {', '.join(PARTS)}; all by default")
    chosen = parser.parse_args().parts or list(PARTS)
    if unknown := set(chosen) - set(PARTS):
        parser.error(f"parts: expected some of {', '.join(PARTS)}, got {', '.join(sorted(unknown))}")
    torch.set_num_threads(1)
    os.environ["LPU_PROGRESS"] = "0"
    kept = json.loads(RESULTS.read_text())["rows"] if RESULTS.exists() else {}
    rows = {part: PARTS[part]() if part in chosen else kept.get(part, []) for part in PARTS}
    RESULTS.write_text(
        json.dumps({"date": str(date.today()), "machine": machine(), "rows": rows}, indent=1, ensure_ascii=False) + "\n"
    )
    return 0 if all(row["met"] for part in rows.values() for row in part) else 1


if __name__ == "__main__":
    sys.exit(main())
