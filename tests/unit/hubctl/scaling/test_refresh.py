"""Instance refreshes on a group in a time of the test's own."""

from collections.abc import Callable
from itertools import count

import pytest

from hubctl.scaling.group import ScaledGroup, ScaledGroupSettings
from hubctl.scaling.lifecycle import LifecycleHook
from hubctl.scaling.refresh import LONGEST_PROTECTION_WAIT, InstanceRefresh, RefreshPreferences

HOLD = LifecycleHook(
    name="leave", transition="autoscaling:EC2_INSTANCE_TERMINATING", heartbeat=7200, default="CONTINUE"
)
STEP = 30.0


class Story:
    """A group that launches what it misses at once, under one refresh, and the clock."""

    def __init__(self, size: int, *hooks: LifecycleHook, **preferences: object) -> None:
        spec = ScaledGroupSettings(name="workers", min_size=0, max_size=9, hooks=hooks)
        self.group = ScaledGroup(spec, desired=size)
        self.now, self._numbers, self.fewest, self.most = 0.0, count(1), size, size
        self.launch(template=1)
        self.old = sorted(self.group.instances)
        self.refresh = InstanceRefresh(
            id="r",
            started=0,
            target=2,
            preferences=RefreshPreferences(**{"warmup": 60.0, **preferences}),  # type: ignore[arg-type]
        )

    def launch(self, template: int = 2) -> None:
        for zone in self.group.missing():
            instance_id = f"i-{next(self._numbers)}"
            self.group.launch(instance_id, zone, self.now, template=template)
            self.group.started(instance_id, self.now)

    def step(self) -> None:
        self.now += STEP
        self.group.expire(self.now)
        self.refresh.tick(self.group, self.now)
        self.group.shrink(self.now)
        self.launch()
        serving = [
            one for one in self.group.in_service() if one.id in self.old or not one.warming(self.now, 60)
        ]
        self.fewest = min(self.fewest, len(serving))
        self.most = max(self.most, len(self.group.present()))

    def until(self, condition: Callable[[], bool], within: float = 40 * 3600) -> None:
        while not condition():
            self.step()
            assert self.now < within, f"{self.refresh} is still not there"

    def over(self) -> bool:
        return not self.refresh.active

    def protect(self, *ids: str, on: bool = True) -> None:
        for each in ids:
            self.group.instances[each].protected = on

    @property
    def templates(self) -> list[int]:
        return sorted(one.template for one in self.group.present())


def test_it_replaces_all_and_keeps_the_share_that_has_to_be_healthy() -> None:
    story = Story(4, min_healthy=50)
    assert story.refresh.status == "Pending"
    story.step()
    assert (story.refresh.status, story.refresh.to_update) == ("InProgress", 4)
    story.until(lambda: story.refresh.percentage == 50)
    story.until(story.over)
    assert (story.refresh.status, story.refresh.percentage, story.refresh.to_update) == ("Successful", 100, 0)
    assert story.templates == [2, 2, 2, 2]
    assert (story.fewest, story.most) == (2, 4)


def test_it_launches_first_when_all_have_to_stay_healthy() -> None:
    story = Story(3, min_healthy=100, max_healthy=110)
    story.until(story.over)
    assert story.refresh.status == "Successful"
    assert story.templates == [2, 2, 2]
    assert (story.fewest, story.most, len(story.group.present())) == (3, 4, 3)


def test_a_group_of_one_is_replaced_although_ninety_percent_of_one_is_one() -> None:
    story = Story(1)
    story.until(story.over)
    assert (story.refresh.status, story.templates, story.fewest) == ("Successful", [2], 0)


def test_an_empty_group_is_done_at_once() -> None:
    story = Story(0)
    story.step()
    assert (story.refresh.status, story.refresh.percentage) == ("Successful", 100)


def test_it_waits_an_hour_for_protected_instances_and_fails() -> None:
    story = Story(2, min_healthy=50)
    kept = story.old[0]
    story.protect(kept)
    story.until(lambda: "Waiting for scale-in protection" in story.refresh.reason)
    began = story.now
    story.until(story.over)
    assert story.refresh.status == "Failed"
    assert kept in story.refresh.reason
    assert 0 <= story.now - began - LONGEST_PROTECTION_WAIT <= STEP
    assert (story.templates, story.refresh.percentage) == ([1, 2], 50)
    assert story.refresh.ended == story.now


def test_protection_that_is_lifted_within_the_hour_lets_it_go_on() -> None:
    story = Story(2, min_healthy=50)
    story.protect(*story.old)
    story.until(lambda: story.now > LONGEST_PROTECTION_WAIT - 2 * STEP)
    assert (story.refresh.status, story.templates) == ("InProgress", [1, 1])
    story.protect(*story.old, on=False)
    story.until(story.over)
    assert (story.refresh.status, story.refresh.reason, story.templates) == ("Successful", "", [2, 2])


@pytest.mark.parametrize(("protected", "templates"), [("Ignore", [1, 2]), ("Refresh", [2, 2])])
def test_protected_instances_are_left_alone_or_taken_as_the_preferences_say(
    protected: str, templates: list[int]
) -> None:
    story = Story(2, protected=protected)
    story.protect(story.old[0])
    story.until(story.over, within=1800)
    assert (story.refresh.status, story.templates) == ("Successful", templates)


def test_what_matches_already_is_skipped_when_that_is_asked_for() -> None:
    for skip, expected in ((True, 1), (False, 2)):
        story = Story(2, skip_matching=skip)
        story.group.instances[story.old[0]].template = 2
        story.step()
        assert story.refresh._total == expected
        story.until(story.over)
        assert (story.old[0] in story.group.instances) is skip


def test_a_cancelled_one_keeps_what_was_replaced_and_replaces_no_more() -> None:
    story = Story(3)
    story.until(lambda: story.templates == [1, 1, 2])
    story.refresh.cancel()
    assert (story.refresh.status, story.refresh.active) == ("Cancelling", True)
    story.until(story.over)
    assert story.refresh.status == "Cancelled"
    for _ in range(20):
        story.step()
    assert story.templates == [1, 1, 2]


def test_a_hook_holds_the_old_one_while_its_replacement_works_already() -> None:
    story = Story(1, HOLD, min_healthy=100, max_healthy=200)
    story.until(story.over)
    assert story.refresh.status == "Successful"
    assert story.group.instances[story.old[0]].state == "Terminating:Wait"
    story.group.complete(story.old[0], "leave", "CONTINUE", story.now)
    assert story.old[0] not in story.group.instances


@pytest.mark.parametrize(
    "wrong",
    [
        {"min_healthy": 101},
        {"max_healthy": 90},
        {"min_healthy": 0, "max_healthy": 150},
        {"protected": "Maybe"},
    ],
)
def test_preferences_that_aws_refuses(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="must"):
        RefreshPreferences(**wrong)  # type: ignore[arg-type]
