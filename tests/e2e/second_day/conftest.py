"""Two people at work on the trial cluster from the first change to the last."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hubctl.trial.swarm.cluster import Cluster
from tests.e2e.browsers import browser_of, end_servers
from tests.e2e.clusters import SECOND_DAY, cluster_fixtures
from tests.e2e.event_loop import Loop
from tests.e2e.second_day.day import Day, Seen, table_in
from tests.e2e.second_day.people import Person
from tests.support.hub_client import HubClient

Browser = Callable[[str], HubClient]
USUAL_CERTIFICATE = "self_signed"

cluster, usual_hub = cluster_fixtures(SECOND_DAY)


@pytest.fixture(scope="package")
def loop() -> Iterator[Loop]:
    """The people's own event loop."""
    made = Loop()
    yield made
    made.close()


@pytest.fixture(scope="package")
def browser(cluster: Cluster, loop: Loop) -> Iterator[Browser]:
    """Return ``browser(user)``: a browser of that user, closed at the end."""
    made: list[HubClient] = []

    def make(user: str) -> HubClient:
        client = browser_of(cluster, user)
        made.append(loop.do(client.__aenter__()))
        return client

    yield make
    for client in made:
        loop.do(client.__aexit__())


@pytest.fixture(scope="package")
def table(project: Path) -> Iterator[list[Seen]]:
    """What people at work saw of each change of chef-hub."""
    with table_in(project / "build/second-day/chef-hub.csv") as lines:
        yield lines


@pytest.fixture(scope="package")
def day(cluster: Cluster, loop: Loop, browser: Browser, table: list[Seen]) -> Iterator[Day]:
    """Ada and Grace at work, for all tests of this folder."""
    people = [Person(browser(user)) for user in ("ada", "grace")]
    for person in people:
        loop.do(person.begin())
    yield Day(people, loop, table)
    for person in people:
        loop.do(person.rest())
    end_servers(cluster)


@pytest.fixture(scope="module", autouse=True)
def _usual_settings(cluster: Cluster, usual_hub: dict[str, object]) -> Iterator[None]:
    """Bring the hub back to its usual settings after the last change of a file."""
    yield
    bring_back(cluster, usual_hub)


@pytest.fixture(autouse=True)
def _usual_settings_after_a_failure(
    request: pytest.FixtureRequest, cluster: Cluster, usual_hub: dict[str, object]
) -> Iterator[None]:
    """Bring the hub back after a change that failed half-way; a change that succeeds stays until the next one.

    To go back costs a restart of the hub, as each change does.
    """
    failed = request.session.testsfailed
    yield
    if request.session.testsfailed > failed:
        bring_back(cluster, usual_hub)


def bring_back(cluster: Cluster, usual_hub: dict[str, object]) -> None:
    """Give the hub its usual settings, unless it has them."""
    if cluster.inputs.attributes["tls"]["source"] != USUAL_CERTIFICATE:
        cluster.change_certificate(USUAL_CERTIFICATE)
    if cluster.inputs.attributes["hub"] != usual_hub:
        cluster.converge(**usual_hub)
