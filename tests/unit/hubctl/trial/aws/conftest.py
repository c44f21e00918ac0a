"""One local AWS for all tests of this folder; each test uses its own names in it."""

from collections.abc import Iterator

import pytest

from hubctl.trial.aws.server import LocalAws


@pytest.fixture(scope="module")
def aws() -> Iterator[LocalAws]:
    with LocalAws() as running:
        yield running
