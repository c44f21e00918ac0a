"""What the tests of several commands read: both stacks, synthesized."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from stacks.registry import STACK_NAMES
from tests.support.leftovers import shared_folder


@pytest.fixture(scope="session")
def folder(synth: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder such as cdktf.out, with both stacks. It is everybody's: whoever writes into it takes a copy."""
    top = tmp_path_factory.mktemp("cdktf.out")
    for stack in STACK_NAMES:
        file = top / "stacks" / stack / "cdk.tf.json"
        file.parent.mkdir(parents=True)
        file.write_text(json.dumps(synth(stack)))
    return shared_folder(top)
