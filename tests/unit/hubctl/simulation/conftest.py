"""Both stacks, synthesized once, as a folder and as models."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hubctl.simulation.model import StackModel
from hubctl.simulation.stack_reading import model_of

Models = Callable[..., StackModel]


@pytest.fixture(scope="session")
def folder(synth: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("synthesized")
    for stack in ("aws-lab", "chef-hub"):
        file = made / "stacks" / stack / "cdk.tf.json"
        file.parent.mkdir(parents=True)
        file.write_text(json.dumps(synth(stack)))
    return made


@pytest.fixture(scope="session")
def model(synth: Callable[..., Any]) -> Models:
    """Return ``model(stack, **variables)``."""
    return lambda stack, **variables: model_of(synth(stack), stack, variables)
