import pytest

from hubctl.scaling.group import Instance, choose

NOW = 10_000.0


def made(
    name: str, zone: str = "a", *, launched: float = 0, template: int = 1, protected: bool = False
) -> Instance:
    return Instance(
        id=name, zone=zone, launched=launched, template=template, protected=protected, state="InService"
    )


def ids(instances: list[Instance], count: int, *policies: str) -> list[str]:
    return [instance.id for instance in choose(instances, count, policies, NOW)]


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
