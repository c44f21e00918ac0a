"""Both stacks, synthesized once per process, and their resources by address; ``recommended`` unless the name says otherwise."""

from collections.abc import Callable
from typing import Any

import pytest

Configuration = dict[str, Any]


def by_address(configuration: Configuration) -> Configuration:
    """Return the resources by addresses such as ``aws_vpc.lab``."""
    return {
        f"{kind}.{name}": block
        for kind, blocks in configuration["resource"].items()
        for name, block in blocks.items()
    }


@pytest.fixture(scope="session")
def lab(synth: Callable[..., Configuration]) -> Configuration:
    return synth("aws-lab")


@pytest.fixture(scope="session")
def lab_resources(lab: Configuration) -> Configuration:
    return by_address(lab)


@pytest.fixture(scope="session")
def hub(synth: Callable[..., Configuration]) -> Configuration:
    return synth("chef-hub")


@pytest.fixture(scope="session")
def hub_resources(hub: Configuration) -> Configuration:
    return by_address(hub)


@pytest.fixture(scope="session")
def original_hub(synth: Callable[..., Configuration]) -> Configuration:
    return synth("chef-hub", profile="original")
