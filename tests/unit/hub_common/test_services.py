"""Services that all spawners share reach them through JupyterHub's configuration, once."""

import copy
from typing import Any

import pytest
from traitlets import Instance
from traitlets.config import Config, Configurable

import lab_hub.settings
import swarm_hub.settings
from hub_common.services import StartedOnce


class Spawner(Configurable):
    shared_services = Instance(StartedOnce).tag(config=True)


def test_all_spawners_get_the_same_services_started_at_the_first_use() -> None:
    started: list[str] = []

    def start() -> Any:
        started.append("started")
        return started

    services: Any = StartedOnce(start)
    config = copy.deepcopy(Config({"Spawner": {"shared_services": services}}))  # as JupyterHub does
    spawners = [Spawner(config=config) for _ in range(3)]
    assert started == []
    assert all(spawner.shared_services.get() is services.get() for spawner in spawners)
    assert started == ["started"]


def test_services_that_cannot_be_started_yet_are_tried_again() -> None:
    attempts: list[int] = []

    def start() -> Any:
        attempts.append(1)
        if len(attempts) == 1:
            raise OSError("the engine is away")
        return attempts

    services: Any = StartedOnce(start)
    with pytest.raises(OSError, match="engine is away"):
        services.get()
    assert services.get() is attempts
    assert services.get() is attempts
    assert len(attempts) == 2


def test_no_two_hubs_write_under_the_same_names() -> None:
    swarm, lab = swarm_hub.settings.LIVE_NAMES, lab_hub.settings.LIVE_NAMES
    for prefix in ("labels", "variables", "metrics"):
        assert getattr(swarm, prefix) != getattr(lab, prefix)
    # What the Lab wrote before it had names of its own
    assert lab.former is not None
    assert (lab.former.labels, lab.former.variables) == (swarm.labels, swarm.variables)
