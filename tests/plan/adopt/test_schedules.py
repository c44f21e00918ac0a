"""Scheduled actions of other authors are carried with the same arguments, and a timetable may be added beside them."""

import copy
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from hubctl.core.terraform.driver import Terraform
from tests.plan.adopt.conftest import Document, Run, actions

pytestmark = pytest.mark.terraform

MORNING = {
    "scheduled_action_name": "morning",
    "min_size": 3,
    "max_size": -1,
    "desired_capacity": -1,
    "recurrence": "30 7 * * 1-5",
    "time_zone": "Europe/Berlin",
    "start_time": "2026-10-12T05:30:00Z",
    "end_time": "2099-02-05T08:00:00Z",
}
EXAM = {
    "scheduled_action_name": "exam",
    "min_size": 2,
    "max_size": 9,
    "desired_capacity": 4,
    "recurrence": "",
    "time_zone": "",
    "start_time": "2099-02-12T12:00:00Z",
    "end_time": "",
}


def with_schedules(document: Document, **schedules: dict[str, Any]) -> Document:
    """Return a state that has these scheduled actions of its group as well."""
    document = copy.deepcopy(document)
    group = next(r for r in document["resources"] if r["type"] == "aws_autoscaling_group")
    name = group["instances"][0]["attributes"]["name"]
    for address, values in schedules.items():
        action = values["scheduled_action_name"]
        attributes = {
            **values,
            "autoscaling_group_name": name,
            "id": action,
            "arn": f"arn:aws:autoscaling:::{action}",
        }
        document["resources"].append(
            {
                "mode": "managed",
                "type": "aws_autoscaling_schedule",
                "name": address,
                "provider": group["provider"],
                "instances": [{"schema_version": 0, "attributes": attributes, "sensitive_attributes": []}],
            }
        )
    return document


CLASS = "zone: UTC\nclasses: [{name: A, dates: [DATE], start: 9:00, end: 10:00, users: 5}]\n"


@pytest.mark.parametrize("design", ["campus", "institute"])
def test_they_stay_as_they_are_and_a_timetable_comes_beside_them(
    lab: Callable[[str], Document],
    run: Run,
    synthesize: Callable[..., Path],
    initialized: Callable[[Path, str], Terraform],
    adoption_folder: str,
    project: Path,
    tmp_path: Path,
    design: str,
) -> None:
    document = with_schedules(lab(design), morning=MORNING, exam=EXAM)
    outcome = run(document)
    assert outcome.proven, outcome.differences
    terraform = initialized(synthesize(outcome, tmp_path), json.dumps(document))
    found = {address: action for action, address in actions(terraform, refresh=False)}
    assert set(found.values()) == {"no-op"}
    ours = {address for address in found if address.startswith("aws_autoscaling_schedule.")}
    assert ours == {"aws_autoscaling_schedule.morning", "aws_autoscaling_schedule.exam"}

    soon = f"{datetime.now(UTC) + timedelta(days=30):%Y-%m-%d}"
    (project / adoption_folder / "timetable.yaml").write_text(CLASS.replace("DATE", soon), encoding="utf-8")
    later = initialized(
        synthesize(outcome, tmp_path / "later", timetable=f"{adoption_folder}/timetable.yaml"),
        json.dumps(document),
    )
    changed = {address: action for action, address in actions(later, refresh=False) if action != "no-op"}
    assert sorted(changed.values()) == ["create", "create"], changed
    assert all(address.startswith('aws_autoscaling_schedule.timetable["once-') for address in changed)
