"""Both stacks, synthesized once, as a folder and as models."""

from collections.abc import Callable
from typing import Any

import pytest

from hubctl.simulate.model import StackModel
from hubctl.simulate.stack_reading import model_of

Models = Callable[..., StackModel]


@pytest.fixture(scope="session")
def model(synth: Callable[..., Any]) -> Models:
    """Return ``model(stack, **variables)``."""
    return lambda stack, **variables: model_of(synth(stack), stack, variables)
