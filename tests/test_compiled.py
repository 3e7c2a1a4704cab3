"""The machine code against the plain formulas, and φ against more digits."""

import math
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from reference import random_network

from lpu_core import LeakyCurrentRNN, LowRankRNN, drift, machine, noise, nonlinearities, steps
from lpu_core.machine import machine_code
from lpu_core.nonlinearities import NONLINEARITIES, PLAIN, derivative, nonlinearity

CODE = machine_code()
compiled = pytest.mark.skipif(CODE is None, reason="Numba is missing")
PRECISION = {np.float32: 2e-5, np.float64: 1e-11}  # of 40 steps or of a sum over 1300 neurons


@pytest.fixture
def in_numpy(monkeypatch):
    """Calls a function again without machine code."""

    def call(function):
        with monkeypatch.context() as patch:
            for module in (noise, nonlinearities, steps):
                patch.setattr(module, "machine_code", lambda: None)
            return function()

    return call


# ------------------------------------------------------------------ φ


def whole_line(dtype):
    """Numbers of all sizes and signs that the type has, its ends, 0, and many where tanh bends and sines turn."""
    info, rng = np.finfo(dtype), np.random.default_rng(1)
    sizes = np.exp(rng.uniform(np.log(float(info.tiny)), np.log(float(info.max)), 200_000))
    turns = (np.arange(-2000, 2001) * (np.pi / 2)).astype(dtype)
    turns = np.concatenate([turns, np.nextafter(turns, dtype(np.inf)), np.nextafter(turns, dtype(-np.inf))])
    x = np.concatenate([sizes, rng.uniform(0, 25, 400_000), [0.0, float(info.max), float(info.tiny), 1e5, 99999.9]])
    return np.concatenate([x, -x, turns]).astype(dtype)


def more_digits(name, x):
    """φ correctly rounded, but for rounding of its own: in long double, sines after a reduction in Python's integers."""
    wide = x.astype(np.longdouble)
    if name == "tanh":
        return np.tanh(wide)
    near = np.abs(x) < 1e4  # farther out, long double's own reduction is no judge
    return np.where(near, (np.sin if name == "sin" else np.cos)(wide), np.nan)


@compiled
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", ["tanh", "sin", "sin'"])
def test_phi_is_within_four_units_in_the_last_place_on_the_whole_line(name, dtype):
    if np.finfo(np.longdouble).nmant < 60:
        pytest.skip("long double has no more digits than float64 here")
    x = whole_line(dtype)
    found, exact = x.copy(), more_digits(name, x)
    CODE.activate(found, CODE.KINDS[name])
    judged = ~np.isnan(exact)
    ulp = np.spacing(np.abs(exact).astype(dtype))
    error = np.abs(found.astype(np.longdouble) - exact)[judged] / ulp[judged]
    assert error.max() <= 4
    assert (np.abs(found) <= 1).all()
    if name == "tanh":  # twin: 1 − 2/(exp(2x) + 1), which is as exact in absolute terms, is far off near 0
        other = 1 - 2 / (np.exp(2 * np.clip(x, -20, 20)) + 1)
        assert (np.abs(other - exact) / ulp).max() > 1000


@compiled
@pytest.mark.parametrize("name", ["sin", "sin'"])
def test_far_out_sines_are_the_c_library_s(name):
    x = np.array([1e5, -3e5, 1e15, 1e300])
    expected = [(math.sin if name == "sin" else math.cos)(value) for value in x]
    CODE.activate(x, CODE.KINDS[name])
    np.testing.assert_allclose(x, expected, rtol=1e-15)


@compiled
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", sorted(PLAIN))
def test_machine_code_and_numpy_give_the_same_phi(name, dtype):
    x = np.concatenate([np.linspace(-20, 20, 4001), [0.0, -0.0]]).astype(dtype)
    found = x.copy()
    CODE.activate(found, CODE.KINDS[name])
    np.testing.assert_allclose(found, PLAIN[name](x), rtol=0, atol=8 * np.finfo(dtype).eps)


@pytest.mark.parametrize("name", NONLINEARITIES)
def test_phi_writes_where_it_is_told_and_leaves_its_argument(name):
    phi, slope = nonlinearity(name), derivative(name)
    x = np.linspace(-2, 2, 12).reshape(3, 4)
    kept, expected = x.copy(), PLAIN[name](x)
    np.testing.assert_allclose(phi(x), expected, atol=1e-15)
    np.testing.assert_allclose(slope(x), PLAIN[f"{name}'"](x), atol=1e-15)
    np.testing.assert_array_equal(x, kept)
    out = np.empty((4, 3)).T  # neurons not contiguous
    assert phi(x, out=out) is out
    np.testing.assert_allclose(out, expected, atol=1e-15)
    assert phi(x, out=x) is x
    np.testing.assert_allclose(x, expected, atol=1e-15)
    assert phi(np.float32(0.5)).dtype == np.float32
    assert phi(np.empty((0, 3))).shape == (0, 3)


# ------------------------------------------------------------------ sums and steps


def networks_of(dtype, phi="tanh"):
    """All sizes that take another way: fewer and more than a block of neurons, 1 to 7 latents, 0 to 5 inputs."""
    rng = np.random.default_rng(2)
    for n, k, d in ((1, 1, 0), (7, 2, 1), (511, 3, 3), (512, 4, 2), (513, 1, 4), (1300, 7, 5)):
        net = random_network(rng, LowRankRNN, n=n, k=k, d=d, nonlinearity=phi).astype(dtype)
        yield net, rng.standard_normal((40, 3, d)).astype(dtype), rng.standard_normal((3, n)).astype(dtype), rng


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("phi", NONLINEARITIES)
def test_flow_and_jacobian_are_the_plain_ones(phi, dtype, in_numpy):
    for net, _, _, rng in networks_of(dtype, phi):
        kappa = rng.standard_normal((2, 5, net.n_latents)).astype(dtype)
        u = rng.standard_normal((5, net.n_inputs)).astype(dtype)
        for what in (net.flow, net.jacobian):
            for inputs in (u, None):
                plain = in_numpy(lambda: what(kappa, inputs))  # noqa: B023
                np.testing.assert_allclose(what(kappa, inputs), plain, rtol=0, atol=PRECISION[dtype] * np.abs(plain).max())


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("noise_std", [0.0, 0.3])
def test_simulations_are_the_plain_ones(noise_std, dtype, in_numpy):
    for net, u, rates, _ in networks_of(dtype):

        def run(net=net, u=u, rates=rates):
            return net.simulate(u, initial_rates=rates, noise_std=noise_std, rng=3, record_rates=True)

        found, plain = run(), in_numpy(run)
        tolerance = PRECISION[dtype] if noise_std == 0 else 2e-5  # noise is drawn in float32
        for name in ("latents", "rates"):
            wanted = getattr(plain, name)
            np.testing.assert_allclose(getattr(found, name), wanted, rtol=0, atol=tolerance * np.abs(wanted).max())


@pytest.mark.parametrize("observed", [None, 50])
def test_strengths_are_the_plain_ones(observed, in_numpy):
    net, u, _, rng = list(networks_of(np.float64))[2]
    direction = rng.standard_normal(net.embedding.shape)

    def run():
        return drift.simulate_strengths(
            net, direction, [0.0, 0.5, 2.0], u[:, 0], np.ones(3), noise_std=0.2, rng=4, n_observed=observed
        )

    for found, plain in zip(run(), in_numpy(run), strict=True):
        np.testing.assert_allclose(found, plain, rtol=0, atol=2e-5 * np.abs(plain).max())


def test_a_callable_takes_the_way_of_numpy():
    net, u, rates, _ = list(networks_of(np.float64))[3]
    own = replace(net, nonlinearity=lambda x: np.tanh(x))
    np.testing.assert_allclose(own.flow(np.ones(4)), net.flow(np.ones(4)), atol=1e-12)
    runs = [one.simulate(u, initial_rates=rates, noise_std=0.1, rng=5).latents for one in (own, net)]
    np.testing.assert_allclose(*runs, atol=1e-6)


@pytest.mark.parametrize("n_at_once", [1, 7, 10**9])
def test_the_steps_between_two_looks_at_the_keyboard_do_not_show(n_at_once, monkeypatch):
    net, u, rates, _ = list(networks_of(np.float64))[2]
    runs = []
    for at_once in (40 * net.n_neurons * 3, n_at_once * net.n_neurons * 3):
        monkeypatch.setattr(steps, "AT_ONCE", at_once)
        runs.append(net.simulate(u, initial_rates=rates, noise_std=0.2, rng=6, record_rates=True))
    np.testing.assert_array_equal(runs[0].latents, runs[1].latents)
    np.testing.assert_array_equal(runs[0].rates, runs[1].rates)
    np.testing.assert_array_equal(rates, list(networks_of(np.float64))[2][2])  # the start stays what it was


def test_networks_come_out_of_a_simulation_as_they_went_in():
    net, u, rates, _ = list(networks_of(np.float32))[1]
    before = [part.copy() for part in (net.embedding, net.encoding, net.input_weights, net.bias, u, rates)]
    net.simulate(u, initial_rates=rates, record_rates=True)
    for now, then in zip((net.embedding, net.encoding, net.input_weights, net.bias, u, rates), before, strict=True):
        np.testing.assert_array_equal(now, then)
    assert LeakyCurrentRNN(net.embedding, net.encoding, net.input_weights).simulate(u).latents.shape == (40, 3, 2)


@compiled
def test_without_numba_the_library_runs_and_gives_the_same():
    code = (
        "import sys; sys.modules['numba'] = None\n"
        "import numpy as np\n"
        "from lpu_core import timescales, machine\n"
        "assert machine.machine_code() is None\n"
        "net = timescales.design_bistable(600, 20.0, 10.0, 0.8, rng=0)\n"
        "run = net.simulate(np.zeros((30, 2, 1)), initial_latents=[[0.5], [-0.2]], noise_std=0.1, rng=1)\n"
        "print(*run.latents[-1, :, 0].tolist())\n"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    here = subprocess.run(
        [sys.executable, "-c", code.replace("sys.modules['numba'] = None", "pass").replace("is None", "is not None")],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    np.testing.assert_allclose(*(np.array(text.split(), float) for text in (printed, here)), rtol=1e-4)


def test_numba_s_own_switch_leaves_it_to_numpy(monkeypatch):
    for text, off in (("1", True), ("0", False), ("", False)):
        monkeypatch.setenv("NUMBA_DISABLE_JIT", text)
        assert (machine.machine_code.__wrapped__() is None) == (off or CODE is None)


def test_where_there_is_no_folder_for_the_cache_numpy_does_it(monkeypatch):
    class Broken:
        def find_spec(self, name, path=None, target=None):
            if name == "lpu_core.compiled":
                raise RuntimeError("cannot cache function: no locator available")

    import lpu_core

    monkeypatch.setattr(sys, "meta_path", [Broken(), *sys.meta_path])
    monkeypatch.delitem(sys.modules, "lpu_core.compiled", raising=False)
    monkeypatch.delattr(lpu_core, "compiled", raising=False)
    assert machine.machine_code.__wrapped__() is None
