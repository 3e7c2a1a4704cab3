"""The latent flow: fields, fixed points and their stability, certificates, slow points, bifurcations.

Everything works on the exact `flow` and `jacobian` of a :class:`~lpu_core.system.LatentSystem`, for K ≤ 3 latent variables.
"""

from lpu_core.dynamics.certificate import Certificate, certify
from lpu_core.dynamics.equilibria import FIXED_POINT_KINDS, FixedPoints, attractor_near, fixed_points
from lpu_core.dynamics.fields import FlowField, bounding_box, flow_field, nearby_trajectories
from lpu_core.dynamics.ghosts import slow_points
from lpu_core.dynamics.rates import search_rates
from lpu_core.dynamics.saddle_nodes import Bifurcation, bifurcations

__all__ = [
    "FIXED_POINT_KINDS",
    "Bifurcation",
    "Certificate",
    "FixedPoints",
    "FlowField",
    "attractor_near",
    "bifurcations",
    "bounding_box",
    "certify",
    "fixed_points",
    "flow_field",
    "nearby_trajectories",
    "search_rates",
    "slow_points",
]
