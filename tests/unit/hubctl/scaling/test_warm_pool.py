"""Warm pools: their size, how instances come in and out, and that they count nowhere."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubctl.scaling.group import ScaledGroup, ScaledGroupSettings
from hubctl.scaling.lifecycle import LAUNCHING, TERMINATING, LifecycleHook
from hubctl.scaling.refresh import InstanceRefresh, RefreshPreferences
from hubctl.scaling.warm_pool import WarmPoolSettings

BOOT = LifecycleHook(name="boot", transition=LAUNCHING, heartbeat=600, default="ABANDON")
DRAIN = LifecycleHook(name="drain", transition=TERMINATING, heartbeat=900, default="CONTINUE")
TWO = WarmPoolSettings(min_size=2, max_prepared=2)


def pooled_group(
    pool: WarmPoolSettings = TWO, *hooks: LifecycleHook, desired: int = 1, largest: int = 6
) -> ScaledGroup:
    """Return a group whose instances are in service and whose pool is prepared, as far as hooks let them."""
    spec = ScaledGroupSettings(
        name="g", min_size=1, max_size=largest, hooks=hooks, zones=("a", "b"), warm_pool=pool
    )
    made = ScaledGroup(spec, desired=desired)
    for number, zone in enumerate(made.missing()):
        made.launch(f"i-{number}", zone, 0)
        made.started(f"i-{number}", 0)
    for number, zone in enumerate(made.missing_in_pool()):
        made.launch(f"w-{number}", zone, 0, pooled=True)
        made.started(f"w-{number}", 0)
    return made


def states(made: ScaledGroup) -> dict[str, str]:
    return {instance.id: instance.state for instance in made.instances.values()}


@pytest.mark.parametrize(
    ("pool", "desired", "size"),
    [
        (WarmPoolSettings(), 4, 6),
        (WarmPoolSettings(min_size=2), 9, 2),
        (WarmPoolSettings(max_prepared=5), 4, 1),
        (WarmPoolSettings(max_prepared=5), 7, 0),
        (WarmPoolSettings(min_size=3, max_prepared=3), 0, 3),
        (WarmPoolSettings(min_size=3, max_prepared=3), 8, 3),
    ],
)
def test_the_size_is_what_is_prepared_beyond_the_desired_capacity(
    pool: WarmPoolSettings, desired: int, size: int
) -> None:
    assert pool.size(desired=desired, max_size=10) == size


def test_instances_of_the_pool_are_prepared_and_count_nowhere() -> None:
    made = pooled_group()
    assert states(made) == {"i-0": "InService", "w-0": "Warmed:Stopped", "w-1": "Warmed:Stopped"}
    assert [one.id for one in made.present()] == ["i-0"]
    assert (made.missing(), made.missing_in_pool(), made.in_progress()) == ([], [], False)
    assert made.warm(1000, 300) == 1


def test_the_launching_hook_holds_them_on_the_way_in_and_again_on_the_way_out() -> None:
    made = pooled_group(TWO, BOOT)
    assert states(made)["w-0"] == "Warmed:Pending:Wait"
    made.complete("i-0", "boot", "CONTINUE", 5)
    made.complete("w-0", "boot", "CONTINUE", 5)
    assert states(made)["w-0"] == "Warmed:Stopped"
    made.desired = 2
    assert made.leave_pool(10) == ["w-0"]
    assert states(made)["w-0"] == "Pending"
    made.started("w-0", 20)
    assert states(made)["w-0"] == "Pending:Wait"
    made.complete("w-0", "boot", "CONTINUE", 30)
    assert made.instances["w-0"].in_service == 30
    assert made.missing_in_pool() != []


def test_what_the_pool_lacks_is_launched_cold_and_unprepared_ones_stay() -> None:
    made = pooled_group(TWO, BOOT)
    made.complete("w-1", "boot", "CONTINUE", 5)
    made.desired = 4
    assert made.leave_pool(10) == ["w-1"]
    assert len(made.missing()) == 2


def test_an_abandoned_preparation_ends_the_instance() -> None:
    made = pooled_group(TWO, BOOT)
    assert made.complete("w-0", "boot", "ABANDON", 5)
    assert len(made.missing_in_pool()) == 1


def test_the_emptiest_zone_is_served_first() -> None:
    made = pooled_group(WarmPoolSettings(min_size=4, max_prepared=4), desired=1)
    made.desired = 2
    (taken,) = made.leave_pool(10)
    assert made.instances[taken].zone == "b"


def test_scaling_in_gives_instances_back_after_the_terminating_hook() -> None:
    reuse = WarmPoolSettings(min_size=2, max_prepared=2, reuse_on_scale_in=True)
    made = pooled_group(reuse, BOOT, DRAIN, desired=2)
    for one in ("i-0", "i-1", "w-0", "w-1"):
        made.complete(one, "boot", "CONTINUE", 5)
    made.desired = 3
    made.started(made.leave_pool(10)[0], 20)
    made.complete("w-0", "boot", "CONTINUE", 30)
    made.desired = 2
    assert made.shrink(1000) == []
    (leaving,) = [one for one in made.instances.values() if one.leaving]
    assert not made.complete(leaving.id, "drain", "CONTINUE", 1100)
    assert leaving.state == "Warmed:Pending:Wait"
    made.complete(leaving.id, "boot", "CONTINUE", 1200)
    assert leaving.state == "Warmed:Stopped"
    assert leaving.in_service is None
    assert made.missing_in_pool() == []


def test_nothing_is_launched_for_the_place_of_an_instance_that_comes_back() -> None:
    reuse = WarmPoolSettings(max_prepared=3, reuse_on_scale_in=True)
    made = pooled_group(reuse, DRAIN, desired=3)
    assert made.missing_in_pool() == []
    made.desired = 2
    assert made.shrink(1000) == []
    assert made.missing_in_pool() == [], "the instance that leaves fills the pool"
    made.desired = 1
    assert made.shrink(1001) == []
    assert len([one for one in made.instances.values() if one.returns]) == 2
    assert made.missing_in_pool() == []


def test_a_full_pool_takes_nothing_back() -> None:
    reuse = WarmPoolSettings(min_size=2, max_prepared=2, reuse_on_scale_in=True)
    made = pooled_group(reuse, desired=2)
    made.desired = 1
    assert len(made.shrink(1000)) == 1
    assert len(made.pool()) == 2


def test_one_that_returns_has_its_place_in_the_pool_already() -> None:
    made = pooled_group(WarmPoolSettings(reuse_on_scale_in=True), DRAIN, desired=3, largest=4)
    assert len(made.pool()) == 1
    made.desired = 2
    made.shrink(1000)
    assert len(made.returning()) == 1
    assert made.missing_in_pool() == []
    made.desired = 1
    made.shrink(1001)
    assert len(made.returning()) == 2
    for one in made.returning():
        made.complete(one.id, "drain", "CONTINUE", 1100)
    assert len(made.pool()) == 3
    assert made.shrink_pool(1101) == []


@given(
    wishes=st.lists(st.integers(0, 6), min_size=1, max_size=8),
    least=st.integers(0, 3),
    prepared=st.none() | st.integers(0, 6),
    reuse=st.booleans(),
)
def test_any_sequence_of_capacities_ends_with_the_capacity_and_the_pool_that_were_asked_for(
    wishes: list[int], least: int, prepared: int | None, reuse: bool
) -> None:
    pool = WarmPoolSettings(min_size=least, max_prepared=prepared, reuse_on_scale_in=reuse)
    made = ScaledGroup(
        ScaledGroupSettings(
            name="g", min_size=0, max_size=6, zones=("a", "b"), hooks=(BOOT, DRAIN), warm_pool=pool
        )
    )
    launched = 0
    for now, wish in enumerate(wishes):
        made.desired = wish
        for _round in range(4):
            made.shrink(now)
            woken = made.leave_pool(now)
            made.shrink_pool(now)
            for pooled, zones in ((False, made.missing()), (True, made.missing_in_pool())):
                for zone in zones:
                    launched += 1
                    woken.append(made.launch(f"i-{launched:03}", zone, now, pooled=pooled).id)
            for one in woken:
                made.started(one, now)
            for instance in list(made.instances.values()):
                for hook in list(instance.waits):
                    made.complete(instance.id, hook, "CONTINUE", now)
        assert len(made.in_service()) == len(made.present()) == wish
        assert sum(one.ready_in_pool for one in made.pool()) == pool.size(desired=wish, max_size=6)
        assert len(made.instances) == len(made.present()) + len(made.pool())


def test_a_smaller_or_removed_pool_ends_instances() -> None:
    made = pooled_group(WarmPoolSettings(min_size=3, max_prepared=3), desired=1)
    made.spec = ScaledGroupSettings(
        name="g", min_size=1, max_size=6, warm_pool=WarmPoolSettings(max_prepared=2)
    )
    assert len(made.shrink_pool(10)) == 2
    made.spec = ScaledGroupSettings(name="g", min_size=1, max_size=6)
    assert len(made.shrink_pool(10)) == 1
    assert states(made) == {"i-0": "InService"}


def test_hooks_hold_instances_that_the_pool_gives_up() -> None:
    made = pooled_group(TWO, DRAIN)
    made.spec = ScaledGroupSettings(name="g", min_size=1, max_size=6, hooks=(DRAIN,))
    assert made.shrink_pool(10) == []
    assert states(made)["w-0"] == "Warmed:Terminating:Wait"
    assert sorted(made.expire(10 + DRAIN.heartbeat)) == ["w-0", "w-1"]


def test_a_refresh_replaces_the_pool_after_what_is_in_service_and_takes_nothing_older_from_it() -> None:
    made = pooled_group()
    refresh = InstanceRefresh(id="r", started=0, target=2, preferences=RefreshPreferences(skip_matching=True))
    assert refresh.tick(made, 10) == ["i-0"]
    assert made.leave_pool(10) == [], "what waits in the pool is of the version before"
    assert {"w-0", "w-1"} <= set(states(made))
    (zone,) = made.missing()
    made.launch("i-1", zone, 20, template=2)
    assert refresh.tick(made, 20) == []
    made.started("i-1", 30)
    assert sorted(refresh.tick(made, 30)) == ["w-0", "w-1"]
    assert (refresh.status, len(made.missing_in_pool())) == ("Successful", 2)


def test_a_refresh_takes_prepared_instances_of_its_own_version() -> None:
    made = pooled_group()
    for one in made.pool():
        one.template = 2
    refresh = InstanceRefresh(id="r", started=0, target=2, preferences=RefreshPreferences(skip_matching=True))
    refresh.tick(made, 10)
    (taken,) = made.leave_pool(10)
    made.started(taken, 20)
    refresh.tick(made, 20)
    assert (refresh.status, len(made.pool())) == ("Successful", 1)


@pytest.mark.parametrize(
    ("values", "word"), [({"min_size": -1}, "MinSize"), ({"max_prepared": -2}, "MaxGroupPreparedCapacity")]
)
def test_what_aws_refuses_is_refused(values: dict[str, int], word: str) -> None:
    with pytest.raises(ValueError, match=word):
        WarmPoolSettings(**values)  # type: ignore[arg-type]
