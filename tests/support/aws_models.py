"""All AWS sessions of a test process read the services' models once: each would parse megabytes of JSON anew."""

import functools
from collections.abc import Iterator

import botocore.session
import pytest


@pytest.fixture(scope="session", autouse=True)
def aws_models_are_read_once() -> Iterator[None]:
    """Give sessions with the same search path the same loader, which remembers what it has read."""
    stock = botocore.session.create_loader
    botocore.session.create_loader = functools.cache(stock)
    yield
    botocore.session.create_loader = stock
