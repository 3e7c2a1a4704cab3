"""The latent equation by JAX, in an environment of its own: `jax_peer.py NEURONS TRIALS STEPS` prints its seconds.

κ[t+1] = (1−α) κ[t] + (α/N) Σ_i n_i tanh(m_i·κ + w_i·u + b_i), compiled with a scan over steps, on one core.
"""

import os
import sys
import time

if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})

import jax
import jax.numpy as jnp
import numpy as np

n, n_trials, n_steps = map(int, sys.argv[1:])
rng = np.random.default_rng(0)
m, w, encoding = (jnp.asarray(rng.standard_normal((3, n), dtype=np.float32)) for _ in range(3))
b, alpha = jnp.zeros(n, jnp.float32), 0.5


@jax.jit
def run(kappa, inputs):
    """κ at all steps, (T, B, 3)."""

    def step(kappa, u):
        rates = jnp.tanh(kappa @ m + u @ w + b)
        kappa = (1 - alpha) * kappa + alpha * (rates @ encoding.T) / n
        return kappa, kappa

    return jax.lax.scan(step, kappa, inputs)[1]


start = jnp.zeros((n_trials, 3), jnp.float32)
pulses = jnp.asarray(rng.standard_normal((n_steps, n_trials, 3), dtype=np.float32))
run(start, pulses).block_until_ready()
times = []
for _ in range(7):
    started = time.process_time()
    run(start, pulses).block_until_ready()
    times.append(time.process_time() - started)
print(min(times))
