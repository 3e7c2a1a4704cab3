"""The inner loops as machine code: φ, noise, weighted sums over neurons and steps of a network, by Numba.

This is the one module that may be clever. The plain formulas stand in :mod:`lpu_core.steps`, :mod:`lpu_core.nonlinearities`
and :mod:`lpu_core.noise`, which call it, and a test compares the two. It imports nothing of the library, so that its cache
depends on this file alone.

How it is fast: neurons go by in blocks that stay in the first-level cache, and in each block all trials do, one pass after
another; every pass is a loop over one block that the compiler turns into vector instructions. For that, integers are kept
at 32 bits by hand (Numba widens them), arrays are indexed as [row][start:stop], whose stride Numba knows, and sums alone
may be reordered.
"""

import math
from typing import Any

import numpy as np
from numba import njit, types
from numba.extending import intrinsic, overload

i32, u32, i64, f32, f64 = np.int32, np.uint32, np.int64, np.float32, np.float64
AS_WRITTEN: dict[str, Any] = {"error_model": "numpy", "fastmath": {"contract"}, "nogil": True, "cache": True}
REORDERED = AS_WRITTEN | {"fastmath": {"contract", "reassoc", "nsz"}}


def _signatures(*arguments: str | types.Type) -> Any:
    """Of a function that is compiled beforehand, for float32 and for float64.

    "2" is an array of two axes that is written to, "=2" one that is read, "x" a number; other types stand for themselves.
    """

    def typed(argument: str | types.Type, real: types.Type) -> types.Type:
        if not isinstance(argument, str):
            return argument
        return real if argument == "x" else types.Array(real, int(argument[-1]), "C", readonly=argument[0] == "=")

    return [types.void(*(typed(argument, real) for argument in arguments)) for real in (types.float32, types.float64)]


KEYS, ROWS = types.Array(types.uint32, 3, "C"), types.float32[:, ::1]
KIND, SUMS = types.int64, types.float64[:, ::1]

BLOCK = 512
"""Neurons in a block: with three latent variables and inputs its weights take 20 kB in float32."""
WHOLE = 64
"""Buffers are filled in multiples of it, for what is left over of a loop goes by one by one, ten times as slow."""
KINDS = {"tanh": 0, "relu": 1, "sin": 2, "sign": 3, "tanh'": 4, "relu'": 5, "sin'": 6, "sign'": 7}
"""The elementwise functions: φ, and with a dash φ′."""
FAR = 1e5
"""Beyond it, sines go to the C library: subtracting multiples of π/2 would lose digits."""

# ------------------------------------------------------------------ elementwise functions


@njit(**AS_WRITTEN)
def _bits32(x):
    return f32(x).view(i32)


@njit(**AS_WRITTEN)
def _float32(bits):
    return i32(bits).view(f32)


@njit(**AS_WRITTEN)
def _bits64(x):
    return f64(x).view(i64)


@njit(**AS_WRITTEN)
def _float64(bits):
    return i64(bits).view(f64)


@njit(**AS_WRITTEN)
def _tanh32(x):
    """e/(e + 2) with e = exp(2x) − 1 = 2ⁿ p + (2ⁿ − 1), where 2x = n ln 2 + 2r and p = exp(2r) − 1; exact near 0, too."""
    x = min(max(x, f32(-10)), f32(10))
    shifted = x * f32(2 / math.log(2)) + f32(1.5 * 2**23)  # rounds to n, which is then in the lowest bits
    n = shifted - f32(1.5 * 2**23)
    r = (x - n * f32(0.693359375 / 2)) - n * f32(-2.12194440e-4 / 2)  # ln 2 in two parts, the first of few digits
    p = f32(0.08884807)  # the minimax polynomial for |r| ≤ ln 2/4, 1.3e-8
    p = p * r + f32(0.26773057)
    p = p * r + f32(0.66667523)
    p = p * r + f32(1.33332345)
    p = p * r + f32(1.99999993)
    p = p * (r * r) + (r + r)
    two_n = _float32(i32(i32(_bits32(shifted) + i32(127)) << i32(23)))
    e = two_n * p + (two_n - f32(1))
    return e / (e + f32(2))


@njit(**AS_WRITTEN)
def _tanh64(x):
    """As :func:`_tanh32`, in float64, with the Taylor series of exp."""
    y = min(max(x, -20.0), 20.0) * 2
    shifted = y / math.log(2) + 1.5 * 2.0**52
    n = shifted - 1.5 * 2.0**52
    r = (y - n * 6.93147180369123816490e-01) - n * 1.90821492927058770002e-10
    p = 1 / 6227020800
    p = p * r + 1 / 479001600
    p = p * r + 1 / 39916800
    p = p * r + 1 / 3628800
    p = p * r + 1 / 362880
    p = p * r + 1 / 40320
    p = p * r + 1 / 5040
    p = p * r + 1 / 720
    p = p * r + 1 / 120
    p = p * r + 1 / 24
    p = p * r + 1 / 6
    p = p * r + 1 / 2
    p = p * r * r + r
    two_n = _float64((_bits64(shifted) + 1023) << 52)
    e = two_n * p + (two_n - 1)
    return e / (e + 2)


@njit(**AS_WRITTEN)
def _sine64(x, quarters):
    """sin(x + quarters · π/2) for |x| ≤ FAR: x − n π/2 with π/2 in three parts, then the series of sin or cos there."""
    shifted = x * (2 / math.pi) + 1.5 * 2.0**52
    n = shifted - 1.5 * 2.0**52
    r = ((x - n * 1.57079632673412561417e00) - n * 6.07710050630396597660e-11) - n * 2.02226624879595063154e-21
    quarter = _bits64(shifted) + quarters
    s = r * r
    p = 1.58969099521155010221e-10
    p = p * s - 2.50507602534068634195e-08
    p = p * s + 2.75573137070700676789e-06
    p = p * s - 1.98412698298579493134e-04
    p = p * s + 8.33333333332248946124e-03
    p = p * s - 1.66666666666666324348e-01
    q = -1.13596475577881948265e-11
    q = q * s + 2.08757232129817482790e-09
    q = q * s - 2.75573143513906633035e-07
    q = q * s + 2.48015872894767294178e-05
    q = q * s - 1.38888888888741095749e-03
    q = q * s + 4.16666666666666019037e-02
    sine, cosine = r + r * s * p, 1 - 0.5 * s + s * s * q
    value = cosine if quarter & 1 else sine
    return -value if quarter & 2 else value


def _tanh(x):
    raise NotImplementedError


def _sine(x, quarters):
    raise NotImplementedError


@overload(_tanh)
def _tanh_of(x):
    return (lambda x: _tanh32(x)) if x == types.float32 else (lambda x: _tanh64(x))


@overload(_sine)
def _sine_of(x, quarters):
    if x == types.float32:
        return lambda x, quarters: f32(_sine64(f64(x), quarters))
    return lambda x, quarters: _sine64(x, quarters)


@njit(_signatures("1", KIND), **AS_WRITTEN)
def activate(x, kind):
    """x ← φ(x) or φ′(x), in place, for x of one axis; `kind` is one of KINDS."""
    zero, one = x.dtype.type(0), x.dtype.type(1)
    if kind == 0:
        for i in range(x.size):
            x[i] = _tanh(x[i])
    elif kind == 1:
        for i in range(x.size):
            x[i] = max(x[i], zero)
    elif kind == 2 or kind == 6:
        far = False
        for i in range(x.size):
            far |= not abs(x[i]) < FAR
        quarters = i64(kind == 6)
        if not far:
            for i in range(x.size):
                x[i] = _sine(x[i], quarters)
        else:
            for i in range(x.size):
                x[i] = math.cos(f64(x[i])) if quarters else math.sin(f64(x[i]))
    elif kind == 3:
        for i in range(x.size):
            x[i] = one if x[i] > zero else (-one if x[i] < zero else zero)
    elif kind == 4:
        for i in range(x.size):
            t = _tanh(x[i])
            x[i] = one - t * t
    elif kind == 5:
        for i in range(x.size):
            x[i] = one if x[i] > zero else zero
    elif kind == 7:
        for i in range(x.size):
            x[i] = zero


# ------------------------------------------------------------------ noise


@njit(**AS_WRITTEN)
def _word(counter, first, second):
    """32 bits that depend on a counter and on two words of a key; see :func:`lpu_core.noise.words`."""
    x = u32(counter + first)
    x = u32(u32(x ^ (x >> u32(16))) * u32(0x7FEB352D))
    x = u32(x + second)
    x = u32(u32(x ^ (x >> u32(15))) * u32(0x846CA68B))
    return u32(x ^ (x >> u32(16)))


@njit(**AS_WRITTEN)
def _box_muller(radius, angle):
    """Two normal numbers of two words: √(−2 ln u) (cos, sin)(πt), with ln, cos and sin as minimax polynomials."""
    u = (f32(i32(radius >> u32(1))) + f32(0.5)) * f32(2.0**-31)
    bits = _bits32(u)
    exponent = i32(i32(bits - i32(0x3F3504F3)) >> i32(23))  # u = 2^exponent (1 + m) with 1 + m in [√½, √2]
    m = _float32(i32(bits - i32(exponent << i32(23)))) - f32(1)
    p = f32(-0.10106898)
    p = p * m + f32(0.16222587)
    p = p * m + f32(-0.17250831)
    p = p * m + f32(0.19900165)
    p = p * m + f32(-0.24969909)
    p = p * m + f32(0.33335059)
    p = p * m + f32(-0.50000365)
    p = p * m + f32(0.99999995)
    r = np.sqrt(p * (m * f32(-2)) + f32(exponent) * f32(-2 * math.log(2)))
    t = f32(i32(angle)) * f32(2.0**-31)
    s = t * t
    p = f32(-0.00599183)
    p = p * s + f32(0.08047929)
    p = p * s + f32(-0.59828203)
    p = p * s + f32(2.54988075)
    p = p * s + f32(-5.16767767)
    p = p * s + f32(3.14159141)
    q = f32(1.59414317e-03)
    q = q * s + f32(-2.53596811e-02)
    q = q * s + f32(2.35030593e-01)
    q = q * s + f32(-1.33515884e00)
    q = q * s + f32(4.05869494e00)
    q = q * s + f32(-4.93480113e00)
    q = q * s + f32(1)
    return r * q, r * (t * p)


@njit(**AS_WRITTEN)
def normals(out, first, second, start):
    """Neurons start, start + 1, … of a row of normal numbers, float32; `start` is even: they come in pairs."""
    half = out.size // 2
    for p in range(half):
        c = u32(start + 2 * p)
        a, b = _box_muller(_word(c, first, second), _word(u32(c + u32(1)), first, second))
        out[2 * p] = a
        out[2 * p + 1] = b
    if out.size % 2:
        c = u32(start + 2 * half)
        a, b = _box_muller(_word(c, first, second), _word(u32(c + u32(1)), first, second))
        out[2 * half] = a


@njit(types.void(ROWS, types.uint32[:, ::1]), **AS_WRITTEN)  # type: ignore[type-var]
def rows_of_normals(out, keys):
    """A row of normal numbers for each key: out (R, N), float32, keys (R, 2)."""
    for r in range(out.shape[0]):
        normals(out[r], keys[r, 0], keys[r, 1], 0)


# ------------------------------------------------------------------ sums over neurons


@njit(**AS_WRITTEN)
def _whole(size):
    return (size + WHOLE - 1) // WHOLE * WHOLE


def _borrowed(context, array):
    """The same array without a count of its users, which every slice would change: that takes longer than a short loop.

    For arguments of a compiled function alone, which the caller keeps alive.
    """

    def generate(target, builder, signature, arguments):
        parts = target.make_array(array)(target, builder, arguments[0])
        parts.meminfo = parts.meminfo.type(None)
        parts.parent = parts.parent.type(None)
        return parts._getvalue()

    return array(array), generate


_bare: Any = intrinsic(_borrowed)


@njit(**AS_WRITTEN)
def _add(x, factors, rows, done, start):
    """x += Σ_k factors_k rows_k over a block, from row number `done` on, three rows in one pass."""
    while len(rows) - done >= 3:
        a, b, c = factors[done], factors[done + 1], factors[done + 2]
        if a != 0 or b != 0 or c != 0:  # inputs mostly are
            p = rows[done][start : start + x.size]
            q = rows[done + 1][start : start + x.size]
            r = rows[done + 2][start : start + x.size]
            for i in range(x.size):
                x[i] += a * p[i] + b * q[i] + c * r[i]
        done += 3
    while len(rows) > done:
        a = factors[done]
        if a != 0:
            p = rows[done][start : start + x.size]
            for i in range(x.size):
                x[i] += a * p[i]
        done += 1


@njit(**AS_WRITTEN)
def _currents(x, kappa, inputs, m, w, bias, start):
    """x = Mκ + W_in u + b over a block; the bias comes with the first latent variables."""
    b = bias[start : start + x.size]
    if len(m) >= 3:
        k, kk, kkk = kappa[0], kappa[1], kappa[2]
        p, q, r = m[0][start : start + x.size], m[1][start : start + x.size], m[2][start : start + x.size]
        for i in range(x.size):
            x[i] = b[i] + k * p[i] + kk * q[i] + kkk * r[i]
        _add(x, kappa, m, 3, start)
    elif len(m) >= 1:
        k, p = kappa[0], m[0][start : start + x.size]
        for i in range(x.size):
            x[i] = b[i] + k * p[i]
        _add(x, kappa, m, 1, start)
    else:
        for i in range(x.size):
            x[i] = b[i]
    _add(x, inputs, w, 0, start)


@njit(**REORDERED)
def _dots(sums, which, x, rows, start):
    """sums[which, k] += Σ_i rows_k[i] x[i] over a block, three rows in one pass; the sums over blocks are float64."""
    done = 0
    while len(rows) - done >= 3:
        p = rows[done][start : start + x.size]
        q = rows[done + 1][start : start + x.size]
        r = rows[done + 2][start : start + x.size]
        a = b = c = x.dtype.type(0)
        for i in range(x.size):
            a += p[i] * x[i]
            b += q[i] * x[i]
            c += r[i] * x[i]
        sums[which, done] += a
        sums[which, done + 1] += b
        sums[which, done + 2] += c
        done += 3
    while len(rows) > done:
        p = rows[done][start : start + x.size]
        a = x.dtype.type(0)
        for i in range(x.size):
            a += p[i] * x[i]
        sums[which, done] += a
        done += 1


@njit(_signatures(SUMS, "=2", "=2", "=2", "=2", "=1", "=2", KIND), **AS_WRITTEN)
def weighted_sums(sums, kappa, inputs, m, w, bias, gain, kind):
    """sums (P, G) += Σ_i gain_i φ(m_i·κ + w_i·u + b_i) at κ (P, K) and u (P, D).

    m (K, N), w (D, N), bias (N,), gain (G, N). kind: one of KINDS.
    """
    n, x = len(bias), np.zeros(BLOCK, m.dtype)
    kappa, inputs, m, w, bias, gain = _bare(kappa), _bare(inputs), _bare(m), _bare(w), _bare(bias), _bare(gain)
    for start in range(0, n, BLOCK):
        block = x[: min(BLOCK, n - start)]
        whole = x[: _whole(block.size)]
        for p in range(len(kappa)):
            _currents(block, kappa[p], inputs[p], m, w, bias, start)
            activate(whole, kind)
            _dots(sums, p, block, gain, start)


@njit(_signatures("3", "=3", "=2", "=2", "=1", "=2", "=2", "=1", "x", KIND, "x", KEYS, "2", "3"), **AS_WRITTEN)
def steps(kappa, inputs, m, w, bias, n, direction, strengths, alpha, kind, noise_std, keys, rates, recorded):
    """T steps of κ[t+1] = (1−α) κ[t] + (α/N) Σ_i n_i φ(m_i·κ + σ Δm_i·κ + w_i·u + b_i + ε_i), written into kappa.

    kappa: (T + 1, B, R), the first set; the first K of R readouts are the latent variables. inputs: u, (T, B, D) or, for all
    trials the same, (T, 1, D). m (K, N), w (D, N), bias (N,), n (R, N). direction: Δm (K, N) with strengths σ (B,), or none.
    keys: (T, B, 2) of each row of noise, or (T, 1, 2) for noise that the trials share; (T, 0, 2) for none. rates: r, (B, N),
    in place, and recorded (T, B, N), or both of 0 steps.
    """
    n_steps, n_trials, n_neurons = len(inputs), kappa.shape[1], len(bias)
    x, noise = np.zeros(BLOCK, m.dtype), np.empty(BLOCK, f32)
    kappa, inputs, m, w, bias, n = _bare(kappa), _bare(inputs), _bare(m), _bare(w), _bare(bias), _bare(n)
    direction, rates, recorded = _bare(direction), _bare(rates), _bare(recorded)
    fed_back = np.empty((n_trials, len(n)), f64)
    own_input, own_noise, has_noise = inputs.shape[1] > 1, keys.shape[1] > 1, keys.shape[1] > 0
    record, keep = len(recorded) > 0, x.dtype.type(1) - alpha
    pushes = np.empty(len(direction), m.dtype)
    for t in range(n_steps):
        fed_back[:] = 0
        for start in range(0, n_neurons, BLOCK):
            size = min(BLOCK, n_neurons - start)
            block, whole, fresh = x[:size], x[: _whole(size)], noise[: _whole(size)]
            for b in range(n_trials):
                _currents(block, kappa[t, b], inputs[t, b if own_input else 0], m, w, bias, start)
                if len(direction):
                    for k in range(len(direction)):
                        pushes[k] = strengths[b] * kappa[t, b, k]
                    _add(block, pushes, direction, 0, start)
                if has_noise:
                    if own_noise or b == 0:
                        normals(fresh, keys[t, b, 0], keys[t, b, 1], start)
                    for i in range(size):
                        block[i] += noise_std * fresh[i]
                activate(whole, kind)
                _dots(fed_back, b, block, n, start)
                if record:
                    old, new = rates[b][start : start + size], recorded[t, b][start : start + size]
                    for i in range(size):
                        old[i] = keep * old[i] + alpha * block[i]
                        new[i] = old[i]
        for b in range(n_trials):
            for k in range(len(n)):
                kappa[t + 1, b, k] = keep * kappa[t, b, k] + alpha * fed_back[b, k] / n_neurons


# ------------------------------------------------------------------ training


@njit(**AS_WRITTEN)
def _outer(rows, factors, x):
    """rows_k += factors_k x, three rows in one pass."""
    done = 0
    while len(rows) - done >= 3:
        a, b, c = factors[done], factors[done + 1], factors[done + 2]
        if a != 0 or b != 0 or c != 0:
            p, q, r = rows[done], rows[done + 1], rows[done + 2]
            for i in range(x.size):
                p[i] += a * x[i]
                q[i] += b * x[i]
                r[i] += c * x[i]
        done += 3
    while len(rows) > done:
        a, p = factors[done], rows[done]
        if a != 0:
            for i in range(x.size):
                p[i] += a * x[i]
        done += 1


@njit(_signatures("4", "=4", "=3", "=3", "=3", "x", "x", types.uint32[:, :, :, ::1], "4"), **AS_WRITTEN)
def unroll(states, inputs, m, w, g, alpha, noise_std, keys, rates):
    """E networks through time: s[t+1] = (1−α) s[t] + α φ[t] G, φ[t] = tanh(s[t] Mᵀ + u[t] W_inᵀ + ε[t]), in place.

    states (E, B, T + 1, K), the first set. inputs: u, (E, B, T, D). m, g (E, K, N), w (E, D, N). keys: (E, B, T, 2), or of 0
    steps without noise. rates: φ, (E, B, T, N') with N' = N made whole, of zeros.
    """
    (n_networks, n_trials, n_steps, n_whole), n = rates.shape, m.shape[2]
    noise, bias, sums = np.empty(n_whole, f32), np.zeros(n, m.dtype), np.empty((1, m.shape[1]), f64)
    states, inputs, m, w, g, rates = _bare(states), _bare(inputs), _bare(m), _bare(w), _bare(g), _bare(rates)
    keep, has_noise = m.dtype.type(1) - alpha, keys.shape[2] > 0
    for e in range(n_networks):
        for b in range(n_trials):
            for t in range(n_steps):
                whole = rates[e, b, t]
                x = whole[:n]
                _currents(x, states[e, b, t], inputs[e, b, t], m[e], w[e], bias, 0)
                if has_noise:
                    normals(noise, keys[e, b, t, 0], keys[e, b, t, 1], 0)
                    for i in range(n):
                        x[i] += noise_std * noise[i]
                activate(whole, 0)
                sums[:] = 0
                _dots(sums, 0, x, g[e], 0)
                for k in range(sums.shape[1]):
                    states[e, b, t + 1, k] = keep * states[e, b, t, k] + alpha * sums[0, k]


@njit(_signatures("3", "=4", "=4", "=4", "=3", "=3", "=4", "x", "3", "3", "3"), **AS_WRITTEN)
def pull_back(adjoint, gradients, states, inputs, m, g, rates, alpha, to_m, to_w, to_g):
    """The adjoint of :func:`unroll`: λ[t] = ∂L/∂s[t] + (1−α) λ[t+1] + δ[t] M, δ[t] = α λ[t+1] Gᵀ ∘ (1 − φ[t]²).

    gradients: ∂L/∂s[1…T], (E, B, T, K). Written: adjoint, λ[0] (E, B, K), and ∂L/∂M, ∂L/∂W_in and ∂L/∂G, of the shapes of
    m, w and g.
    """
    (n_networks, n_trials, n_steps, _), n = rates.shape, m.shape[2]
    delta, sums, into = np.empty(n, m.dtype), np.empty((1, m.shape[1]), f64), np.empty(m.shape[1], m.dtype)
    adjoint, states, inputs, m, g, rates = (_bare(adjoint), _bare(states), _bare(inputs), _bare(m), _bare(g), _bare(rates))
    to_m, to_w, to_g = _bare(to_m), _bare(to_w), _bare(to_g)
    one = m.dtype.type(1)
    for e in range(n_networks):
        for b in range(n_trials):
            lam = adjoint[e, b]
            lam[:] = 0
            for t in range(n_steps - 1, -1, -1):
                phi = rates[e, b, t][:n]
                for k in range(len(lam)):
                    lam[k] += gradients[e, b, t, k]
                    into[k] = alpha * lam[k]
                _outer(to_g[e], into, phi)
                delta[:] = 0
                _add(delta, into, g[e], 0, 0)
                for i in range(n):
                    delta[i] *= one - phi[i] * phi[i]
                _outer(to_m[e], states[e, b, t], delta)
                _outer(to_w[e], inputs[e, b, t], delta)
                sums[:] = 0
                _dots(sums, 0, delta, m[e], 0)
                for k in range(len(lam)):
                    lam[k] = (one - alpha) * lam[k] + sums[0, k]
