"""Shapes in the annotations are checked at run time in every test."""

import pytest
from jaxtyping import config, install_import_hook

_hook = install_import_hook("lpu_core", "shape_checks.check")


@pytest.fixture
def unchecked_shapes():
    """Switch the checks off: to see the package's own errors, or to be fast where a root finder calls a flow often."""
    config.update("jaxtyping_disable", True)
    yield
    config.update("jaxtyping_disable", False)
