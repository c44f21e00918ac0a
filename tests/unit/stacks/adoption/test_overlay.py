"""An adoption file laid over a real stack: blocks, kept values, ignored arguments, what is left out or carried."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from stacks.adoption.file import AdoptionError, AdoptionFile
from stacks.settings.loading import check_context

pytestmark = pytest.mark.node

Configuration = dict[str, Any]
Lay = Callable[..., Configuration]


@pytest.fixture
def lay(tmp_path: Path) -> Lay:
    """Return ``lay(**parts)``: the JSON of aws-lab with such an adoption file over it."""

    def synthesize(**parts: Any) -> Configuration:
        from cdktf import App

        from stacks.app import build_stack

        file = AdoptionFile.model_validate({"version": 1, "stack": "aws-lab", **parts})
        settings, mistakes = check_context({}, {"aws-lab": file})
        assert not mistakes
        stack = build_stack(App(stack_traces=False, outdir=str(tmp_path)), settings, "aws-lab")
        stack.check_addresses()
        configuration: Configuration = stack.to_terraform()
        return configuration

    return synthesize


def test_blocks_are_written_as_terraform_wants_them(lay: Lay) -> None:
    found = lay(
        moves=[{"from": "module.a.aws_vpc.v", "to": "aws_vpc.lab"}],
        imports=[{"to": "aws_internet_gateway.lab", "id": "igw-1"}],
        forget=["module.a.time_sleep.s"],
    )
    assert found["moved"] == [{"from": "module.a.aws_vpc.v", "to": "aws_vpc.lab"}]
    assert found["import"] == [{"to": "aws_internet_gateway.lab", "id": "igw-1"}]
    assert found["removed"] == [{"from": "module.a.time_sleep.s", "lifecycle": {"destroy": False}}]


def test_without_a_file_nothing_is_laid_over(lay: Lay) -> None:
    assert not {"moved", "import", "removed"} & set(lay())


def test_kept_values_replace_ours_and_null_unsets(lay: Lay) -> None:
    kept = {"aws_vpc.lab": {"tags": {"Team": "a.b"}}, "aws_lb.lab": {"idle_timeout": None, "name": "front"}}
    found = lay(keep=kept)["resource"]
    assert found["aws_vpc"]["lab"]["tags"] == {"Team": "a.b"}
    assert found["aws_lb"]["lab"]["name"] == "front"
    assert "idle_timeout" not in found["aws_lb"]["lab"]


def test_ignored_arguments_are_added_to_those_of_the_stack(lay: Lay) -> None:
    found = lay(ignore={"aws_autoscaling_group.lab": ["launch_template", "desired_capacity"]})["resource"]
    assert found["aws_autoscaling_group"]["lab"]["lifecycle"]["ignore_changes"] == [
        "desired_capacity",
        "launch_template",
    ]


def test_a_kept_name_of_the_group_reaches_its_instances(lay: Lay) -> None:
    found = lay(keep={"aws_autoscaling_group.lab": {"name": "jupyter-2024"}})
    assert found["locals"]["instance_settings"]["autoscaling_group"] == "jupyter-2024"
    assert "autoScalingGroupName/jupyter-2024" in str(found["resource"]["aws_iam_role_policy"])


def test_what_nothing_needs_can_be_left_out(lay: Lay) -> None:
    found = lay(leave_out=["aws_lb_listener.http"])
    assert set(found["resource"]["aws_lb_listener"]) == {"https"}


def test_nothing_waits_for_what_is_left_out(lay: Lay) -> None:
    waits = lay()["resource"]["aws_autoscaling_group"]["lab"]["depends_on"]
    found = lay(leave_out=["aws_route.internet", "aws_efs_mount_target.homes_2"])["resource"]
    assert set(found["aws_autoscaling_group"]["lab"]["depends_on"]) == set(waits) - {
        "aws_route.internet",
        "aws_efs_mount_target.homes_2",
    }


def test_what_no_kept_value_refers_to_any_more_can_be_left_out(lay: Lay) -> None:
    """The order does not matter: the profile goes with the role that it has."""
    role = [
        "aws_iam_role.lab_instance",
        "aws_iam_role_policy.lab_instance",
        "aws_iam_instance_profile.lab_instance",
    ]
    found = lay(
        settings={"profile": "original"},
        leave_out=role,
        keep={"aws_launch_template.lab": {"iam_instance_profile": None}},
    )
    assert not {"aws_iam_role", "aws_iam_role_policy", "aws_iam_instance_profile"} & set(found["resource"])


def test_resources_within_modules_with_keys_are_moved_out_and_forgotten(lay: Lay) -> None:
    """Terraform takes no keys in removed blocks; a move has them."""
    found = lay(
        moves=[{"from": 'module.a["x"].aws_vpc.v', "to": "aws_vpc.lab"}],
        forget=['module.a["x"].aws_alb.b', "aws_eip.nat[1]", "module.c.aws_eip.d"],
    )
    assert found["moved"] == [
        {"from": 'module.a["x"].aws_vpc.v', "to": "aws_vpc.lab"},
        {"from": 'module.a["x"].aws_alb.b', "to": "aws_alb.forgotten_b_1"},
        {"from": "aws_eip.nat[1]", "to": "aws_eip.forgotten_nat_2"},
    ]
    assert [block["from"] for block in found["removed"]] == [
        "aws_alb.forgotten_b_1",
        "aws_eip.forgotten_nat_2",
        "module.c.aws_eip.d",
    ]


def test_outputs_and_locals_let_go_of_what_is_left_out(lay: Lay) -> None:
    """The operator is not asked about a local: what reads it is left out as well, or has its existing value kept."""
    balancer = ["aws_lb.lab", "aws_lb_listener.https", "aws_lb_listener.http", "aws_route53_record.lab"]
    before = lay()
    found = lay(
        leave_out=[*balancer, "aws_cloudwatch_log_group.lab"],
        keep={"aws_iam_role_policy.lab_instance": {"policy": "{}"}},
        settings={"monitoring": False},
    )
    assert set(before["output"]) - set(found["output"]) == {"alb_dns_name"}
    assert "aws_cloudwatch_log_group.lab" in str(before["locals"]["instance_settings"])
    assert "aws_cloudwatch_log_group.lab" not in str(found["locals"])
    assert found["locals"]["instance_settings"]["log_group"] == ""


def test_a_plan_without_the_existing_state_is_refused(lay: Lay) -> None:
    """The data source is never read; Terraform has to know its count, and so the id of what was moved."""
    moves = [
        {"from": "aws_lb.front", "to": "aws_lb.lab"},
        {"from": "module.net.aws_vpc.v", "to": "aws_vpc.lab"},
    ]
    (guard,) = lay(moves=moves)["data"]["aws_region"].values()
    assert guard["count"].startswith('${0 * length("${aws_vpc.lab.id} The state of the deployment')
    assert "aws_region" not in lay(imports=[{"to": "aws_vpc.lab", "id": "vpc-1"}])["data"]


def test_a_setting_that_has_no_effect_is_warned_of(lay: Lay) -> None:
    alarm = "aws_cloudwatch_metric_alarm.sessions_high"
    checks = lay(keep={alarm: {"threshold": 6.5}}, settings={"scale_up_threshold": 7})["check"]
    assert set(checks) == {"scale_up_threshold_has_an_effect"}
    found = checks["scale_up_threshold_has_an_effect"]["assert"]
    assert found["condition"] == "${jsonencode(var.scale_up_threshold) == jsonencode(7)}"
    assert f"{alarm}.threshold" in found["error_message"]


@pytest.mark.parametrize(("version", "pinned"), [("3", True), ("$Latest", False)])
def test_a_pinned_template_keeps_settings_from_the_group(lay: Lay, version: str, pinned: bool) -> None:
    kept = {"launch_template": [{"id": "${aws_launch_template.lab.id}", "version": version}]}
    found = lay(keep={"aws_autoscaling_group.lab": kept})
    assert ("instance_type_has_an_effect" in found.get("check", {})) == pinned


def test_blocks_that_a_resource_cannot_be_without_are_replaced(lay: Lay) -> None:
    actions = [
        {"type": "authenticate-oidc", "order": 1, "authenticate_oidc": [{"issuer": "https://a.example"}]},
        {"type": "forward", "order": 2, "target_group_arn": "${aws_lb_target_group.hub.arn}"},
    ]
    found = lay(keep={"aws_lb_listener.https": {"default_action": actions}})["resource"]
    assert found["aws_lb_listener"]["https"]["default_action"] == actions


def test_what_something_needs_cannot_be_left_out(lay: Lay) -> None:
    with pytest.raises(AdoptionError, match=r"aws_vpc\.lab is needed by .*aws_subnet\.public_1"):
        lay(leave_out=["aws_vpc.lab"])


def test_resources_of_no_design_are_carried(lay: Lay) -> None:
    found = lay(carry={"aws_key_pair.ops": {"key_name": "ops", "tags": {"a.b": "c"}}})
    pair = found["resource"]["aws_key_pair"]["ops"]
    assert {key: pair[key] for key in pair if key != "//"} == {"key_name": "ops", "tags": {"a.b": "c"}}


def test_what_is_carried_cannot_take_an_address_of_the_stack(lay: Lay) -> None:
    with pytest.raises(
        AdoptionError, match=r"aws_vpc\.lab is also an address of the stack.*terraform state mv"
    ):
        lay(carry={"aws_vpc.lab": {"cidr_block": "10.0.0.0/16"}})


def test_nulls_within_what_is_carried_reach_terraform(lay: Lay) -> None:
    """Routes must have all their parts, and synthesis leaves nulls out."""
    route = {"cidr_block": "0.0.0.0/0", "ipv6_cidr_block": None}
    found = lay(carry={"aws_route_table.private": {"vpc_id": "vpc-1", "route": [route]}})
    written = found["resource"]["aws_route_table"]["private"]["route"]
    assert written == [{"cidr_block": "0.0.0.0/0", "ipv6_cidr_block": "${null}"}]


def test_a_kept_list_replaces_ours(lay: Lay) -> None:
    found = lay(keep={"aws_autoscaling_group.lab": {"enabled_metrics": ["GroupMinSize"]}})
    assert found["resource"]["aws_autoscaling_group"]["lab"]["enabled_metrics"] == ["GroupMinSize"]
    found = lay(keep={"aws_lb.lab": {"subnets": ["subnet-1"]}})
    assert found["resource"]["aws_lb"]["lab"]["subnets"] == ["subnet-1"]


@pytest.mark.parametrize(
    "parts",
    [
        {"keep": {"aws_vpc.nope": {"a": 1}}},
        {"ignore": {"aws_vpc.nope": ["a"]}},
        {"moves": [{"from": "aws_vpc.x", "to": "aws_vpc.nope"}]},
        {"imports": [{"to": "aws_vpc.nope", "id": "x"}]},
        {"leave_out": ["aws_vpc.nope"]},
    ],
)
def test_an_address_that_the_stack_does_not_have_is_refused(lay: Lay, parts: dict[str, Any]) -> None:
    with pytest.raises(AdoptionError, match=r"aws_vpc\.nope"):
        lay(**parts)


def test_a_reference_is_told_from_a_longer_name() -> None:
    from stacks.adoption.addresses import refers

    assert refers("${aws_lb.lab.id}", "aws_lb.lab")
    assert refers({"a": ["x-${one(aws_lb.lab)}"]}, "aws_lb.lab")
    assert not refers("${aws_lb.lab_two.id}", "aws_lb.lab")
    assert not refers("${data.aws_lb.lab.id}", "aws_lb.lab")
    assert not refers("${aws_lb.lab-2.id} ${my_aws_lb.lab.id}", "aws_lb.lab")


VARIANTS: list[tuple[dict[str, Any], set[str], set[str]]] = [
    (
        {"security_group_rules": "legacy"},
        {"aws_security_group_rule"},
        {"aws_vpc_security_group_ingress_rule", "aws_vpc_security_group_egress_rule"},
    ),
    (
        {"security_group_rules": "inline", "profile": "original"},
        set(),
        {"aws_security_group_rule", "aws_vpc_security_group_ingress_rule"},
    ),
    ({"routes": "inline"}, set(), {"aws_route"}),
    (
        {"instance_policy": "managed", "backups": False},
        {"aws_iam_policy", "aws_iam_role_policy_attachment"},
        {"aws_iam_role_policy"},
    ),
    ({"instance_policy": "none", "backups": False}, set(), {"aws_iam_policy", "aws_iam_role_policy"}),
    ({"launch": "configuration"}, {"aws_launch_configuration"}, {"aws_launch_template"}),
    ({"target_attachment": "separate"}, {"aws_autoscaling_attachment"}, set()),
    ({"certificate_wait": False}, set(), {"aws_acm_certificate_validation"}),
    ({"log_group": False}, set(), {"aws_cloudwatch_log_group"}),
    ({"shared_homes": True, "profile": "original"}, {"aws_efs_file_system"}, {"aws_cloudwatch_log_group"}),
    ({"drain_hook": False, "warm_pool": "off"}, set(), {"aws_autoscaling_lifecycle_hook"}),
]


@pytest.mark.parametrize(
    ("settings", "there", "gone"), VARIANTS, ids=[str(variant[0]) for variant in VARIANTS]
)
def test_a_form_has_its_own_resources(
    lay: Lay, settings: dict[str, Any], there: set[str], gone: set[str]
) -> None:
    types = set(lay(settings=settings)["resource"])
    assert there <= types
    assert not gone & types


@pytest.mark.parametrize("variant", ["separate", "legacy", "inline"])
def test_only_the_balancer_reaches_the_instances_in_every_variant(lay: Lay, variant: str) -> None:
    found = lay(settings={"security_group_rules": variant, "profile": "original"})["resource"]
    balancer, instances = "${aws_security_group.balancer.id}", "${aws_security_group.instances.id}"
    if variant == "inline":
        (rule,) = found["aws_security_group"]["instances"]["ingress"]
        assert (rule["security_groups"], rule["cidr_blocks"]) == ([balancer], [])
        assert rule["from_port"] == rule["to_port"] == "${var.hub_port}"
        assert [r["from_port"] for r in found["aws_security_group"]["balancer"]["ingress"]] == [80, 443]
        return
    kind = "aws_security_group_rule" if variant == "legacy" else "aws_vpc_security_group_ingress_rule"
    (rule,) = [
        rule
        for rule in found[kind].values()
        if rule["security_group_id"] == instances and rule.get("type", "ingress") == "ingress"
    ]
    assert balancer in (rule.get("source_security_group_id"), rule.get("referenced_security_group_id"))
    assert not {"cidr_blocks", "cidr_ipv4"} & set(rule)


def test_simple_policies_change_one_instance_at_a_time(lay: Lay) -> None:
    policies = lay(settings={"scaling_policies": "simple"})["resource"]["aws_autoscaling_policy"]
    assert [policies[name]["scaling_adjustment"] for name in ("scale_up", "scale_down")] == [1, -1]
    assert {policy["policy_type"] for policy in policies.values()} == {"SimpleScaling"}


def test_a_named_image_is_not_looked_up(lay: Lay) -> None:
    found = lay(settings={"ami_id": "ami-0abc1234"})
    assert "aws_ami" not in found["data"]
    assert found["resource"]["aws_launch_template"]["lab"]["image_id"] == "ami-0abc1234"


def test_what_a_profile_of_chef_hub_ignores_stays_ignored(tmp_path: Path) -> None:
    from cdktf import App

    from stacks.app import build_stack

    def ignored(**parts: Any) -> set[str]:
        given = {"version": 1, "stack": "chef-hub", "settings": {"profile": "original"}, **parts}
        file = AdoptionFile.model_validate(given)
        settings, mistakes = check_context({}, {"chef-hub": file})
        assert not mistakes
        stack = build_stack(App(stack_traces=False, outdir=str(tmp_path)), settings, "chef-hub")
        instance = stack.to_terraform()["resource"]["aws_instance"]["chef-server"]
        return set(instance["lifecycle"]["ignore_changes"])

    before = ignored()
    assert before
    assert ignored(ignore={"aws_instance.chef-server": ["monitoring"]}) == before | {"monitoring"}


def test_what_excludes_an_argument_that_the_profile_writes_is_not_kept(lay: Lay) -> None:
    kept = {"metric_name": "SessionsPerInstance", "namespace": "Campus/Jupyter", "evaluation_periods": 5}
    found = lay(keep={"aws_cloudwatch_metric_alarm.sessions_low": kept})["resource"]
    alarm = found["aws_cloudwatch_metric_alarm"]["sessions_low"]
    assert not {"metric_name", "namespace"} & {name for name, value in alarm.items() if value is not None}
    assert [query["id"] for query in alarm["metric_query"]] == ["sessions", "free", "unneeded"]
    assert alarm["evaluation_periods"] == 5
    high = lay(keep={"aws_cloudwatch_metric_alarm.sessions_high": kept})["resource"]
    assert high["aws_cloudwatch_metric_alarm"]["sessions_high"]["metric_name"] == "SessionsPerInstance"
