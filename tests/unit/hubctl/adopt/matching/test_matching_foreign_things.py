"""What merely looks like a part of the lab is never taken for it, also when it is the only one of its type.

Each state is that of a lab by another author, with something else in it, or with something of the design missing.
"""

import base64
import copy
from collections.abc import Callable
from typing import Any

import pytest

from hubctl.adopt.matching.candidates import Matching
from tests.unit.hubctl.adopt.conftest import Document, add, attributes, remove, theirs_of

pytestmark = pytest.mark.node

Load = Callable[[str], Document]
Paired = Callable[..., Matching]
ZONE = "campus.lab.example.test"
GROUP = "jupyter-20261122080435758700000009"
PARTITION = "arn:aws:autoscaling:eu-central-1:123456789012"


@pytest.fixture
def campus(lab_document: Load) -> Document:
    return copy.deepcopy(lab_document("campus"))


def theirs(found: Matching) -> set[str]:
    return {match.theirs for match in found.matches}


def certainty(found: Matching, ours: str) -> str | None:
    return next((match.certainty for match in found.matches if match.ours == ours), None)


def test_everything_of_the_lab_itself_is_certain(campus: Document, paired: Paired) -> None:
    found = paired(campus)
    assert found.only_here == []
    assert {match.certainty for match in found.matches} == {"certain"}
    assert found.equal_candidates == ()


@pytest.mark.parametrize(
    "record",
    [
        {"type": "CNAME", "records": ["campus-1.eu-central-1.elb.amazonaws.com"], "ttl": 300},
        {"type": "A", "records": ["203.0.113.4"], "ttl": 300},
        {"type": "A", "alias": [{"name": "d111.cloudfront.net", "zone_id": "Z2FDTNDATAQYW2"}]},
        {"type": "A", "alias": [{"name": "other-9.eu-central-1.elb.amazonaws.com", "zone_id": "Z2P"}]},
        {"type": "A", "alias": [{"name": "net-1.elb.eu-central-1.amazonaws.com", "zone_id": "Z3F"}]},
        {"type": "A", "alias": [{"name": "s3-website.eu-central-1.amazonaws.com", "zone_id": "Z21"}]},
    ],
    ids=["CNAME", "address", "CloudFront", "another balancer", "network balancer", "website in S3"],
)
def test_a_record_is_ours_only_when_it_is_an_alias_of_our_balancer(
    campus: Document, paired: Paired, record: dict[str, Any]
) -> None:
    remove(campus, "aws_route53_record.validation", "aws_acm_certificate_validation.campus")
    values = attributes(campus, "aws_route53_record.campus")
    values.pop("alias")
    values |= record
    found = paired(campus)
    assert "aws_route53_record.campus" in found.only_there
    assert "aws_route53_record.lab" in found.only_here
    assert "aws_route53_record.certificate_validation" in found.only_here
    assert "aws_route53_record.lab" not in found.possible  # and nobody is told to match it


def test_an_alias_with_the_prefix_of_both_protocols_is_still_ours(campus: Document, paired: Paired) -> None:
    alias = attributes(campus, "aws_route53_record.campus")["alias"][0]
    alias["name"] = f"dualstack.{alias['name'].upper()}."
    assert certainty(paired(campus), "aws_route53_record.lab") == "certain"


@pytest.mark.parametrize("own", [True, False], ids=["certificate there", "certificate elsewhere"])
def test_the_record_of_another_certificate_validates_not_ours(
    campus: Document, paired: Paired, own: bool
) -> None:
    (record,) = [r for r in campus["resources"] if r["name"] == "validation"]
    record["instances"][0]["attributes"] |= {"fqdn": f"_0.www.{ZONE}", "name": f"_0.www.{ZONE}"}
    if not own:
        remove(campus, "aws_acm_certificate.campus", "aws_acm_certificate_validation.campus")
        record["instances"][0]["attributes"]["records"] = ["tracking.example.test"]
    found = paired(campus)
    assert "aws_route53_record.certificate_validation" in found.only_here


@pytest.mark.parametrize(
    "actions",
    [["arn:aws:sns:eu-central-1:123456789012:pager"], [], [f"{PARTITION}:scalingPolicy:1:policyName/x"]],
    ids=["to people", "nobody", "a policy elsewhere"],
)
def test_an_alarm_is_ours_only_when_it_acts_on_our_policy(
    campus: Document, paired: Paired, actions: list[str]
) -> None:
    sessions = [r for r in campus["resources"] if r["type"] == "aws_cloudwatch_metric_alarm"]
    campus["resources"] = [r for r in campus["resources"] if r not in sessions]
    add(
        campus,
        "aws_cloudwatch_metric_alarm.errors",
        id="errors",
        alarm_name="errors",
        alarm_actions=actions,
        comparison_operator="GreaterThanOrEqualToThreshold",
        metric_name="HTTPCode_ELB_5XX_Count",
        namespace="AWS/ApplicationELB",
        dimensions={"AutoScalingGroupName": GROUP},
        threshold=7,
    )
    found = paired(campus)
    assert "aws_cloudwatch_metric_alarm.errors" in found.only_there
    assert "aws_cloudwatch_metric_alarm.sessions_high" in found.only_here


def test_policies_and_alarms_of_another_group_are_its_own(campus: Document, paired: Paired) -> None:
    for resource in campus["resources"]:
        if resource["type"] == "aws_autoscaling_policy":
            resource["instances"][0]["attributes"]["autoscaling_group_name"] = "batch"
    add(campus, "aws_autoscaling_group.batch", id="batch", name="batch", target_group_arns=[])
    found = paired(campus)
    assert {"aws_autoscaling_policy.scale_up", "aws_cloudwatch_metric_alarm.sessions_high"} <= set(
        found.only_here
    )
    assert theirs_of(found, "aws_autoscaling_group.lab") == "aws_autoscaling_group.jupyter"
    assert "aws_autoscaling_group.batch" in found.only_there
    assert found.possible == {}


def test_what_could_be_ours_is_offered(campus: Document, paired: Paired) -> None:
    """Nothing proves it, and nothing forbids it: the operator knows."""
    remove(campus, "aws_launch_template.jupyter")
    trust = '{"Statement":[{"Principal":{"Service":"ec2.amazonaws.com"}}]}'
    attributes(campus, "aws_iam_role.jupyter")["assume_role_policy"] = trust
    found = paired(campus)
    assert found.possible["aws_iam_role.lab_instance"] == ("aws_iam_role.jupyter",)


def test_a_policy_that_follows_a_target_needs_no_alarm_of_ours(campus: Document, paired: Paired) -> None:
    for resource in campus["resources"]:
        if resource["type"] == "aws_autoscaling_policy":
            values = resource["instances"][0]["attributes"]
            values |= {"policy_type": "TargetTrackingScaling", "step_adjustment": []}
    found = paired(campus)
    assert {"aws_autoscaling_policy.in", "aws_autoscaling_policy.out"} <= set(found.only_there)


def test_the_public_balancer_is_ours_and_the_internal_one_is_not(campus: Document, paired: Paired) -> None:
    arn = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/app/inner/1"
    target = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/inner/1"
    outer = attributes(campus, "aws_lb.campus")
    add(campus, "aws_lb.a", **{**outer, "id": arn, "arn": arn, "internal": True, "dns_name": "in.elb.test"})
    listener = attributes(campus, "aws_lb_listener.secure")
    action = {**listener["default_action"][0], "target_group_arn": target}
    inner = {**listener, "id": f"{arn}/l", "arn": f"{arn}/l", "load_balancer_arn": arn}
    add(campus, "aws_lb_listener.a", **{**inner, "default_action": [action]})
    group = attributes(campus, "aws_lb_target_group.campus")
    add(campus, "aws_lb_target_group.a", **{**group, "id": target, "arn": target, "name": "inner"})
    found = paired(campus)
    assert {"aws_lb.a", "aws_lb_listener.a", "aws_lb_target_group.a"} <= set(found.only_there)
    assert certainty(found, "aws_lb.lab") == "certain"
    assert found.equal_candidates == ()


def test_what_lies_in_a_second_network_is_not_ours(campus: Document, paired: Paired) -> None:
    """Its gateway, table and groups come first by name, and ours are not all in the state."""
    remove(campus, "aws_internet_gateway.campus")
    vpc = "vpc-0aaaaaaaaaaaaaaaa"
    add(campus, "aws_vpc.a", id=vpc, cidr_block="172.20.0.0/16")
    add(campus, "aws_internet_gateway.a", id="igw-0aaaaaaaaaaaaaaaa", vpc_id=vpc)
    add(campus, "aws_route_table.a", id="rtb-0aaaaaaaaaaaaaaaa", vpc_id=vpc)
    add(campus, "aws_subnet.a", id="subnet-0aaaaaaaaaaaaaaaa", vpc_id=vpc)
    add(campus, "aws_security_group.a", id="sg-0aaaaaaaaaaaaaaaa", vpc_id=vpc, name="a")
    add(campus, "aws_lb_target_group.a", id="arn:aws:tg:a", arn="arn:aws:tg:a", vpc_id=vpc, port=8000)
    found = paired(campus)
    assert not {address for address in theirs(found) if address.endswith(".a")}
    assert found.only_here == ["aws_internet_gateway.lab"]


def test_networks_that_are_looked_up_are_compared_by_their_ids(campus: Document, paired: Paired) -> None:
    """The lab's own network is in no state; the only one in it belongs to something else."""
    remove(campus, "aws_vpc.campus", "aws_internet_gateway.campus", "aws_security_group.web")
    vpc = "vpc-0aaaaaaaaaaaaaaaa"
    add(campus, "aws_vpc.other", id=vpc, cidr_block="172.20.0.0/16")
    add(campus, "aws_internet_gateway.other", id="igw-0aaaaaaaaaaaaaaaa", vpc_id=vpc)
    add(campus, "aws_security_group.balancer", id="sg-0aaaaaaaaaaaaaaaa", vpc_id=vpc, name="balancer")
    found = paired(campus)
    for kind in ("vpc", "internet_gateway"):
        assert f"aws_{kind}.other" in found.only_there
    assert "aws_security_group.balancer" in found.only_there
    assert theirs_of(found, "aws_route_table.public") == "aws_route_table.internet"
    assert theirs_of(found, "aws_security_group.instances") == "aws_security_group.jupyter"


def test_the_group_of_a_bastion_is_neither_balancers_nor_instances(campus: Document, paired: Paired) -> None:
    vpc = attributes(campus, "aws_vpc.campus")["id"]
    remove(campus, "aws_security_group.jupyter")
    add(campus, "module.bastion.aws_security_group.instances", id="sg-0bbbbbbbbbbbbbbbb", vpc_id=vpc)
    found = paired(campus)
    assert "module.bastion.aws_security_group.instances" in found.only_there
    assert "aws_security_group.instances" in found.only_here


@pytest.mark.parametrize("service", ["lambda.amazonaws.com", "ec2.amazonaws.com"])
def test_a_role_is_ours_only_when_the_instances_have_it(
    campus: Document, paired: Paired, service: str
) -> None:
    remove(campus, "aws_iam_role.jupyter", "aws_iam_instance_profile.jupyter")
    trust = f'{{"Statement":[{{"Principal":{{"Service":"{service}"}}}}]}}'
    add(campus, "aws_iam_role.other", id="other", name="other", assume_role_policy=trust)
    add(campus, "aws_iam_instance_profile.other", id="other", name="other", role="other")
    attributes(campus, "aws_iam_role_policy.publish")["role"] = "other"
    found = paired(campus)
    assert {"aws_iam_role.other", "aws_iam_instance_profile.other", "aws_iam_role_policy.publish"} <= set(
        found.only_there
    )
    assert "aws_iam_role.lab_instance" in found.only_here


def test_files_buckets_and_logs_of_something_else_are_not_ours(campus: Document, paired: Paired) -> None:
    add(campus, "aws_efs_file_system.homes", id="fs-0123456789abcdef0", name="homes")
    add(
        campus,
        "aws_efs_mount_target.homes",
        id="fsmt-0123456789abcdef0",
        file_system_id="fs-0123456789abcdef0",
        subnet_id="subnet-0aaaaaaaaaaaaaaaa",
    )
    add(campus, "aws_s3_bucket.access_logs", id="films", bucket="films")
    add(campus, "aws_cloudwatch_log_group.lab", id="/films", name="/films", retention_in_days=3)
    add(campus, "aws_iam_policy.films", id="arn:aws:iam::1:policy/films", arn="arn:aws:iam::1:policy/films")
    add(campus, "aws_key_pair.films", id="films", key_name="films")
    add(campus, "aws_sns_topic.films", id="arn:aws:sns:x:1:films", arn="arn:aws:sns:x:1:films")
    found = paired(campus)
    assert found.only_here == []
    assert len(found.only_there) == 8  # and one attachment of the author's


def test_the_homes_are_those_that_are_mounted_where_the_instances_are(
    lab_document: Load, paired: Paired
) -> None:
    document = copy.deepcopy(lab_document("institute"))
    add(document, "aws_efs_file_system.archive", id="fs-0aaaaaaaaaaaaaaaa", name="homes")
    add(
        document,
        "aws_efs_mount_target.archive",
        id="fsmt-0aaaaaaaaaaaaaaaa",
        file_system_id="fs-0aaaaaaaaaaaaaaaa",
        subnet_id="subnet-0aaaaaaaaaaaaaaaa",
    )
    found = paired(document)
    assert theirs_of(found, "aws_efs_file_system.homes") == "aws_efs_file_system.homes"
    assert certainty(found, "aws_efs_file_system.homes") == "certain"
    assert {"aws_efs_file_system.archive", "aws_efs_mount_target.archive"} <= set(found.only_there)


@pytest.mark.parametrize(
    ("ways", "certain"),
    [
        ({"security_groups": ["sg-0dddddddddddddddd"]}, None),
        ({"security_groups": ["sg-124145816c3ce071e"]}, "guessed"),
        ({"cidr_blocks": ["172.20.0.0/16"]}, "guessed"),
    ],
    ids=["open to others", "open to the instances", "open to the network"],
)
def test_files_that_the_instances_are_not_told_of_are_never_certain(
    campus: Document, paired: Paired, ways: dict[str, list[str]], certain: str | None
) -> None:
    subnet = attributes(campus, "aws_lb.campus")["subnets"][0]
    vpc = attributes(campus, "aws_vpc.campus")["id"]
    files, group = "fs-0aaaaaaaaaaaaaaaa", "sg-0eeeeeeeeeeeeeeee"
    rule = {"from_port": 2049, "to_port": 2049, "protocol": "tcp", **ways}
    add(campus, "aws_security_group.nfs", id=group, vpc_id=vpc, ingress=[rule])
    add(campus, "aws_efs_file_system.files", id=files)
    mounted = {"file_system_id": files, "subnet_id": subnet, "security_groups": [group]}
    add(campus, "aws_efs_mount_target.files", id="fsmt-0aaaaaaaaaaaaaaaa", **mounted)
    found = paired(campus)
    assert certainty(found, "aws_efs_file_system.homes") == certain
    if certain is None:
        assert {"aws_efs_file_system.files", "aws_efs_mount_target.files"} <= set(found.only_there)
        assert found.only_here == []
        return
    assert theirs_of(found, "aws_security_group.homes") == "aws_security_group.nfs"
    data = base64.b64encode(f"mount -t efs {files}:/ /home".encode()).decode()
    attributes(campus, "aws_launch_template.jupyter")["user_data"] = data
    assert certainty(paired(campus), "aws_efs_file_system.homes") == "certain"


def test_the_bucket_of_the_logs_is_the_one_that_the_balancer_writes_to(
    lab_document: Load, paired: Paired
) -> None:
    document = copy.deepcopy(lab_document("institute"))
    add(document, "aws_s3_bucket.access_logs", id="films", bucket="films")
    found = paired(document)
    assert theirs_of(found, "aws_s3_bucket.access_logs") == "aws_s3_bucket.logs"
    assert "aws_s3_bucket.access_logs" in found.only_there


@pytest.mark.parametrize("login", ["cognito", "oidc"])
def test_what_is_behind_a_login_is_found(campus: Document, paired: Paired, login: str) -> None:
    listener = attributes(campus, "aws_lb_listener.secure")
    (forward,) = listener["default_action"]
    group = {"arn": forward["target_group_arn"], "weight": 100}
    listener["default_action"] = [
        {"type": f"authenticate-{login}", "order": 1, f"authenticate_{login}": [{"session_timeout": 3600}]},
        {"type": "forward", "order": 2, "forward": [{"target_group": [group]}], "target_group_arn": ""},
    ]
    found = paired(campus)
    assert certainty(found, "aws_lb_target_group.hub") == "certain"
    assert certainty(found, "aws_autoscaling_group.lab") == "certain"


def test_a_target_group_behind_a_rule_is_found(campus: Document, paired: Paired) -> None:
    """The listener itself answers 403; rules let through who shows the right header."""
    listener = attributes(campus, "aws_lb_listener.secure")
    target = listener["default_action"][0]["target_group_arn"]
    listener["default_action"] = [{"type": "fixed-response", "target_group_arn": "", "forward": []}]
    action = {"type": "forward", "target_group_arn": target}
    add(campus, "aws_lb_listener_rule.known", id="r", listener_arn=listener["arn"], action=[action])
    found = paired(campus)
    assert certainty(found, "aws_lb_target_group.hub") == "certain"
    assert certainty(found, "aws_lb_listener.https") == "certain"
    carried = paired(campus, carry=["aws_lb_listener_rule.known"])  # it goes on, and forwards
    assert certainty(carried, "aws_lb_target_group.hub") == "certain"


def test_a_launch_template_in_a_mixed_policy_is_found(campus: Document, paired: Paired) -> None:
    group = attributes(campus, "aws_autoscaling_group.jupyter")
    used = group["launch_template"][0]
    group["launch_template"] = []
    specification = {"launch_template_id": used["id"], "launch_template_name": "", "version": "$Latest"}
    group["mixed_instances_policy"] = [
        {"launch_template": [{"launch_template_specification": [specification], "override": []}]}
    ]
    add(campus, "aws_launch_template.batch", id="lt-0aaaaaaaaaaaaaaaa", name="batch")
    found = paired(campus)
    assert theirs_of(found, "aws_launch_template.lab") == "aws_launch_template.jupyter"
    assert certainty(found, "aws_iam_role.lab_instance") == "certain"
    assert "aws_launch_template.batch" in found.only_there


def test_what_is_set_aside_takes_part_in_nothing(lab_document: Load, paired: Paired) -> None:
    document = copy.deepcopy(lab_document("institute"))
    (files,) = [r for r in document["resources"] if r["type"] == "aws_efs_file_system"]
    address = f"aws_efs_file_system.{files['name']}"
    found = paired(document, carry=[address, "aws_efs_mount_target.homes"])
    assert address in found.only_there
    assert not {ours for ours in found.only_here if "efs_file_system.homes" in ours}
    assert not [match for match in found.matches if "efs" in match.ours]
    forgotten = paired(document, forget=["aws_cloudwatch_log_group.hub"])
    assert not [match for match in forgotten.matches if "log_group" in match.ours]
    assert "aws_cloudwatch_log_group.lab" not in forgotten.only_here


def test_two_addresses_of_one_record_are_no_tie(campus: Document, paired: Paired) -> None:
    """A certificate for a domain and its wildcard is validated by one record, which authors write down twice."""
    entry = next(r for r in campus["resources"] if r["name"] == "validation")
    (record,) = entry["instances"]
    entry["instances"].append({**copy.deepcopy(record), "index_key": f"*.{ZONE}"})
    found = paired(campus)
    assert found.equal_candidates == ()
    assert certainty(found, "aws_route53_record.certificate_validation") == "certain"
    assert [address for address in found.only_there if "validation" in address] != []
