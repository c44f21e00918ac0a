"""A stack with a timetable in its Terraform JSON, in both stacks and profiles; without one, nothing is there."""

import json
from pathlib import Path
from typing import Any

import pytest

from stacks.settings.loading import check_context
from stacks.timetable.actions import MOST_ACTIONS

pytestmark = pytest.mark.node

WEEKLY = """\
zone: Europe/Berlin
lead_minutes: 15
terms: {winter: {first: 2026-10-12, last: 2027-02-05}}
classes:
  - {name: A, days: [monday], start: 9:00, end: 10:30, users: 100, spare: 7}
  - {name: B, dates: [2027-02-12], start: 9:00, end: 10:30, users: 60}
"""


def made(folder: Path, stack: str, **context: Any) -> dict[str, Any]:
    """Return the JSON of a stack; ``timetable`` is read from ``folder``."""
    from cdktf import App

    from stacks.app import build_stack

    settings, mistakes = check_context(context, project=folder)
    assert not mistakes, mistakes
    built = build_stack(App(stack_traces=False, outdir=str(folder / "out")), settings, stack)
    built.check_addresses()
    found: dict[str, Any] = built.to_terraform()
    return found


@pytest.fixture
def project_folder(tmp_path: Path) -> Path:
    (tmp_path / "timetable.yaml").write_text(WEEKLY, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("profile", ["recommended", "original"])
@pytest.mark.parametrize("stack", ["aws-lab", "chef-hub"])
def test_the_group_has_scheduled_actions_and_a_size_that_follows(
    project_folder: Path, stack: str, profile: str
) -> None:
    found = made(project_folder, stack, profile=profile, timetable="timetable.yaml")
    (group,) = found["resource"]["aws_autoscaling_group"].values()
    smallest = "min_size" if stack == "aws-lab" else "worker_min_size"
    assert group["min_size"] == f"${{max(var.{smallest}, local.timetable_under_way)}}"
    assert "desired_capacity" in group["lifecycle"]["ignore_changes"]
    texts = [refusal["error_message"] for refusal in group["lifecycle"]["precondition"]]
    assert any(f"AWS takes {MOST_ACTIONS}" in text for text in texts)
    assert any("hub_max_users" in text for text in texts) == (stack == "chef-hub")
    assert list(found["resource"]["aws_autoscaling_schedule"]) == ["timetable"]
    assert found["locals"]["timetable_actions"]["mon-0845-from-2026-10-12"] == {
        "users": 100,
        "spare": 7,
        "first": "2026-10-12T06:45:00Z",
        "until": "2027-02-01T07:55:00Z",
        "runs": [["2026-10-12T06:45:00Z", 2], ["2026-10-26T07:45:00Z", 15]],
        "recurrence": "45 8 * * 1",
        "zone": "Europe/Berlin",
    }
    assert found["locals"]["timetable_actions"]["once-2027-02-12-0930-utc"]["recurrence"] == ""
    schedule = found["resource"]["aws_autoscaling_schedule"]["timetable"]
    assert "each.value.users + each.value.spare" in schedule["min_size"]
    assert "spare_places" not in schedule["min_size"]  # those come once users arrive
    # Told at the creation, so that actions that are created together differ; AWS moves it on
    assert "plantimestamp()" in schedule["start_time"]
    assert schedule["lifecycle"]["ignore_changes"] == ["start_time"]


@pytest.mark.parametrize("stack", ["aws-lab", "chef-hub"])
def test_without_a_timetable_nothing_is_added(tmp_path: Path, stack: str) -> None:
    found = made(tmp_path, stack)
    assert "aws_autoscaling_schedule" not in found["resource"]
    assert not [name for name in found.get("locals", {}) if name.startswith("timetable")]
    (group,) = found["resource"]["aws_autoscaling_group"].values()
    assert "timetable" not in str(group)


def test_the_smallest_of_several_types_counts(project_folder: Path) -> None:
    found = made(project_folder, "aws-lab", timetable="timetable.yaml", instance_types=["m6a.xlarge"])
    assert '[var.instance_type, "m6a.xlarge"]' in found["locals"]["timetable_instance_gib"]
    assert found["locals"]["timetable_memory_gib"]["m6a.xlarge"] == 16


def test_the_hub_is_told_when_a_class_wants_spare_places(project_folder: Path) -> None:
    found = made(project_folder, "chef-hub", timetable="timetable.yaml")
    parameter = found["resource"]["aws_ssm_parameter"]["spare_windows"]
    assert parameter["name"] == "/chef-hub/hub/spare-windows"
    assert parameter["value"] == "${jsonencode(local.spare_windows)}"
    assert found["locals"]["spare_windows"] == [
        ["2026-10-12T06:45Z", 105, 2, 7],
        ["2026-10-26T07:45Z", 105, 15, 7],
    ]
    # An edited timetable restarts no hub, and converges nobody.
    without = made(project_folder, "chef-hub")
    assert found["locals"]["node_contract"] == without["locals"]["node_contract"]
    assert "spare_windows" not in without["resource"]["aws_ssm_parameter"]
    leader = json.dumps(found["resource"]["aws_iam_role_policy"])
    assert "parameter/chef-hub/hub/*" in leader


@pytest.mark.parametrize(("stack", "profile"), [("chef-hub", "original"), ("aws-lab", "recommended")])
def test_who_does_not_read_it_has_no_such_parameter(project_folder: Path, stack: str, profile: str) -> None:
    found = made(project_folder, stack, profile=profile, timetable="timetable.yaml")
    assert "spare_windows" not in found["resource"].get("aws_ssm_parameter", {})
