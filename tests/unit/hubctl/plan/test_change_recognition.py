"""What people at work notice of a plan: recognized from Terraform's JSON, and printed."""

import copy
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from hubctl.core.console import Writer
from hubctl.plan.change_catalogue import CHANGES, REPLACEMENTS
from hubctl.plan.change_recognition import Recognized, print_recognized, recognize
from tests.support.printed import flat

CONTRACT: dict[str, Any] = json.loads(
    (Path(__file__).parents[4] / "cookbooks/contract/golden.json").read_text(encoding="utf-8")
)


def entry(
    address: str,
    actions: list[str],
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    change = {"actions": actions, "before": before or {}, "after": after or {}, "after_unknown": {}}
    return {
        "address": address,
        "type": address.split(".")[0],
        "mode": "managed",
        "change": change,
    }


def contract(**changed: Any) -> dict[str, Any]:
    """Return the plan's entry of the contract with other settings of the hub; ``login`` is merged."""
    new = copy.deepcopy(CONTRACT)
    new["chef_hub"]["tls"] |= changed.pop("tls", {})
    new["chef_hub"]["hub"]["login"] |= changed.pop("login", {})
    new["chef_hub"]["hub"] |= changed
    values = [{"name": "/chef-hub/contract", "value": json.dumps(document)} for document in (CONTRACT, new)]
    return entry("aws_ssm_parameter.node_contract", ["update"], *values)


def titles(*entries: dict[str, Any], stack: str = "chef-hub") -> list[str]:
    found = recognize({"resource_changes": list(entries)}, stack)
    names = {change: key for key, change in {**CHANGES, **REPLACEMENTS}.items()}
    return [names[seen.change] for seen in found]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"max_users": 80}, ["hub-limits"]),
        ({"idle_timeout_minutes": 10}, ["hub-limits"]),
        ({"user_memory_gib": 4}, ["server-size"]),
        ({"notebook_image": "chef-hub/notebook:2"}, ["notebook-image"]),
        ({"hub_image": "chef-hub/jupyterhub:2"}, ["hub-image"]),
        ({"tls": {"source": "self_signed"}}, ["certificate"]),
        ({"login": {"authenticator": "github"}}, ["login"]),
        ({"login": {"allowed_users": ["ada"]}}, ["people-added"]),
        ({"login": {"allow_all": True}}, ["people-added"]),
        ({"user_domains": "off"}, ["user-domains"]),
        ({"max_users": 80, "notebook_image": "b"}, ["hub-limits", "notebook-image"]),
    ],
)
def test_settings_of_the_contract(changed: dict[str, Any], expected: list[str]) -> None:
    assert sorted(titles(contract(**changed))) == expected


def test_people_taken_off_a_list_are_named() -> None:
    old, new = copy.deepcopy(CONTRACT), copy.deepcopy(CONTRACT)
    old["chef_hub"]["hub"]["login"] |= {"allowed_users": ["ada", "bob"], "admin_users": ["root", "ada"]}
    new["chef_hub"]["hub"]["login"] |= {"allowed_users": ["ada"], "admin_users": ["ada"]}
    values = [{"name": "/hub/contract", "value": json.dumps(document)} for document in (old, new)]
    found = recognize(
        {"resource_changes": [entry("aws_ssm_parameter.node_contract", ["update"], *values)]}, "chef-hub"
    )
    assert [(seen.change.effect, seen.because) for seen in found] == [
        ("ends", "hub_login_allowed_users: bob"),
        ("pause", "hub_login_admin_users: root"),
    ]


@pytest.mark.parametrize(
    ("address", "actions", "changed", "stack", "expected"),
    [
        ("aws_instance.hub-leader", ["delete", "create"], {}, "chef-hub", ["leader"]),
        ("aws_instance.hub-leader", ["delete"], {}, "chef-hub", ["leader"]),
        (
            "aws_instance.hub-leader",
            ["update"],
            {"instance_type": "m6i.large"},
            "chef-hub",
            ["stopped-instance"],
        ),
        ("aws_instance.hub-leader", ["update"], {"tags": {"a": "b"}}, "chef-hub", []),
        ("aws_instance.chef-server", ["update"], {"user_data_base64": "x"}, "chef-hub", ["stopped-instance"]),
        ("aws_instance.chef-server", ["delete", "create"], {}, "chef-hub", []),
        ("aws_launch_template.chef-workers", ["update"], {"image_id": "ami-2"}, "chef-hub", ["worker-image"]),
        ("aws_launch_template.lab", ["update"], {"image_id": "ami-2"}, "aws-lab", ["lab-image"]),
        ("aws_launch_configuration.lab", ["create", "delete"], {}, "aws-lab", ["lab-image"]),
        ("aws_autoscaling_group.lab", ["update"], {"max_size": 9}, "aws-lab", ["scaling"]),
        ("aws_autoscaling_group.lab", ["update"], {"warm_pool": [{}]}, "aws-lab", ["warm-pool"]),
        (
            "aws_autoscaling_group.chef-workers",
            ["update"],
            {"mixed_instances_policy": [{}]},
            "chef-hub",
            ["instance-types"],
        ),
        ("aws_autoscaling_group.lab", ["update"], {"tag": []}, "aws-lab", []),
        ("aws_autoscaling_group.lab", ["delete", "create"], {}, "aws-lab", ["aws_autoscaling_group"]),
        ("aws_efs_file_system.homes", ["delete", "create"], {}, "aws-lab", ["aws_efs_file_system"]),
        ("aws_efs_file_system.homes", ["update"], {"throughput_mode": "elastic"}, "aws-lab", []),
        ("aws_lb.lab", ["create", "delete"], {}, "aws-lab", ["aws_lb"]),
        ("aws_route53_record.lab", ["update"], {"records": ["192.0.2.1"]}, "aws-lab", ["aws_route53_record"]),
        ("aws_vpc.infra-vpc", ["delete", "create"], {}, "chef-hub", ["aws_vpc"]),
        ("aws_instance.hub-leader", ["create"], {}, "chef-hub", []),
        ("aws_instance.hub-leader", ["no-op"], {}, "chef-hub", []),
    ],
)
def test_resources(
    address: str, actions: list[str], changed: dict[str, Any], stack: str, expected: list[str]
) -> None:
    assert titles(entry(address, actions, {}, changed), stack=stack) == expected


def test_the_gravest_comes_first_and_each_only_once() -> None:
    found = titles(
        entry("aws_autoscaling_group.chef-workers", ["update"], {}, {"max_size": 9}),
        entry("aws_instance.workstation", ["update"], {}, {"instance_type": "t3.large"}),
        entry("aws_instance.chef-server", ["update"], {}, {"instance_type": "t3.large"}),
        entry("aws_instance.hub-leader", ["delete", "create"]),
        entry("aws_launch_template.chef-workers", ["update"], {}, {"image_id": "ami-2"}),
        entry("aws_vpc.infra-vpc", ["delete", "create"]),
    )
    assert found == ["aws_vpc", "worker-image", "stopped-instance", "leader", "scaling"]


@pytest.mark.parametrize("value", ["", "no JSON", "[]", '{"chef_hub": 3}', None])
def test_a_contract_that_cannot_be_read_is_not_recognized(value: str | None) -> None:
    before = {"name": "/chef-hub/contract", "value": value}
    assert not titles(entry("aws_ssm_parameter.node_contract", ["update"], before, before))


def test_only_what_ends_servers_may_cost_a_kernel() -> None:
    for key, change in {**CHANGES, **REPLACEMENTS}.items():
        lost = change.lost.partition("before the deadline")[
            0
        ]  # at a deadline that the operator set, and was asked about
        assert change.keeps_kernels == ("kernel" not in lost and "every file" not in lost), key


def printed(*keys: str) -> str:
    file = io.StringIO()
    found = [Recognized(change=CHANGES[key], because="aws_instance.x") for key in keys]
    print_recognized(found, Writer(file=file, width=80))
    return file.getvalue()


def test_what_ends_servers_is_warned_of() -> None:
    text = printed("user-removed", "hub-limits")
    assert max(map(len, text.splitlines())) <= 80
    assert "ends servers: A user removed from the list (aws_instance.x)" in flat(text)
    assert "Lost: the kernels of that user; no files." in flat(text)
    assert "warning: this plan ends servers of people at work" in flat(text)


def test_what_does_not_is_named_without_a_warning() -> None:
    text = flat(printed("hub-limits", "leader", "certificate"))
    assert "pages pause, kernels go on: Limits of the hub" in text
    assert "For how long: 10 to 20 s." in text
    assert "warning" not in text
    assert "Lost" not in text


def test_nothing_known_is_said_as_well() -> None:
    assert "people at work notice none of this" in flat(printed())


@pytest.mark.parametrize("value", [None, 3, "ada", {"ada": 1}, [{"a": 1}, 3, None], [["ada"]]])
def test_case_23_people_of_another_shape_are_none(value: Any) -> None:
    sides = [
        {
            "name": "/hub/contract",
            "value": json.dumps({"chef_hub": {"hub": {"login": {"allowed_users": people}}}}),
        }
        for people in (value, ["bo"])
    ]
    changed = {"resource_changes": [entry("aws_ssm_parameter.node_contract", ["update"], *sides)]}
    assert [found.because for found in recognize(changed, "chef-hub")] == ["hub_login_allowed_users"]
