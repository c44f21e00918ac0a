"""Two people at work on the trial cluster from the first change to the last."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hubctl.local_swarm.cluster import Cluster
from hubctl.local_swarm.settings import HOSTNAME
from tests.e2e.second_day.day import Day, show
from tests.e2e.second_day.people import Loop, Person
from tests.support.hub_client import HubClient

Browser = Callable[[str], HubClient]


@pytest.fixture(scope="module")
def loop() -> Iterator[Loop]:
    """The people's own event loop."""
    made = Loop()
    yield made
    made.close()


@pytest.fixture(scope="module")
def browser(cluster: Cluster, loop: Loop) -> Iterator[Browser]:
    """Return ``browser(user)``: a browser of that user, closed at the end."""
    certificate = cluster.leader.run("cat", "/etc/nginx/chef-hub/fullchain.pem")
    made: list[HubClient] = []

    def make(user: str) -> HubClient:
        client = HubClient(
            hostname=HOSTNAME,
            address=cluster.leader.address,
            certificate=certificate,
            user=user,
            password=cluster.password,
        )
        made.append(loop.do(client.__aenter__()))
        return client

    yield make
    for client in made:
        loop.do(client.__aexit__())


@pytest.fixture(scope="module")
def day(cluster: Cluster, loop: Loop, browser: Browser, project: Path) -> Iterator[Day]:
    """Ada and Grace at work; the table at the end."""
    people = [Person(browser(user)) for user in ("ada", "grace")]
    for person in people:
        loop.do(person.begin())
    second = Day(people, loop)
    yield second
    for person in people:
        loop.do(person.rest())
    show(second.lines, project / "build/second-day")
    services = cluster.leader.run(
        "docker", "service", "ls", "--quiet", "--filter", "label=chef-hub.kind=notebook"
    )
    if services.split():
        cluster.leader.run("docker", "service", "rm", *services.split())
        cluster.restart_hub()


@pytest.fixture(autouse=True)
def _usual_settings(cluster: Cluster, usual_hub: dict[str, object]) -> Iterator[None]:
    """Bring the hub back to its usual settings after a change that failed half-way."""
    yield
    if cluster.site.attributes["hub"] != usual_hub:
        cluster.converge(**usual_hub)
