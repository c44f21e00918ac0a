"""Both stacks, synthesized once, as a folder and as models."""

from collections.abc import Callable
from typing import Any

import pytest

from hubctl.simulate.model import StackModel
from hubctl.simulate.stack_reading import model_of

Models = Callable[..., StackModel]


@pytest.fixture(scope="session")
def model(synth: Callable[..., Any]) -> Models:
    """Return ``model(stack, **variables)``, of stacks without a warm pool."""
    return lambda stack, **variables: model_of(synth(stack, warm_pool="off"), stack, variables)
