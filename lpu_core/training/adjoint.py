"""Networks through time and their adjoint, by hand."""

from typing import Any, NamedTuple

import numpy as np
import torch

from lpu_core.check import Array
from lpu_core.machine import machine_code
from lpu_core.noise import normals
from lpu_core.nonlinearities import nonlinearity


class Noise(NamedTuple):
    """ε of s.d. `std` in every step, network and trial, by the keys (T, E, B, 2) of its rows."""

    std: float
    keys: Array

    def draw(self, n_neurons: int) -> torch.Tensor:
        """ε, (T, E, B, N), N = `n_neurons`."""
        return torch.from_numpy(normals(self.keys, n_neurons)).mul_(self.std)


class Run(torch.autograd.Function):
    """E networks through time, and the adjoint, by hand: a fraction of what recording and replaying each operation takes.

    s[t+1] = (1−α) s[t] + α φ[t] G,  φ[t] = tanh(s[t] Aᵀ + u[t] W_inᵀ + ε[t]);
    λ[t] = ∂L/∂s[t] + (1−α) λ[t+1] + δ[t] A,  δ[t] = α λ[t+1] Gᵀ ∘ (1 − φ[t]²).

    Low rank: s = κ, A = M, G = Nenc/N (M32). Full rank: s = r, A = W and None for G, the identity (M83).
    On the CPU networks of low rank go through :mod:`lpu_core.compiled`; all others, and all on a GPU, as written here. There
    all that has neurons is kept with the neurons contiguous: thin products read along them.
    """

    @staticmethod
    def forward(ctx, recurrent, gain, input_weights, start, inputs, noise, alpha):  # type: ignore[override]
        """s[1…T], (T, E, B, K), from A and G (E, N, K), W_in (E, N, D), s[0] (E, B, K), u (T, E, B, D) and Noise or None."""
        ctx.alpha, ctx.code = alpha, None if gain is None or recurrent.is_cuda else machine_code()
        if ctx.code is not None:
            return compiled_forward(ctx, recurrent, gain, input_weights, start, inputs, noise)
        embed, drive = recurrent.mT.contiguous(), input_weights.mT.contiguous()
        gain = None if gain is None else gain.mT.contiguous()
        n_neurons = embed.shape[-1]
        rates = inputs @ drive
        if noise is not None:
            rates += noise.draw(n_neurons).to(inputs)
        states = start.new_empty(len(inputs) + 1, *start.shape)
        states[0] = start
        for now, after, current in zip(states[:-1], states[1:], rates, strict=True):
            tanh_(current.baddbmm_(now, embed))
            if gain is None:
                torch.lerp(now, current, alpha, out=after)
            else:
                torch.baddbmm(now, current, gain.mT, beta=1 - alpha, alpha=alpha, out=after)
        ctx.save_for_backward(recurrent, gain, inputs, states, rates)
        return states[1:]

    @staticmethod
    def backward(ctx, gradients):  # type: ignore[override]
        """The gradients with respect to A, G, W_in and s[0], from ∂L/∂s[1…T]."""
        if ctx.code is not None:
            return compiled_backward(ctx, gradients)
        (recurrent, gain, inputs, states, rates), alpha = ctx.saved_tensors, ctx.alpha
        into = torch.cat([states[:-1], inputs], dim=-1)  # what A and W_in weigh
        to_gain = None if gain is None else torch.zeros_like(gain)
        adjoint, deltas = torch.zeros_like(states[0]), torch.empty_like(rates)
        backwards = (reversed(part.unbind()) for part in (gradients, rates, deltas))
        for gradient, rate, delta in zip(*backwards, strict=True):
            adjoint = adjoint + gradient
            if gain is None or to_gain is None:
                torch.mul(adjoint, alpha, out=delta)
            else:
                torch.bmm(adjoint, gain, out=delta).mul_(alpha)
                to_gain.baddbmm_(adjoint.mT, rate, alpha=alpha)
            torch.ops.aten.tanh_backward.grad_input(delta, rate, grad_input=delta)
            adjoint = torch.baddbmm(adjoint, delta, recurrent, beta=1 - alpha)
        to_currents = torch.einsum("tebk,tebn->ekn", into, deltas)  # over all steps at once: one large product is cheaper
        to_recurrent, to_inputs = to_currents.mT.split([states.shape[-1], inputs.shape[-1]], dim=-1)
        return to_recurrent, None if to_gain is None else to_gain.mT, to_inputs, adjoint, None, None, None


def compiled_forward(
    ctx: Any,
    recurrent: torch.Tensor,
    gain: torch.Tensor,
    input_weights: torch.Tensor,
    start: torch.Tensor,
    inputs: torch.Tensor,
    noise: Noise | None,
) -> torch.Tensor:
    """:meth:`Run.forward` as machine code, which goes through one trial after another: time comes behind them."""
    m, w, g = (np.ascontiguousarray(part.detach().numpy().swapaxes(1, 2)) for part in (recurrent, input_weights, gain))
    u = np.ascontiguousarray(inputs.numpy().transpose(1, 2, 0, 3))
    keys = np.empty((0, 0, 0, 2), np.uint32) if noise is None else np.ascontiguousarray(noise.keys.transpose(1, 2, 0, 3))
    n_networks, n_trials, n_steps, _ = u.shape
    states = np.empty((n_networks, n_trials, n_steps + 1, m.shape[1]), m.dtype)
    states[:, :, 0] = start.detach().numpy()
    whole = -(-m.shape[2] // ctx.code.WHOLE) * ctx.code.WHOLE
    rates = np.zeros((n_networks, n_trials, n_steps, whole), m.dtype)
    alpha = m.dtype.type(ctx.alpha)
    ctx.code.unroll(states, u, m, w, g, alpha, m.dtype.type(0 if noise is None else noise.std), keys, rates)
    ctx.run = states, u, m, w, g, rates, alpha
    return torch.from_numpy(states[:, :, 1:].transpose(2, 0, 1, 3))


def compiled_backward(ctx: Any, gradients: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
    """:meth:`Run.backward` as machine code."""
    states, u, m, w, g, rates, alpha = ctx.run
    adjoint, to_m, to_w, to_g = np.empty(states.shape[:2] + states.shape[3:], m.dtype), *map(np.zeros_like, (m, w, g))
    pulled = np.ascontiguousarray(gradients.numpy().transpose(1, 2, 0, 3))
    ctx.code.pull_back(adjoint, pulled, states, u, m, g, rates, alpha, to_m, to_w, to_g)
    to_recurrent, to_inputs, to_gain = (torch.from_numpy(part.swapaxes(1, 2)) for part in (to_m, to_w, to_g))
    return to_recurrent, to_gain, to_inputs, torch.from_numpy(adjoint), None, None, None


def tanh_(x: torch.Tensor) -> None:
    """tanh of `x`, in place; on the CPU by the library's own."""
    if x.is_cuda:
        x.tanh_()
    else:
        nonlinearity("tanh")(x.numpy(), out=x.numpy())
