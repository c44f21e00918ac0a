"""Stronger and foreign values for what keeps users safe and their traffic on its way, by resource type.

Stronger: what our design would weaken if it wrote its own value. Foreign: what works there, and is nothing of ours.
"""

import copy
import json
from collections.abc import Mapping
from typing import Any

Values = Mapping[str, Mapping[str, Any]]
Document = dict[str, Any]
_KEY = "arn:aws:kms:us-east-1:123456789012:key/8e1f6c9a-0a4b-4f5e-9d1c-3b2a1f0e9d8c"
_TOPIC = "arn:aws:sns:us-east-1:123456789012:somebody"
_DENY = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}]}
)
_TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "ec2.amazonaws.com"},
                "Action": "sts:AssumeRole",
                "Condition": {"StringEquals": {"aws:SourceAccount": "123456789012"}},
            }
        ],
    }
)
_NARROW = {
    "cidr_blocks": ["198.51.100.0/24"],
    "description": "the campus alone",
    "from_port": 443,
    "ipv6_cidr_blocks": [],
    "prefix_list_ids": [],
    "protocol": "tcp",
    "security_groups": [],
    "self": False,
    "to_port": 443,
}
_IMDS = {
    "http_endpoint": "enabled",
    "http_protocol_ipv6": "disabled",
    "http_put_response_hop_limit": 1,
    "http_tokens": "required",
    "instance_metadata_tags": "disabled",
}

_LOGIN = {
    "authentication_request_extra_params": {},
    "authorization_endpoint": "https://login.example.test/authorize",
    "client_id": "hub",
    "client_secret": "x7-canary-login-41",
    "issuer": "https://login.example.test",
    "on_unauthenticated_request": "authenticate",
    "scope": "openid",
    "session_cookie_name": "AWSELBAuthSessionCookie",
    "session_timeout": 3600,
    "token_endpoint": "https://login.example.test/token",
    "user_info_endpoint": "https://login.example.test/user",
}

STRONGER: Values = {
    "aws_lb": {
        "enable_deletion_protection": True,
        "drop_invalid_header_fields": True,
        "desync_mitigation_mode": "strictest",
        "access_logs": [{"bucket": "audit-of-somebody", "enabled": True, "prefix": "lb"}],
    },
    "aws_lb_listener": {
        "ssl_policy": "ELBSecurityPolicy-TLS13-1-3-2021-06",
        "routing_http_response_strict_transport_security_header_value": "max-age=31536000",
        "routing_http_response_x_frame_options_header_value": "DENY",
    },
    "aws_lb_target_group": {"slow_start": 120, "load_balancing_cross_zone_enabled": "true"},
    "aws_autoscaling_group": {
        "capacity_rebalance": True,
        "protect_from_scale_in": True,
        "max_instance_lifetime": 604800,
        "health_check_type": "ELB",
        "health_check_grace_period": 900,
        "suspended_processes": ["Terminate"],
        "min_size": 2,
        "default_instance_warmup": 600,
    },
    "aws_launch_template": {
        "metadata_options": [_IMDS],
        "disable_api_termination": True,
        "disable_api_stop": True,
        "ebs_optimized": "true",
    },
    "aws_security_group": {"ingress": [_NARROW], "egress": [_NARROW]},
    "aws_iam_role": {
        "assume_role_policy": _TRUST,
        "permissions_boundary": "arn:aws:iam::123456789012:policy/limit",
        "max_session_duration": 3600,
    },
    "aws_iam_role_policy": {"policy": _DENY},
    "aws_iam_policy": {"policy": _DENY},
    "aws_vpc": {"enable_dns_hostnames": True, "enable_network_address_usage_metrics": True},
    "aws_subnet": {"map_public_ip_on_launch": False},
    "aws_cloudwatch_metric_alarm": {
        "insufficient_data_actions": [_TOPIC],
        "ok_actions": [_TOPIC],
        "treat_missing_data": "breaching",
    },
    "aws_cloudwatch_log_group": {"retention_in_days": 3653, "kms_key_id": _KEY, "skip_destroy": True},
    "aws_acm_certificate": {"options": [{"certificate_transparency_logging_preference": "DISABLED"}]},
    "aws_instance": {
        "disable_api_termination": True,
        "disable_api_stop": True,
        "metadata_options": [_IMDS],
        "monitoring": True,
        "ebs_optimized": True,
    },
    "aws_efs_file_system": {"encrypted": True, "kms_key_id": _KEY},
    "aws_ecr_repository": {
        "image_tag_mutability": "IMMUTABLE",
        "image_scanning_configuration": [{"scan_on_push": True}],
        "encryption_configuration": [{"encryption_type": "KMS", "kms_key": _KEY}],
    },
    "aws_ssm_parameter": {"type": "SecureString", "key_id": "alias/hub"},
    "aws_s3_bucket": {"force_destroy": False},
}

FOREIGN: Values = {
    "aws_lb": {
        "idle_timeout": 4000,
        "enable_http2": False,
        "enable_waf_fail_open": True,
        "preserve_host_header": True,
        "xff_header_processing_mode": "preserve",
        "enable_xff_client_port": True,
        "client_keep_alive": 1800,
    },
    "aws_lb_target_group": {
        "deregistration_delay": "900",
        "load_balancing_algorithm_type": "least_outstanding_requests",
        "load_balancing_cross_zone_enabled": "false",
        "stickiness": [
            {"cookie_duration": 0, "cookie_name": "THEIRS", "enabled": True, "type": "app_cookie"}
        ],
    },
    "aws_autoscaling_group": {
        "termination_policies": ["OldestInstance"],
        "default_cooldown": 60,
        "max_size": 9,
        "health_check_grace_period": 30,
        "force_delete": True,
        "enabled_metrics": ["GroupMaxSize"],
        "instance_maintenance_policy": [{"max_healthy_percentage": 150, "min_healthy_percentage": 90}],
    },
    "aws_autoscaling_policy": {"enabled": False},
    "aws_launch_template": {
        "key_name": "somebody",
        "instance_initiated_shutdown_behavior": "terminate",
        "credit_specification": [{"cpu_credits": "standard"}],
        "placement": [{"tenancy": "dedicated"}],
    },
    "aws_iam_role": {"max_session_duration": 43200, "description": "of somebody"},
    "aws_vpc": {"enable_dns_support": True, "enable_dns_hostnames": False},
    "aws_subnet": {"map_public_ip_on_launch": True, "enable_resource_name_dns_a_record_on_launch": True},
    "aws_cloudwatch_metric_alarm": {
        "threshold": 6.5,
        "evaluation_periods": 7,
        "actions_enabled": False,
        "alarm_description": "of somebody",
    },
    "aws_cloudwatch_log_group": {"retention_in_days": 1},
    "aws_security_group": {"revoke_rules_on_delete": True},
    "aws_instance": {"source_dest_check": False, "instance_initiated_shutdown_behavior": "stop"},
    "aws_efs_file_system": {
        "throughput_mode": "provisioned",
        "provisioned_throughput_in_mibps": 100,
        "performance_mode": "maxIO",
        "lifecycle_policy": [
            {
                "transition_to_archive": "",
                "transition_to_ia": "AFTER_90_DAYS",
                "transition_to_primary_storage_class": "",
            }
        ],
    },
    "aws_ssm_parameter": {"tier": "Advanced", "description": "of somebody", "data_type": "text"},
    "aws_ecr_repository": {"force_delete": True},
    "aws_s3_bucket": {"force_destroy": True},
}


def mutated(document: Document) -> tuple[Document, list[str]]:
    """Return a state with such values wherever they fit, and ``ADDRESS.ARGUMENT`` of each that was set to another one.

    Where there is a stronger value as well as a foreign one, the stronger one is taken.

    Rules that are resources by themselves stay, and so do the rules within such a security group.
    """
    found = copy.deepcopy(document)
    changed = _listeners(found)
    types = {entry["type"] for entry in found["resources"]}
    separate = types & {
        "aws_security_group_rule",
        "aws_vpc_security_group_ingress_rule",
        "aws_vpc_security_group_egress_rule",
    }
    for entry in found["resources"]:
        if entry["mode"] != "managed":
            continue
        for instance in entry["instances"]:
            attributes = instance["attributes"]
            values = {**FOREIGN.get(entry["type"], {}), **STRONGER.get(entry["type"], {})}
            for argument, value in values.items():
                if argument not in attributes or not _fits(
                    entry["type"], argument, attributes, bool(separate)
                ):
                    continue
                if attributes[argument] != value:
                    attributes[argument] = copy.deepcopy(value)
                    key = instance.get("index_key")
                    where = f"{entry.get('module', '')}.{entry['type']}.{entry['name']}[{key}]"
                    changed.append(f"{where}.{argument}")
    return found, changed


def _listeners(document: Document) -> list[str]:
    """Let the HTTPS listener ask for a login before it forwards, and the HTTP one forward instead of redirecting."""
    listeners = [
        (entry, instance["attributes"])
        for entry in document["resources"]
        if entry["type"] in ("aws_lb_listener", "aws_alb_listener") and entry["mode"] == "managed"
        for instance in entry["instances"]
    ]
    secure = next((values for _, values in listeners if values["protocol"] == "HTTPS"), None)
    if secure is None:
        return []
    (forward,) = copy.deepcopy(secure["default_action"])
    nothing = {name: [] if isinstance(value, list) else value for name, value in forward.items()}
    login = {
        **nothing,
        "type": "authenticate-oidc",
        "order": 1,
        "target_group_arn": "",
        "authenticate_oidc": [_LOGIN],
    }
    changed = []
    for entry, values in listeners:
        ahead = [login] if values["protocol"] == "HTTPS" else []
        values["default_action"] = [*ahead, {**forward, "order": len(ahead) + 1}]
        changed.append(f"{entry.get('module', '')}.{entry['type']}.{entry['name']}.default_action")
    return changed


def _fits(kind: str, argument: str, attributes: Mapping[str, Any], separate_rules: bool) -> bool:
    if kind == "aws_security_group" and argument in ("ingress", "egress"):
        return not separate_rules
    if argument == "access_logs":  # a bucket that the balancer no longer writes to is nothing of ours
        return not any(block.get("enabled") for block in attributes[argument])
    if kind == "aws_lb_listener":
        return attributes.get("protocol") == "HTTPS"
    if kind == "aws_ecr_repository" and argument == "encryption_configuration":
        return bool(attributes.get("encryption_configuration"))
    return True
