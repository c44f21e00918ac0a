"""Groups: launching, terminating, hooks, protection, and which instance has to go."""

import pytest

from hubctl.scaling.group import ScaledGroup, ScaledGroupSettings
from hubctl.scaling.lifecycle import LAUNCHING, TERMINATING, GroupInstance, LifecycleHook
from hubctl.scaling.termination import instances_to_terminate

DRAIN = LifecycleHook(name="drain", transition=TERMINATING, heartbeat=100, default="CONTINUE")
BOOT = LifecycleHook(name="boot", transition=LAUNCHING, heartbeat=60, default="ABANDON")


def group(count: int = 0, *hooks: LifecycleHook, zones: tuple[str, ...] = ("a", "b")) -> ScaledGroup:
    made = ScaledGroup(
        ScaledGroupSettings(name="g", min_size=0, max_size=9, hooks=hooks, zones=zones), desired=count
    )
    for number, zone in enumerate(made.missing()):
        made.launch(f"i-{number}", zone, 0)
        made.started(f"i-{number}", 0)
    return made


def test_new_instances_go_to_the_emptiest_zones() -> None:
    made = group(3)
    made.desired = 6
    assert made.missing() == ["b", "a", "b"]


def test_without_hooks_instances_enter_service_and_leave_at_once() -> None:
    made = group(3)
    assert [instance.state for instance in made.in_service()] == ["InService"] * 3
    made.desired = 1
    assert len(made.shrink(10)) == 2
    assert len(made.instances) == 1


def test_a_launching_instance_waits_until_its_hook_is_completed() -> None:
    made = group(1, BOOT)
    assert made.instances["i-0"].state == "Pending:Wait"
    assert not made.complete("i-0", "boot", "CONTINUE", 30)
    assert [instance.id for instance in made.in_service()] == ["i-0"]
    assert made.instances["i-0"].in_service == 30


def test_an_abandoned_launch_ends_the_instance_and_asks_for_another() -> None:
    made = group(1, BOOT)
    assert made.complete("i-0", "boot", "ABANDON", 30)
    assert made.missing() == ["a"]


def test_a_launch_whose_hook_is_not_completed_follows_the_default_result() -> None:
    made = group(1, BOOT)
    assert made.expire(59) == []
    assert made.expire(60) == ["i-0"]


def test_a_terminating_instance_waits_and_counts_no_longer() -> None:
    made = group(2, DRAIN)
    made.desired = 1
    assert made.shrink(10) == []
    (leaving,) = [instance for instance in made.instances.values() if instance.leaving]
    assert leaving.state == "Terminating:Wait"
    assert len(made.present()) == 1
    assert made.missing() == []
    assert made.shrink(20) == []
    assert made.complete(leaving.id, "drain", "CONTINUE", 30)
    assert leaving.id not in made.instances


def test_a_heartbeat_restarts_the_time_out() -> None:
    # lifecycle-hooks.html: "the instance remains in a wait state for an additional hour"
    made = group(1, DRAIN)
    made.desired = 0
    made.shrink(0)
    made.heartbeat("i-0", "drain", 50)
    assert made.expire(149) == []
    assert made.expire(150) == ["i-0"]


def test_heartbeats_cannot_hold_an_instance_for_ever() -> None:
    made = group(1, DRAIN)
    made.desired = 0
    made.shrink(0)
    gone = []
    for now in range(0, 30_000, 50):
        gone = made.expire(now)
        if gone:
            break
        made.heartbeat("i-0", "drain", now)
    assert gone == ["i-0"]
    assert now == 100 * 100


def test_several_hooks_must_all_be_completed_unless_one_abandons() -> None:
    second = LifecycleHook(name="logs", transition=TERMINATING, heartbeat=100, default="CONTINUE")
    made = group(2, DRAIN, second)
    made.desired = 0
    made.shrink(0)
    assert not made.complete("i-0", "drain", "CONTINUE", 1)
    assert made.complete("i-0", "logs", "CONTINUE", 2)
    assert made.complete("i-1", "logs", "ABANDON", 3)


def test_completing_what_does_not_wait_is_an_error() -> None:
    made = group(1, DRAIN)
    with pytest.raises(KeyError):
        made.complete("i-0", "drain", "CONTINUE", 1)


def test_a_protected_group_shrinks_once_protection_is_lifted() -> None:
    # ec2-auto-scaling-instance-protection.html, the note on groups in which all are protected
    made = group(2)
    for instance in made.instances.values():
        instance.protected = True
    made.desired = 1
    assert made.shrink(10) == []
    made.instances["i-1"].protected = False
    assert made.shrink(20) == ["i-1"]


def test_a_lost_instance_is_replaced() -> None:
    made = group(2)
    made.lost("i-0")
    assert made.missing() == ["a"]


def test_suspended_processes_do_nothing() -> None:
    made = ScaledGroup(
        ScaledGroupSettings(name="g", min_size=0, max_size=9, suspended=frozenset({"Launch", "Terminate"})),
        desired=2,
    )
    assert made.missing() == []
    made.launch("i-0", "a", 0)
    made.started("i-0", 0)
    made.desired = 0
    assert made.shrink(0) == []


NOW = 10_000.0


def made(
    name: str, zone: str = "a", *, launched: float = 0, template: int = 1, protected: bool = False
) -> GroupInstance:
    return GroupInstance(
        id=name, zone=zone, launched=launched, template=template, protected=protected, state="InService"
    )


def ids(instances: list[GroupInstance], count: int, *policies: str) -> list[str]:
    return [instance.id for instance in instances_to_terminate(instances, count, policies, NOW)]


def test_the_fullest_zone_gives_first_whatever_the_policy() -> None:
    instances = [made("a1", "a", launched=5), made("a2", "a", launched=6), made("b1", "b", launched=1)]
    assert ids(instances, 1, "OldestInstance") == ["a1"]


def test_zones_stay_balanced_when_several_go() -> None:
    instances = [made(f"{zone}{number}", zone) for zone in "ab" for number in range(3)]
    assert [name[0] for name in ids(instances, 4, "Default")] == ["a", "b", "a", "b"]


@pytest.mark.parametrize(
    ("policies", "chosen"),
    [
        (("OldestInstance",), "old"),
        (("NewestInstance",), "new"),
        (("OldestLaunchTemplate",), "template"),
        (("OldestLaunchTemplate", "Default"), "template"),
        (("Default",), "template"),
        (("ClosestToNextInstanceHour",), "hour"),
        (("AllocationStrategy", "NewestInstance"), "new"),
    ],
)
def test_policies(policies: tuple[str, ...], chosen: str) -> None:
    instances = [
        made("old", launched=NOW - 7300, template=2),
        made("new", launched=NOW - 10, template=2),
        made("template", launched=NOW - 1000, template=1),
        made("hour", launched=NOW - 3599, template=2),
    ]
    assert ids(instances, 1, *policies) == [chosen]


def test_protected_instances_are_never_chosen() -> None:
    instances = [made("busy", protected=True), made("idle")]
    assert ids(instances, 2, "OldestInstance") == ["idle"]
    assert ids([made("busy", protected=True)], 1, "Default") == []


def test_a_full_zone_of_protected_instances_is_passed_over() -> None:
    instances = [made("a1", "a", protected=True), made("a2", "a", protected=True), made("b1", "b")]
    assert ids(instances, 1, "Default") == ["b1"]


def test_an_unknown_policy_is_named() -> None:
    with pytest.raises(ValueError, match="Random"):
        ids([made("x")], 1, "Random")
