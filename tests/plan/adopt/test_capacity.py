"""Warm pools and mixed policies of other authors are taken over with the same arguments, and nothing is replaced."""

import copy
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hubctl.trial.aws.server import LocalAws
from tests.plan.adopt.conftest import Document
from tests.support.waiting import PATIENCE

pytestmark = pytest.mark.terraform

POOL = {
    "pool_state": "Stopped",
    "min_size": 1,
    "max_group_prepared_capacity": 3,
    "instance_reuse_policy": [{"reuse_on_scale_in": True}],
}
ASLEEP = {
    "pool_state": "Hibernated",
    "min_size": 2,
    "max_group_prepared_capacity": -1,
    "instance_reuse_policy": [],
}
DISTRIBUTION = {
    "on_demand_allocation_strategy": "lowest-price",
    "on_demand_base_capacity": 2,
    "on_demand_percentage_above_base_capacity": 25,
    "spot_allocation_strategy": "capacity-optimized",
    "spot_instance_pools": 0,
    "spot_max_price": "",
}


def override(name: str, weight: str) -> dict[str, Any]:
    return {
        "instance_requirements": [],
        "instance_type": name,
        "launch_template_specification": [],
        "weighted_capacity": weight,
    }


def with_pool(group: dict[str, Any], _: str) -> None:
    group["warm_pool"] = [POOL]


def with_sleeping_pool(group: dict[str, Any], _: str) -> None:
    group["warm_pool"] = [ASLEEP]


def with_policy(group: dict[str, Any], template: str) -> None:
    specification = {"launch_template_id": template, "launch_template_name": "", "version": "$Latest"}
    group["launch_template"] = []
    group["mixed_instances_policy"] = [
        {
            "instances_distribution": [DISTRIBUTION],
            "launch_template": [
                {
                    "launch_template_specification": [specification],
                    "override": [override("m6i.xlarge", "1"), override("m6i.2xlarge", "2")],
                }
            ],
        }
    ]


def attributes(document: Document, kind: str) -> dict[str, Any]:
    found = next(r for r in document["resources"] if r["type"] == kind and r["mode"] == "managed")
    values: dict[str, Any] = found["instances"][0]["attributes"]
    return values


@pytest.mark.parametrize(
    ("change", "argument", "parts"),
    [
        (with_pool, "warm_pool", ("Stopped", "3")),
        (with_sleeping_pool, "warm_pool", ("Hibernated", "2")),
        (
            with_policy,
            "mixed_instances_policy",
            ("capacity-optimized", "m6i.2xlarge", "lowest-price", "weighted_capacity"),
        ),
    ],
)
@pytest.mark.parametrize("design", ["campus", "institute"])
def test_they_are_kept_as_they_are(
    aws: LocalAws,
    project: Path,
    lab: Callable[[str], Document],
    tmp_path: Path,
    design: str,
    change: Callable[[dict[str, Any], str], None],
    argument: str,
    parts: tuple[str, ...],
) -> None:
    document = copy.deepcopy(lab(design))
    templates = [r for r in document["resources"] if r["type"] == "aws_launch_template"]
    if argument == "mixed_instances_policy" and not templates:
        pytest.skip("a launch configuration starts one type only")
    template = attributes(document, "aws_launch_template")["id"] if templates else ""
    change(attributes(document, "aws_autoscaling_group"), template)
    finished = subprocess.run(
        [
            *(sys.executable, "-c", "from hubctl.cli import main; main()", "adopt", "--state", "-"),
            *("--stack", "aws-lab", "--no-refresh", "--force", "--out", str(tmp_path / "out")),
        ],
        cwd=project,
        env={**os.environ, **aws.environment(), "COLUMNS": "200"},
        input=json.dumps(document),
        capture_output=True,
        text=True,
        timeout=4 * PATIENCE,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    written = json.loads((tmp_path / "out" / "aws-lab.json").read_text())
    group = next(address for address in written["keep"] if address.startswith("aws_autoscaling_group."))
    kept = json.dumps(written["keep"][group].get(argument))
    assert all(part in kept for part in parts), written["keep"]
