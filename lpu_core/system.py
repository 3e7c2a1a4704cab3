"""What dynamics need of a network: the role that every architecture with a latent flow plays."""

from typing import Any, Protocol, runtime_checkable

from jaxtyping import Float

from lpu_core.check import Array


@runtime_checkable
class LatentSystem(Protocol):
    """Anything with a latent flow dκ/dt = G(κ, u).

    n_latents, n_inputs: K and D. tau, dt: τ and Δt, ms; a step of the simulation is κ + Δt G(κ, u).
    """

    @property
    def tau(self) -> float:
        """τ, ms."""

    @property
    def dt(self) -> float:
        """Δt, ms."""

    @property
    def n_latents(self) -> int:
        """K."""

    @property
    def n_inputs(self) -> int:
        """D."""

    def flow(self, kappa: Any, inputs: Any = None) -> Float[Array, "*batch K"]:
        """dκ/dt, per ms, at κ (…, K), `kappa`, under u (…, D), `inputs`."""

    def jacobian(self, kappa: Any, inputs: Any = None) -> Float[Array, "*batch K K"]:
        """∂(dκ/dt)/∂κ, per ms, at κ (…, K), `kappa`, under u (…, D), `inputs`."""

    def bounding_box(self) -> tuple[Float[Array, " K"], Float[Array, " K"]]:
        """Two corners of a box that the flow enters from everywhere; ValueError where none is known."""

    def astype(self, dtype: Any) -> Any:
        """The same system in float32 or float64, as `dtype` says."""
