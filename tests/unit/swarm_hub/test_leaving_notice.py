"""What a user reads while the worker of their server is about to be taken back."""

from datetime import UTC, datetime, timedelta

import pytest

from hub_common.names import service_name
from swarm_hub.admission import GroupSize, Rules, Worker
from swarm_hub.cluster import Cluster
from swarm_hub.leaving_notice import LeavingNotice
from swarm_hub.spare import SparePlaces

NOW = datetime(2026, 12, 1, 9, 30, tzinfo=UTC)
GIB = 1024**3


def seen(leaving_at: datetime | None) -> Cluster:
    worker = Worker(name="a", id="a", memory=8 * GIB, promised=0, ready=False, leaving_at=leaving_at)
    other = Worker(name="b", id="b", memory=8 * GIB, promised=0, ready=True)
    nodes = {service_name("ada"): "a", service_name("grace"): "b"}
    return Cluster(
        workers=(worker, other), promised={}, placed=frozenset(nodes), dead_nodes=frozenset(), nodes=nodes
    )


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (110, "in less than 2 minutes (at 09:31 UTC)"),
        (40, "in less than a minute (at 09:30 UTC)"),
        (-1, "of your server now."),
    ],
)
def test_only_users_of_that_worker_are_told_how_long_it_lasts(left: int, words: str) -> None:
    notice = LeavingNotice(lambda: NOW)
    notice.see(seen(NOW + timedelta(seconds=left)))
    assert words in notice.sentence("ada")
    assert "files are safe" in notice.sentence("ada")
    assert [notice.sentence(user) for user in ("grace", "nobody")] == ["", ""]


def test_nothing_is_told_of_workers_that_stay_or_before_the_first_look() -> None:
    notice = LeavingNotice(lambda: NOW)
    assert notice.sentence("ada") == ""
    notice.see(seen(NOW))
    notice.see(seen(None))
    assert notice.sentence("ada") == ""


def test_each_look_for_spare_places_is_told_to_it() -> None:
    notice = LeavingNotice(lambda: NOW)
    rules = Rules(max_users=1, cluster_memory=GIB, disk_percent=85, user_memory=GIB)

    class Nothing:
        def group(self) -> GroupSize:
            raise AssertionError("AWS is asked")

        def raise_to(self, capacity: int) -> None:
            raise AssertionError(capacity)

    spare = SparePlaces(count=0, rules=rules, growth=Nothing(), expected=tuple, notice=notice)
    spare.kept(seen(NOW))
    assert notice.sentence("ada")
