"""A timetable on the local AWS: scheduled actions, a class under way, edits of the file, and what a plan refuses."""

import json
import shutil
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from cdktf import App

from hubctl.core.errors import HubctlError
from hubctl.core.terraform.driver import Terraform
from hubctl.core.terraform.plan import plan_from_json
from hubctl.trial.aws.server import LocalAws
from stacks.app import build_stack
from stacks.settings.loading import check_context

pytestmark = [pytest.mark.terraform, pytest.mark.apply, pytest.mark.story]

GROUP = "aws-lab"
TODAY = datetime.now(UTC).replace(second=0, microsecond=0)
Classes = list[dict[str, Any]]


def lasting(name: str, users: int, start: datetime, hours: int) -> dict[str, Any]:
    """Return a class of one date in UTC."""
    end = f"{start.hour + hours:02}:{start:%M}"
    return {
        "name": name,
        "dates": [f"{start:%Y-%m-%d}"],
        "start": f"{start:%H:%M}",
        "end": end,
        "users": users,
    }


def end_of(entry: dict[str, Any]) -> str:
    hour, minute = entry["end"].split(":")
    end = datetime.fromisoformat(entry["dates"][0]) + timedelta(hours=int(hour), minutes=int(minute))
    return f"once-{end:%Y-%m-%d-%H%M}-utc"


def weekly(name: str, users: int) -> dict[str, Any]:
    return {"name": name, "days": ["monday"], "start": "08:00", "end": "10:00", "users": users}


NOW = lasting("Under way", 28, TODAY - timedelta(hours=1), 3)
LATER = lasting("Exam", 35, TODAY + timedelta(days=40), 2)


TERM = (TODAY + timedelta(days=20), TODAY + timedelta(days=60))


def synthesized(
    folder: Path,
    stack: str,
    classes: Classes | None,
    term: tuple[datetime, datetime] = TERM,
    **context: Any,
) -> Path:
    """Return the stack's folder with a timetable of these classes; without one when they are None."""
    (folder / "project").mkdir(exist_ok=True)
    if classes is not None:
        days = {key: f"{day:%Y-%m-%d}" for key, day in zip(("first", "last"), term, strict=True)}
        document = {"zone": "UTC", "lead_minutes": 15, "terms": {"next": days}, "classes": classes}
        (folder / "project/timetable.yaml").write_text(yaml.safe_dump(document), encoding="utf-8")
        context["timetable"] = "timetable.yaml"
    settings, mistakes = check_context(context, project=folder / "project")
    assert not mistakes, mistakes
    app = App(stack_traces=False, outdir=str(folder / "out"))
    build_stack(app, settings, stack)
    app.synth()
    return folder / "out/stacks" / stack


class Lab:
    """The Lab that these tests apply, one timetable after the other."""

    def __init__(
        self,
        aws: LocalAws,
        terraform: Callable[[Path], Terraform],
        folder: Path,
        variables: Mapping[str, str],
    ) -> None:
        self.variables = variables
        self._terraform, self._folder = terraform, folder
        self._autoscaling = aws.client("autoscaling")

    def write(self, classes: Classes | None, **context: Any) -> Terraform:
        made = synthesized(self._folder, GROUP, classes, **context)
        place = self._folder / "deployed"
        shutil.copytree(made, place, dirs_exist_ok=True)
        return self._terraform(place)

    def planned(self, driver: Terraform) -> Any:
        return plan_from_json(driver.plan_document(variables=self.variables))

    def group(self) -> dict[str, Any]:
        found = self._autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[GROUP])
        (group,) = found["AutoScalingGroups"]
        return dict(group)

    def actions(self) -> dict[str, dict[str, Any]]:
        found = self._autoscaling.describe_scheduled_actions(AutoScalingGroupName=GROUP)
        return {each["ScheduledActionName"]: each for each in found["ScheduledUpdateGroupActions"]}


@pytest.fixture(scope="module")
def lab(
    local_aws: LocalAws,
    terraform: Callable[[Path], Terraform],
    variables: Mapping[str, Mapping[str, str]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Lab:
    return Lab(local_aws, terraform, tmp_path_factory.mktemp("timetable"), variables[GROUP])


def test_a_timetable_becomes_scheduled_actions_and_a_second_plan_is_empty(lab: Lab) -> None:
    driver = lab.write([NOW, weekly("Statistics", 30), LATER])
    driver.apply(variables=lab.variables)
    # 9 users of 1.5 GiB fit on an m6i.xlarge beside its system
    assert lab.group()["MinSize"] == 4
    actions = lab.actions()
    weekly_ones = {name: each for name, each in actions.items() if each.get("Recurrence")}
    assert sorted(each["Recurrence"] for each in weekly_ones.values()) == ["0 10 * * 1", "45 7 * * 1"]
    over = {end_of(NOW), end_of(LATER), *(name for name in weekly_ones if name.startswith("mon-1000-"))}
    assert {name: each["MinSize"] for name, each in actions.items()} == {
        name: 1 if name in over else 4 for name in actions
    }
    assert len(actions) == 5
    assert all("MaxSize" not in each and "DesiredCapacity" not in each for each in actions.values())
    plan = lab.planned(driver)
    assert plan.is_empty, plan.describe()


def test_an_edit_of_users_changes_actions_in_place(lab: Lab) -> None:
    driver = lab.write([{**NOW, "users": 19}, weekly("Statistics", 12), LATER])
    plan = lab.planned(driver)
    assert {change.action for change in plan.changes if not change.is_no_op} == {"update"}, plan.describe()
    driver.apply(variables=lab.variables)
    assert lab.group()["MinSize"] == 3
    (start,) = (each for name, each in lab.actions().items() if name.startswith("mon-0745"))
    assert start["MinSize"] == 2
    plan = lab.planned(driver)
    assert plan.is_empty, plan.describe()


def test_actions_of_a_term_under_way_are_created_with_their_next_times(lab: Lab) -> None:
    lab.write(None).apply(variables=lab.variables)
    day = f"{TODAY + timedelta(days=2):%A}".lower()
    meeting = {"name": "Statistics", "days": [day], "start": "08:00", "end": "10:00", "users": 30}
    driver = lab.write([meeting], term=(TODAY - timedelta(days=40), TODAY + timedelta(days=30)))
    driver.apply(variables=lab.variables)
    begins = {f"{each['StartTime']:%Y-%m-%d %H:%M}" for each in lab.actions().values()}
    assert begins == {f"{TODAY + timedelta(days=2):%Y-%m-%d} {time}" for time in ("07:45", "10:00")}
    (created,) = (
        resource["instances"]
        for resource in json.loads(driver.pull_state())["resources"]
        if resource["type"] == "aws_autoscaling_schedule"
    )
    assert {each["attributes"]["start_time"][11:16] for each in created} == {"07:45", "10:00"}
    plan = lab.planned(driver)
    assert plan.is_empty, plan.describe()


def test_an_apply_without_the_timetable_ends_its_actions(lab: Lab) -> None:
    driver = lab.write(None)
    driver.apply(variables=lab.variables)
    assert (lab.group()["MinSize"], lab.actions()) == (1, {})
    plan = lab.planned(driver)
    assert plan.is_empty, plan.describe()


@pytest.mark.parametrize("profile", ["recommended", "original"])
def test_workers_of_both_profiles_follow_a_timetable(
    terraform: Callable[[Path], Terraform],
    tmp_path: Path,
    variables: Mapping[str, Mapping[str, str]],
    profile: str,
) -> None:
    folder = synthesized(tmp_path, "chef-hub", [NOW, {**LATER, "spare": 4}], profile=profile)
    driver = terraform(folder)
    driver.validate()
    given = {"worker_max_size": "100", "worker_instance_type": "m6i.xlarge"}
    document = driver.plan_document(variables={**variables["chef-hub"], **given})
    planned = {change["address"]: change["change"]["after"] for change in document["resource_changes"]}
    group = planned["aws_autoscaling_group.chef-workers"]
    actions = [each for address, each in planned.items() if address.startswith("aws_autoscaling_schedule.")]
    assert sorted(each["min_size"] == 1 for each in actions) == [False, True, True]
    # The class that is under way has fewer users than the exam
    assert 1 < group["min_size"] <= max(each["min_size"] for each in actions)
    assert {each["max_size"] for each in actions} == {-1}
    told = planned.get("aws_ssm_parameter.spare_windows")
    assert (told is not None) == (profile == "recommended")
    if told:
        ((start, minutes, weeks, places),) = json.loads(told["value"])
        assert datetime.fromisoformat(start) == TODAY + timedelta(days=40, minutes=-15)
        assert (minutes, weeks, places) == (2 * 60 + 15, 1, 4)


@pytest.mark.parametrize(
    ("stack", "classes", "given", "said"),
    [
        (
            GROUP,
            [{**LATER, "users": 40}],
            {},
            ["max_size = 4", "needs 5 instances", "Raise max_size to at least 5"],
        ),
        (
            GROUP,
            [LATER],
            {"instance_type": "x9.huge"},
            ["instance_type = x9.huge", "stacks/settings/instance_types.json"],
        ),
        (
            GROUP,
            [lasting("Mistyped", 5, TODAY + timedelta(days=800), 1)],
            {},
            ["more than 400 days from now", "correct the year"],
        ),
        (
            GROUP,
            [
                lasting(f"Exam {day}", 5, TODAY + timedelta(days=2 * day, minutes=day), 1)
                for day in range(1, 64)
            ],
            {},
            ["makes 126 scheduled actions, and AWS takes 125"],
        ),
        (
            "chef-hub",
            [
                {
                    **lasting(f"Exam {day}", 5, TODAY + timedelta(days=2 - day, minutes=day), 1),
                    "spare": 1 + day,
                }
                for day in range(300)
            ],
            {},
            ["want spare places take", "more than the 8192 of an SSM parameter", "Take past terms out"],
        ),
        (
            "chef-hub",
            [{**LATER, "users": 90}],
            {"worker_max_size": "100"},
            [
                "hub_max_users = 50: the timetable has 90 users",
                "Raise hub_max_users to at least 90",
                "Raise hub_max_cluster_memory_gib to at least 180",
            ],
        ),
    ],
)
def test_a_plan_refuses_what_cannot_be_with_a_remedy(
    terraform: Callable[[Path], Terraform],
    tmp_path: Path,
    variables: Mapping[str, Mapping[str, str]],
    stack: str,
    classes: Classes,
    given: dict[str, str],
    said: list[str],
) -> None:
    folder = synthesized(tmp_path, stack, classes, scaling_guards=False)
    driver = terraform(folder)
    with pytest.raises(HubctlError) as refused:
        driver.plan_document(variables={**variables[stack], **given})
    text = " ".join(refused.value.message.split())
    assert not [each for each in said if each not in text], text
