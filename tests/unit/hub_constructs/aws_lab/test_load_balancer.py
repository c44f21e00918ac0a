"""The balancer: public, HTTPS to the hub, sticky sessions, and access logs in a private bucket."""

import json
from collections.abc import Callable
from typing import Any

Configuration = dict[str, Any]


def test_the_load_balancer_is_public_and_an_application_load_balancer(lab_resources: Configuration) -> None:
    balancer = lab_resources["aws_lb.lab"]
    assert balancer["internal"] is False
    assert balancer["load_balancer_type"] == "application"
    assert balancer["security_groups"] == ["${aws_security_group.balancer.id}"]
    assert balancer["drop_invalid_header_fields"] is True
    assert balancer["idle_timeout"] == "${var.idle_timeout_seconds}"


def test_https_is_forwarded_and_http_redirected(lab_resources: Configuration) -> None:
    https = lab_resources["aws_lb_listener.https"]
    assert (https["port"], https["protocol"]) == (443, "HTTPS")
    # Through the validation, so that the listener waits for a certificate that is valid.
    assert https["certificate_arn"] == "${aws_acm_certificate_validation.lab.certificate_arn}"
    assert https["ssl_policy"].startswith("ELBSecurityPolicy-TLS13-1-2-")
    assert https["default_action"] == [
        {"type": "forward", "target_group_arn": "${aws_lb_target_group.hub.arn}"}
    ]
    http = lab_resources["aws_lb_listener.http"]
    assert (http["port"], http["protocol"]) == (80, "HTTP")
    assert http["default_action"][0]["type"] == "redirect"
    assert http["default_action"][0]["redirect"] == {
        "port": "443",
        "protocol": "HTTPS",
        "status_code": "HTTP_301",
    }


def test_users_stay_on_their_instance_and_the_health_of_the_hub_decides(lab_resources: Configuration) -> None:
    group = lab_resources["aws_lb_target_group.hub"]
    assert group["stickiness"] == {"enabled": True, "type": "lb_cookie", "cookie_duration": 86400}
    assert group["health_check"]["path"] == "/hub/health"
    assert group["health_check"]["matcher"] == "200"
    assert group["port"] == "${var.hub_port}"
    assert "var.drain_timeout_seconds" in group["deregistration_delay"]


def test_access_logs_are_an_option_in_an_encrypted_private_bucket(
    synth: Callable[..., Configuration], lab_resources: Configuration
) -> None:
    assert "access_logs" not in lab_resources["aws_lb.lab"]
    with_logs = synth("aws-lab", access_logs=True)["resource"]
    assert with_logs["aws_lb"]["lab"]["access_logs"]["enabled"] is True
    block = with_logs["aws_s3_bucket_public_access_block"]["access_logs"]
    assert all(block[key] for key in block if key.startswith(("block_", "ignore_", "restrict_")))
    assert "AES256" in json.dumps(
        with_logs["aws_s3_bucket_server_side_encryption_configuration"]["access_logs"]
    )
    policy = with_logs["aws_s3_bucket_policy"]["access_logs"]["policy"]
    assert "logdelivery.elasticloadbalancing.amazonaws.com" in policy
    assert "aws:SecureTransport" in policy
