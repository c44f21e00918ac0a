"""The rules of admission, each by itself and in their order."""

from dataclasses import replace

import pytest

from hub_common.admission import Disk, Refuse, UserDisk
from swarm_hub.admission import (
    WORKER_RESERVE,
    GroupSize,
    Rules,
    Situation,
    Slots,
    Start,
    Wait,
    Worker,
    capacity_for_spare,
    decide,
    workers_needed,
)

GIB = 1024**3
RULES = Rules(max_users=10, cluster_memory=64 * GIB, disk_percent=85, user_memory=2 * GIB)
DISK = Disk(answers=True, used=10 * GIB, capacity=100 * GIB)
# Room for three servers of 2 GiB beside the reserve
WORKER = Worker(name="worker-1", memory=6 * GIB + WORKER_RESERVE, promised=0, ready=True)
FREE = Situation(servers=0, promised=0, workers=(WORKER,), disk=DISK)


def full(*, group: GroupSize | None = None, workers: int = 1, **changes: int) -> Situation:
    """Return a cluster whose workers have no room left."""
    taken = tuple(replace(WORKER, name=f"worker-{number}", promised=6 * GIB) for number in range(workers))
    base = Situation(servers=3 * workers, promised=6 * GIB * workers, workers=taken, disk=DISK, group=group)
    return replace(base, **changes)  # type: ignore[arg-type]


def refused(rules: Rules, seen: Situation) -> Refuse:
    decision = decide(rules, seen)
    assert isinstance(decision, Refuse), decision
    return decision


def test_a_free_cluster_starts_servers() -> None:
    assert decide(RULES, FREE) == Start()


def test_the_last_place_is_given_and_no_more() -> None:
    assert decide(RULES, replace(FREE, servers=9)) == Start()
    refusal = refused(RULES, replace(FREE, servers=10))
    assert refusal.limit == "users"
    assert "All 10 places" in refusal.sentence
    assert "max_users" in refusal.sentence


def test_a_hub_for_one_says_so() -> None:
    refusal = refused(replace(RULES, max_users=1), replace(FREE, servers=1))
    assert refusal.sentence.startswith("The only place for a user is taken")


def test_who_waits_counts_as_a_user() -> None:
    assert refused(RULES, full(servers=9, ahead=1)).limit == "users"


def test_cluster_memory_is_a_limit_of_its_own() -> None:
    rules = replace(RULES, cluster_memory=8 * GIB)
    many = tuple(replace(WORKER, name=f"worker-{number}") for number in range(9))
    assert decide(rules, replace(FREE, workers=many, promised=6 * GIB)) == Start()
    refusal = refused(rules, replace(FREE, workers=many, promised=7 * GIB))
    assert refusal.limit == "cluster_memory"
    assert "7 GiB of the cluster's 8 GiB" in refusal.sentence


@pytest.mark.parametrize(("used", "starts"), [(84, True), (85, False), (99, False)])
def test_a_full_disk_stops_starts(used: int, starts: bool) -> None:
    seen = replace(FREE, disk=replace(DISK, used=used * GIB))
    if starts:
        assert decide(RULES, seen) == Start()
    else:
        refusal = refused(RULES, seen)
        assert refusal.limit == "disk"
        assert f"{used}% full" in refusal.sentence


def test_a_disk_of_unknown_size_is_never_full() -> None:
    assert decide(RULES, replace(FREE, disk=replace(DISK, capacity=0))) == Start()


@pytest.mark.parametrize(
    ("stored", "own", "starts"), [(99, 14, True), (100, 9, True), (150, 9, True), (100, 10, False)]
)
def test_when_all_quotas_are_used_up_users_over_their_own_get_no_grace(
    stored: int, own: int, starts: bool
) -> None:
    """Users who store too much cannot stop those who keep to their quota."""
    disk = Disk(answers=True, used=500 * GIB, stored=stored * GIB, allowed=100 * GIB)
    seen = replace(FREE, disk=disk, user_disk=UserDisk(used=own * GIB, quota=10 * GIB))
    decision = decide(RULES, seen)
    assert isinstance(decision, Start) is starts
    if isinstance(decision, Refuse):
        assert (decision.limit, "all users' files together" in decision.sentence) == ("user_disk", True)


def test_without_the_shared_files_nothing_starts() -> None:
    assert refused(RULES, replace(FREE, disk=Disk(answers=False), servers=10)).limit == "shared_files"


@pytest.mark.parametrize(
    ("used", "over", "starts"), [(9, False, True), (10, True, True), (14, True, True), (15, True, False)]
)
def test_users_over_the_quota_can_still_clean_up(used: int, over: bool, starts: bool) -> None:
    own = UserDisk(used=used * GIB, quota=10 * GIB)
    assert own.over is over
    decision = decide(RULES, replace(FREE, user_disk=own))
    assert isinstance(decision, Start) is starts
    if isinstance(decision, Refuse):
        assert decision.limit == "user_disk"


def test_without_a_quota_there_is_no_limit() -> None:
    assert decide(RULES, replace(FREE, user_disk=UserDisk(used=1 << 60))) == Start()


def test_memory_counts_by_worker_not_as_a_sum() -> None:
    """Two half-free workers have room in sum, but neither has enough for a server."""
    half = tuple(replace(WORKER, name=f"worker-{n}", promised=5 * GIB) for n in range(2))
    assert refused(RULES, replace(FREE, workers=half)).limit == "workers"


def test_workers_that_are_not_ready_take_no_users() -> None:
    refusal = refused(RULES, replace(FREE, workers=(replace(WORKER, ready=False),)))
    assert refusal.sentence.startswith("There is no worker that takes users")


def test_servers_without_a_worker_yet_take_places() -> None:
    assert decide(RULES, replace(FREE, unplaced=2)) == Start()
    assert refused(RULES, replace(FREE, unplaced=3)).limit == "workers"


def test_a_full_cluster_grows_by_one() -> None:
    assert decide(RULES, full(group=GroupSize(name="asg", desired=1, maximum=4))) == Wait(raise_to=2)


def test_a_worker_that_is_on_its_way_is_not_asked_for_again() -> None:
    assert decide(RULES, full(group=GroupSize(name="asg", desired=2, maximum=4))) == Wait(raise_to=None)


@pytest.mark.parametrize(("ahead", "target"), [(0, None), (2, None), (3, 3), (5, 3), (6, 4)])
def test_growth_fits_the_number_of_those_who_wait(ahead: int, target: int | None) -> None:
    """Three places on the worker that is coming: the fourth in line needs one more."""
    rules = replace(RULES, max_users=100)
    decision = decide(rules, full(ahead=ahead, group=GroupSize(name="asg", desired=2, maximum=9)))
    assert decision == Wait(raise_to=target)


def test_growth_ends_at_the_groups_maximum() -> None:
    refusal = refused(RULES, full(workers=2, group=GroupSize(name="asg", desired=2, maximum=2)))
    assert refusal.limit == "workers"
    assert "may not grow beyond 2" in refusal.sentence


def test_an_empty_group_grows_from_nothing() -> None:
    seen = replace(FREE, workers=(), group=GroupSize(name="asg", desired=0, maximum=2))
    assert decide(RULES, seen) == Wait(raise_to=1)


def test_a_server_larger_than_any_worker_is_refused_rather_than_grown_for() -> None:
    rules = replace(RULES, user_memory=16 * GIB)
    refusal = refused(rules, replace(FREE, group=GroupSize(name="asg", desired=1, maximum=9)))
    assert refusal.limit == "worker_memory"
    assert "6.2 GiB" in refusal.sentence


def test_places_are_given_in_the_order_of_arrival() -> None:
    one_free = replace(FREE, workers=(replace(WORKER, promised=4 * GIB),), ahead=1)
    group = GroupSize(name="asg", desired=1, maximum=2)
    assert decide(RULES, replace(one_free, group=group)) == Wait(raise_to=2)
    assert decide(RULES, replace(one_free, ahead=0, group=group)) == Start()


@pytest.mark.parametrize(
    "seen",
    [
        replace(FREE, servers=10),
        replace(FREE, disk=Disk(answers=False)),
        full(),
        full(group=GroupSize(name="asg", desired=1, maximum=1)),
    ],
)
def test_every_refusal_says_what_to_do(seen: Situation) -> None:
    sentence = refused(RULES, seen).sentence
    assert "ry again" in sentence
    assert "administrators" in sentence


def slots(**values: int) -> Slots:
    return Slots(**{"free": 0, "taken": 0, "ready": 1, "each": 4, **values})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("seen", "spare", "desired", "expected"),
    [
        ({"free": 3}, 3, 1, None),
        ({"free": 3}, 4, 1, 2),
        ({"free": 3, "taken": 2}, 4, 1, 2),
        ({"free": 0}, 9, 1, 4),
        ({"free": 3}, 4, 2, None),  # one is coming
        ({"free": 0, "taken": 9}, 4, 3, 5),  # two are coming, with eight places
        ({"free": 0}, 40, 1, 5),  # the largest size
        ({"free": 0}, 0, 1, None),
        ({"free": 0, "ready": 3}, 2, 1, 4),  # scaling in has lowered what is desired, and all are protected
        ({"free": 0, "ready": 1, "leaving": 1}, 1, 2, 3),
        ({"free": 0, "ready": 1, "paused": 1}, 1, 2, 3),
        ({"free": 0, "each": 0}, 1, 1, None),
    ],
)
def test_capacity_for_spare_places(
    seen: dict[str, int], spare: int, desired: int, expected: int | None
) -> None:
    group = GroupSize(name="asg", desired=desired, maximum=5)
    assert capacity_for_spare(slots(**seen), group, spare) == expected


def test_workers_that_scaling_in_could_not_take_are_not_taken_for_coming_ones() -> None:
    assert workers_needed(slots(ready=3, taken=1), 2) == 4
