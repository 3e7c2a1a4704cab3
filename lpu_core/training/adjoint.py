"""Networks through time and their adjoint, by hand."""

import numpy as np
import torch


class Run(torch.autograd.Function):
    """E networks through time, and the adjoint, by hand: a fraction of what recording and replaying each operation takes.

    s[t+1] = (1−α) s[t] + α φ[t] G,  φ[t] = tanh(s[t] Aᵀ + u[t] W_inᵀ + ε[t]);
    λ[t] = ∂L/∂s[t] + (1−α) λ[t+1] + δ[t] A,  δ[t] = α λ[t+1] Gᵀ ∘ (1 − φ[t]²).

    Low rank: s = κ, A = M, G = Nenc/N (M32). Full rank: s = r, A = W and None for G, the identity (M83).
    All that has neurons is kept with the neurons contiguous: thin products read along them.
    """

    @staticmethod
    def forward(ctx, recurrent, gain, input_weights, start, inputs, noise, alpha):  # type: ignore[override]
        """s[1…T], (T, E, B, K), from A and G (E, N, K), W_in (E, N, D), s[0] (E, B, K), u (T, E, B, D), ε (T, E, B, N).

        φ takes the place of ε.
        """
        embed, drive = recurrent.mT.contiguous(), input_weights.mT.contiguous()
        gain = None if gain is None else gain.mT.contiguous()
        rates = inputs.new_zeros(*inputs.shape[:-1], embed.shape[-1]) if noise is None else noise
        states = start.new_empty(len(inputs) + 1, *start.shape)
        states[0] = start
        for now, after, pulses, current in zip(states[:-1], states[1:], inputs, rates, strict=True):
            tanh_(current.baddbmm_(pulses, drive).baddbmm_(now, embed))
            if gain is None:
                torch.lerp(now, current, alpha, out=after)
            else:
                torch.baddbmm(now, current, gain.mT, beta=1 - alpha, alpha=alpha, out=after)
        ctx.save_for_backward(recurrent, gain, inputs, states, rates)
        ctx.alpha = alpha
        return states[1:]

    @staticmethod
    def backward(ctx, gradients):  # type: ignore[override]
        """The gradients with respect to A, G, W_in and s[0], from ∂L/∂s[1…T]."""
        (recurrent, gain, inputs, states, rates), alpha = ctx.saved_tensors, ctx.alpha
        into = torch.cat([states[:-1], inputs], dim=-1)  # what A and W_in weigh
        to_currents = recurrent.new_zeros(recurrent.shape[0], into.shape[-1], recurrent.shape[1])
        to_gain = None if gain is None else torch.zeros_like(gain)
        adjoint, delta = torch.zeros_like(states[0]), torch.empty_like(rates[0])
        backwards = (reversed(part.unbind()) for part in (gradients, into, rates))
        for gradient, now, rate in zip(*backwards, strict=True):
            adjoint = adjoint + gradient
            if gain is None or to_gain is None:
                torch.mul(adjoint, alpha, out=delta)
            else:
                torch.bmm(adjoint, gain, out=delta).mul_(alpha)
                to_gain.baddbmm_(adjoint.mT, rate, alpha=alpha)
            torch.ops.aten.tanh_backward.grad_input(delta, rate, grad_input=delta)
            to_currents.baddbmm_(now.mT, delta)
            adjoint = torch.baddbmm(adjoint, delta, recurrent, beta=1 - alpha)
        to_recurrent, to_inputs = to_currents.mT.split([states.shape[-1], inputs.shape[-1]], dim=-1)
        return to_recurrent, None if to_gain is None else to_gain.mT, to_inputs, adjoint, None, None, None


def tanh_(x: torch.Tensor) -> None:
    """tanh of `x`, in place; on the CPU by NumPy's, somewhat faster for a batch (``make bench`` says how much)."""
    if x.is_cuda:
        x.tanh_()
    else:
        np.tanh(x.numpy(), out=x.numpy())
