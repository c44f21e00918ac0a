"""From resources to icons, frames and arrows."""

from typing import Any

import pytest

from hubctl.diagram.architecture import architecture
from hubctl.diagram.model import Architecture, Arrow

GROUPS: dict[str, Any] = {"balancer": {}, "instances": {}, "files": {}}
BASE: dict[str, Any] = {
    "aws_vpc": {"main": {"cidr_block": "${var.range}"}},
    "aws_subnet": {
        "one": {
            "vpc_id": "${aws_vpc.main.id}",
            "availability_zone": "eu-central-1a",
            "cidr_block": "${cidrsubnet(var.range, 4, 1)}",
        },
        "two": {
            "vpc_id": "${aws_vpc.main.id}",
            "availability_zone": "eu-central-1b",
            "cidr_block": "10.9.32.0/20",
        },
    },
    "aws_lb": {"main": {"name": "front", "security_groups": ["${aws_security_group.balancer.id}"]}},
    "aws_lb_target_group": {"hub": {"port": 8000, "protocol": "HTTP"}},
    "aws_launch_template": {
        "lab": {
            "instance_type": "m6i.large",
            "vpc_security_group_ids": ["${aws_security_group.instances.id}"],
        }
    },
    "aws_autoscaling_group": {
        "lab": {
            "launch_template": {"id": "${aws_launch_template.lab.id}"},
            "vpc_zone_identifier": ["${aws_subnet.one.id}", "${aws_subnet.two.id}"],
            "min_size": 1,
            "max_size": "${var.largest}",
        }
    },
    "aws_efs_mount_target": {
        name: {
            "subnet_id": f"${{aws_subnet.{name}.id}}",
            "security_groups": ["${aws_security_group.files.id}"],
        }
        for name in ("one", "two")
    },
}
VARIABLES = {"range": {"default": "10.9.0.0/16"}, "largest": {}, "key": {"default": ""}}
SEPARATE: dict[str, Any] = {
    "aws_security_group": GROUPS,
    "aws_vpc_security_group_ingress_rule": {
        "public": {
            "security_group_id": "${aws_security_group.balancer.id}",
            "cidr_ipv4": "0.0.0.0/0",
            "ip_protocol": "tcp",
            "from_port": 443,
            "to_port": 443,
        },
        "hub": {
            "security_group_id": "${aws_security_group.instances.id}",
            "referenced_security_group_id": "${aws_security_group.balancer.id}",
            "ip_protocol": "tcp",
            "from_port": 8000,
            "to_port": 8000,
        },
        "nfs": {
            "security_group_id": "${aws_security_group.files.id}",
            "referenced_security_group_id": "${aws_security_group.instances.id}",
            "ip_protocol": "tcp",
            "from_port": 2049,
            "to_port": 2049,
        },
    },
}
PORTS = {"protocol": "tcp"}
LEGACY: dict[str, Any] = {
    "aws_security_group": GROUPS,
    "aws_security_group_rule": {
        "public": PORTS
        | {
            "type": "ingress",
            "security_group_id": "${aws_security_group.balancer.id}",
            "cidr_blocks": ["0.0.0.0/0"],
            "from_port": 443,
            "to_port": 443,
        },
        "out": PORTS
        | {
            "type": "egress",
            "security_group_id": "${aws_security_group.files.id}",
            "source_security_group_id": "${aws_security_group.balancer.id}",
            "from_port": 1,
            "to_port": 9,
        },
        "hub": PORTS
        | {
            "type": "ingress",
            "security_group_id": "${aws_security_group.instances.id}",
            "source_security_group_id": "${aws_security_group.balancer.id}",
            "from_port": 8000,
            "to_port": 8000,
        },
        "nfs": PORTS
        | {
            "type": "ingress",
            "security_group_id": "${aws_security_group.files.id}",
            "source_security_group_id": "${aws_security_group.instances.id}",
            "from_port": 2049,
            "to_port": 2049,
        },
    },
}


def _inline(port: int, *, group: str | None = None, network: str | None = None) -> dict[str, Any]:
    return PORTS | {
        "from_port": port,
        "to_port": port,
        "security_groups": [f"${{aws_security_group.{group}.id}}"] if group else None,
        "cidr_blocks": [network] if network else None,
        "self": False,
    }


INLINE: dict[str, Any] = {
    "aws_security_group": {
        "balancer": {"ingress": [_inline(443, network="0.0.0.0/0")]},
        "instances": {"ingress": [_inline(8000, group="balancer")]},
        "files": {"ingress": [_inline(2049, group="instances")]},
    }
}
LAB_ONE, LAB_TWO = (f"aws_autoscaling_group.lab in aws_subnet.{name}" for name in ("one", "two"))


def drawn(*parts: dict[str, Any], **variables: Any) -> Architecture:
    resources: dict[str, Any] = {}
    for part in (BASE, *parts):
        for kind, named in part.items():
            resources[kind] = resources.get(kind, {}) | named
    return architecture({"resource": resources, "variable": VARIABLES}, "example", variables)


def traffic(picture: Architecture) -> dict[tuple[str, str], tuple[str, ...]]:
    return {(arrow.source, arrow.target): arrow.lines for arrow in picture.arrows if not arrow.quiet}


@pytest.mark.parametrize("notation", [SEPARATE, LEGACY, INLINE], ids=["separate", "legacy", "inline"])
def test_arrows_come_from_the_rules_in_each_notation(notation: dict[str, Any]) -> None:
    assert traffic(drawn(notation)) == {
        ("users", "aws_lb.main"): ("HTTPS 443",),
        ("aws_lb.main", LAB_ONE): ("hub, HTTP 8000",),
        ("aws_lb.main", LAB_TWO): ("hub, HTTP 8000",),
        (LAB_ONE, "aws_efs_mount_target.one"): ("NFS 2049",),  # within its zone only
        (LAB_TWO, "aws_efs_mount_target.two"): ("NFS 2049",),
    }


def test_a_widened_group_shows_and_changes_the_digest() -> None:
    wide = {
        "aws_vpc_security_group_ingress_rule": {
            "wide": {
                "security_group_id": "${aws_security_group.files.id}",
                "cidr_ipv4": "0.0.0.0/0",
                "ip_protocol": "-1",
            }
        }
    }
    before, after = drawn(SEPARATE), drawn(SEPARATE, wide)
    assert traffic(after)["users", "aws_efs_mount_target.one"] == ("all ports",)
    assert before.digest() != after.digest()


def test_frames_and_labels_follow_variables() -> None:
    picture = drawn(SEPARATE, largest=7)
    assert [cluster.lines for cluster in picture.clusters] == [
        ("AWS region",),
        ("VPC 10.9.0.0/16",),
        ("Zone eu-central-1a", "subnet 10.9.16.0/20"),
        ("Zone eu-central-1b", "subnet 10.9.32.0/20"),
    ]
    labels = {node.name: node.lines for node in picture.nodes}
    assert labels["aws_autoscaling_group.lab"] == ("Auto scaling group", "1 to 7 instances")
    unset = {node.name: node.lines for node in drawn(SEPARATE).nodes}
    assert unset["aws_autoscaling_group.lab"][1] == "1 to {largest} instances"


def test_the_group_says_what_is_ready_before_users_come() -> None:
    def lines(*parts: dict[str, Any]) -> tuple[str, ...]:
        (found,) = (
            node for node in drawn(SEPARATE, *parts).nodes if node.name == "aws_autoscaling_group.lab"
        )
        return found.lines[2:]

    group = BASE["aws_autoscaling_group"]["lab"]
    pool = {"pool_state": "Hibernated", "min_size": 3}
    action = {"autoscaling_group_name": "${aws_autoscaling_group.lab.name}", "min_size": 2}
    for notation in (pool, [pool]):
        pooled = {"aws_autoscaling_group": {"lab": group | {"warm_pool": notation}}}
        assert lines(pooled) == ("3 more hibernated, ready",)
    own = {"timetable": action | {"for_each": "${local.timetable_ahead}"}}
    assert lines({"aws_autoscaling_schedule": own}) == ("follows a timetable",)
    others = {"morning": action, "evening": action}
    assert lines({"aws_autoscaling_schedule": others}) == ("2 scheduled actions",)


def test_the_same_port_of_both_protocols_and_both_directions_is_one_arrow() -> None:
    mutual = {
        "aws_vpc_security_group_ingress_rule": {
            f"{group}_{protocol}": {
                "security_group_id": f"${{aws_security_group.{group}.id}}",
                "referenced_security_group_id": f"${{aws_security_group.{peer}.id}}",
                "ip_protocol": protocol,
                "from_port": 7946,
                "to_port": 7946,
            }
            for group, peer in (("balancer", "instances"), ("instances", "balancer"))
            for protocol in ("tcp", "udp")
        }
    }
    arrows = [arrow for arrow in drawn({"aws_security_group": GROUPS}, mutual).arrows if not arrow.quiet]
    assert arrows == [
        Arrow(source=LAB_ONE, target="aws_lb.main", lines=("Swarm 7946/tcp+udp",), both_ways=True),
        Arrow(source=LAB_TWO, target="aws_lb.main", lines=("Swarm 7946/tcp+udp",), both_ways=True),
    ]


def test_a_group_that_shrinks_by_free_places_says_so() -> None:
    queries = [
        {"id": "sessions", "metric": {"metric_name": "UserSessions"}},
        {"id": "free", "metric": {"metric_name": "FreePlaces"}},
        {"id": "unneeded", "expression": "IF(sessions < 3, free, -1)"},
    ]
    policy = {
        "autoscaling_group_name": "${aws_autoscaling_group.lab.name}",
        "step_adjustment": [{"scaling_adjustment": -1}, {"scaling_adjustment": -2}],
    }
    alarm = {
        "alarm_actions": ["${aws_autoscaling_policy.fewer.arn}"],
        "comparison_operator": "GreaterThanOrEqualToThreshold",
        "metric_query": queries,
        "threshold": "${local.enough}",
    }
    parts = {"aws_autoscaling_policy": {"fewer": policy}, "aws_cloudwatch_metric_alarm": {"low": alarm}}
    (group,) = (node for node in drawn(SEPARATE, parts).nodes if node.name == "aws_autoscaling_group.lab")
    assert "sessions < 3, enough free places: \N{MINUS SIGN}1, \N{MINUS SIGN}2" in group.lines


def test_what_is_open_on_a_condition_and_what_instances_of_a_group_say_to_each_other_are_notes() -> None:
    rules = {
        "aws_vpc_security_group_ingress_rule": {
            "ssh": {
                "security_group_id": "${aws_security_group.instances.id}",
                "cidr_ipv4": "203.0.113.0/24",
                "ip_protocol": "tcp",
                "from_port": 22,
                "to_port": 22,
                "count": "${(length(var.key) >= 1) ? 1 : 0}",
            },
            "mesh": {
                "security_group_id": "${aws_security_group.instances.id}",
                "referenced_security_group_id": "${aws_security_group.instances.id}",
                "ip_protocol": "udp",
                "from_port": 4789,
                "to_port": 4789,
            },
        }
    }
    picture = drawn({"aws_security_group": GROUPS}, rules)
    assert picture.notes == (
        "Only when key is set: SSH 22 from 203.0.113.0/24 to lab",
        "Among lab: Swarm 4789/udp",
    )
    assert not traffic(picture)
    with_key = drawn({"aws_security_group": GROUPS}, rules, key="mine")
    assert traffic(with_key)["203.0.113.0/24", LAB_ONE] == ("SSH 22",)


def test_a_type_without_a_rule_is_drawn_plainly() -> None:
    picture = drawn(SEPARATE, {"aws_wafv2_web_acl": {"edge": {}}})
    (found,) = [node for node in picture.nodes if node.name == "aws_wafv2_web_acl"]
    assert (found.icon, found.cluster) == ("general.General", "services")


def test_services_tell_whom_the_roles_let_in() -> None:
    machine = {
        "instance_type": "t3.small",
        "subnet_id": "${aws_subnet.one.id}",
        "vpc_security_group_ids": ["${aws_security_group.files.id}"],
    }
    picture = drawn(
        SEPARATE,
        {
            "aws_instance": {
                name: machine | {"iam_instance_profile": f"${{aws_iam_instance_profile.{name}.name}}"}
                for name in ("server", "client")
            },
            "aws_iam_instance_profile": {
                name: {"role": f"${{aws_iam_role.{name}.name}}"} for name in ("server", "client")
            },
            "aws_iam_role_policy": {
                "server": {
                    "role": "${aws_iam_role.server.id}",
                    "policy": '${jsonencode({"Action" = "s3:GetObject"})}',
                }
            },
            "aws_s3_bucket": {"files": {}, "logs": {}},
        },
    )
    (bucket,) = [node for node in picture.nodes if node.name == "s3"]
    assert bucket.lines == ("S3", "2 buckets", "for server")
