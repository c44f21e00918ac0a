"""How many places the hub keeps free, which workers stay for that, and when it asks for more."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import isnan

import pytest
from prometheus_client import REGISTRY

from swarm_hub.admission import WORKER_RESERVE, GroupSize, Rules, Worker
from swarm_hub.cluster import Cluster
from swarm_hub.spare import STALE_SECONDS, FreePlaces, SparePlaces
from swarm_hub.spare_windows import SpareWindows

GIB = 1024**3
RULES = Rules(max_users=100, cluster_memory=1000 * GIB, disk_percent=85, user_memory=2 * GIB)


class Group:
    """An auto scaling group of at most five workers."""

    def __init__(self, desired: int) -> None:
        self.desired = desired
        self.asked: list[int] = []
        self.looks = 0

    def group(self) -> GroupSize:
        self.looks += 1
        return GroupSize(name="asg", desired=self.desired, maximum=5)

    def raise_to(self, capacity: int) -> None:
        self.asked.append(capacity)


def worker(name: str, taken: int = 0, **changes: object) -> Worker:
    made = Worker(
        name=name,
        id=f"id-{name}",
        instance=f"i-{name}",
        memory=8 * GIB + WORKER_RESERVE,
        promised=2 * GIB * taken,
        servers=taken,
        ready=True,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def seen(*workers: Worker, waiting: int = 0) -> Cluster:
    placed = [f"{one.name}-{number}" for one in workers for number in range(one.servers)]
    names = [*placed, *(f"waiting-{number}" for number in range(waiting))]
    return Cluster(
        workers=workers,
        promised=dict.fromkeys(names, 2 * GIB),
        placed=frozenset(placed),
        dead_nodes=frozenset(),
    )


def spare(
    count: int, group: Group | None = None, expected: tuple[str, ...] = (), **rules: int
) -> SparePlaces:
    changed = replace(RULES, **rules)  # type: ignore[arg-type]
    return SparePlaces(count=count, rules=changed, growth=group or Group(1), expected=lambda: expected)


def asked(count: int, cluster: Cluster, desired: int, **more: int) -> list[int]:
    group = Group(desired)
    spare(count, group, **more).grow(cluster)  # type: ignore[arg-type]
    return group.asked


def test_a_worker_is_asked_for_before_the_last_place_is_taken() -> None:
    assert asked(2, seen(worker("a", 2)), 1) == []
    assert asked(2, seen(worker("a", 3)), 1) == [2]


def test_the_number_of_workers_follows_the_shortage_up_to_the_largest_size() -> None:
    assert asked(9, seen(worker("a", 4)), 1) == [4]
    assert asked(40, seen(worker("a", 4)), 1) == [5]


def test_workers_that_come_are_counted_and_users_that_wait_are_served_first() -> None:
    assert asked(2, seen(worker("a", 3)), 2) == []
    assert asked(2, seen(worker("a", 4), waiting=3), 2) == [3]


def test_promises_that_the_swarm_does_not_show_yet_count_too() -> None:
    group = Group(1)
    spare(2, group, expected=("ada", "grace")).grow(seen(worker("a", 1)))
    assert group.asked == [2]


def test_without_spare_places_nobody_asks_aws() -> None:
    group = Group(1)
    spare(0, group).grow(seen(worker("a", 4)))
    assert (group.looks, group.asked) == (0, [])


def test_no_more_places_are_kept_than_users_may_come() -> None:
    assert asked(4, seen(worker("a", 4)), 1, max_users=4) == []
    assert asked(4, seen(worker("a", 4)), 1, max_users=5) == [2]
    assert asked(4, seen(worker("a", 4)), 1, cluster_memory=8 * GIB) == []


@pytest.mark.parametrize(("setting", "wanted"), [(0, 3), (3, 3), (6, 6)])
def test_while_a_class_meets_the_larger_of_setting_and_timetable_counts(setting: int, wanted: int) -> None:
    now = datetime(2026, 12, 1, 8, tzinfo=UTC)
    windows = SpareWindows(lambda: '[["2026-12-01T08:00Z", 90, 1, 3]]', now=lambda: now)
    group = Group(1)
    places = replace(spare(setting, group), windows=windows)
    places.grow(seen(worker("a", 2)))
    assert group.asked == [2]
    assert len(places.kept(seen(worker("a", 4), worker("b"), worker("c")))) == -(-wanted // 4)
    now += timedelta(minutes=90)
    assert len(places.kept(seen(worker("a", 4), worker("b"), worker("c")))) == -(-setting // 4)


@pytest.mark.parametrize(("count", "expected"), [(0, set()), (3, {"i-b"}), (5, {"i-b", "i-c"})])
def test_as_many_empty_workers_stay_as_hold_the_spare_places(count: int, expected: set[str]) -> None:
    assert spare(count).kept(seen(worker("a", 4), worker("b"), worker("c"), worker("d"))) == expected


def test_servers_on_their_way_do_not_take_the_spare_places() -> None:
    workers = (worker("a", 4), worker("b"), worker("c"))
    assert spare(3).kept(seen(*workers, waiting=2)) == {"i-b", "i-c"}


def test_a_worker_that_aws_takes_back_is_replaced_while_it_still_serves() -> None:
    leaving = worker("b", 3, ready=False, leaving_at=datetime(2026, 12, 1, tzinfo=UTC))
    assert asked(0, seen(worker("a", 4), leaving), 2) == [3]
    assert asked(0, seen(worker("a", 1), leaving), 2) == []  # they find a place
    assert asked(0, seen(worker("a", 4), replace(leaving, servers=0, promised=0)), 2) == []


def test_the_metric_shows_the_free_places_that_were_found() -> None:
    spare(0).grow(seen(worker("a", 1), worker("b"), waiting=2))
    assert REGISTRY.get_sample_value("chef_hub_free_places") == 5
    spare(0).grow(seen(worker("a", 4), waiting=3))
    assert REGISTRY.get_sample_value("chef_hub_free_places") == 0


def test_while_looks_fail_the_free_places_are_not_known() -> None:
    now = [0.0]
    free = FreePlaces(lambda: now[0])
    assert isnan(free.shown())
    free.found(0)
    assert free.shown() == 0
    now[0] = STALE_SECONDS
    assert isnan(free.shown())
