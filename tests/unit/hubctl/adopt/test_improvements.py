"""What may get stronger in place: only along a stated order, and only when it was asked for."""

from itertools import permutations
from typing import Any

import pytest
from moto.elbv2.responses import SSL_POLICIES

from hubctl.adopt.improvements import GROUPS, check_improve, idle_wishes, improvement_of, stronger_tls
from hubctl.adopt.plan_changes import AttributeChange, PlannedChange
from hubctl.core.errors import BadInputError


def attribute(name: str, before: Any, after: Any, **more: Any) -> AttributeChange:
    given = {"after_known": True, "forces_replacement": False, "secret": False, **more}
    return AttributeChange(name=name, before=before, after=after, **given)


@pytest.mark.parametrize(
    ("kind", "name", "weaker", "stronger"),
    [
        (
            "aws_lb_listener",
            "ssl_policy",
            "ELBSecurityPolicy-2016-08",
            "ELBSecurityPolicy-TLS13-1-2-2021-06",
        ),
        ("aws_lb", "drop_invalid_header_fields", False, True),
        ("aws_lb", "enable_deletion_protection", False, True),
        ("aws_s3_bucket", "force_destroy", True, False),
        ("aws_ecr_repository", "force_delete", True, False),
        (
            "aws_s3_bucket_versioning",
            "versioning_configuration",
            [{"status": "Suspended"}],
            [{"status": "Enabled"}],
        ),
        ("aws_kms_key", "enable_key_rotation", False, True),
        ("aws_lb_target_group", "stickiness", [{"enabled": False}], [{"enabled": True, "type": "lb_cookie"}]),
        (
            "aws_instance",
            "metadata_options",
            [{"http_tokens": "optional", "http_endpoint": "enabled"}],
            [{"http_tokens": "required", "http_endpoint": "enabled"}],
        ),
        ("aws_autoscaling_group", "enabled_metrics", ["A"], ["A", "B"]),
        ("aws_vpc", "tags", {"a": "1"}, {"a": "1", "b": "2"}),
    ],
)
def test_it_goes_one_way_only(kind: str, name: str, weaker: Any, stronger: Any) -> None:
    assert improvement_of(kind, attribute(name, weaker, stronger)) is not None
    assert improvement_of(kind, attribute(name, stronger, weaker)) is None
    assert improvement_of(kind, attribute(name, weaker, weaker)) is None


@pytest.mark.parametrize("more", [{"secret": True}, {"after_known": False}, {"forces_replacement": True}])
def test_what_is_secret_unknown_or_replaces_is_not_offered(more: dict[str, bool]) -> None:
    assert improvement_of("aws_lb", attribute("drop_invalid_header_fields", False, True, **more)) is None


@pytest.mark.parametrize(
    ("kind", "name", "before", "after"),
    [
        ("aws_lb_listener", "default_action", [{"type": "authenticate-oidc"}], [{"type": "forward"}]),
        ("aws_subnet", "map_public_ip_on_launch", False, True),
        ("aws_efs_file_system", "throughput_mode", "provisioned", "elastic"),
        ("aws_iam_role_policy", "policy", "{}", "{...}"),
        ("aws_route53_record", "alias", [{"name": "cdn"}], [{"name": "lb"}]),
        (
            "aws_instance",
            "metadata_options",
            [{"http_tokens": "optional", "http_endpoint": "disabled"}],
            [{"http_tokens": "required", "http_endpoint": "enabled"}],
        ),
    ],
)
def test_what_has_no_order_is_never_an_improvement(kind: str, name: str, before: Any, after: Any) -> None:
    assert improvement_of(kind, attribute(name, before, after)) is None
    assert improvement_of(kind, attribute(name, after, before)) is None


def _offers(policy: str) -> tuple[set[str], set[str]]:
    found = SSL_POLICIES[policy]
    return set(found["ssl_protocols"]), {
        cipher["name"] if isinstance(cipher, dict) else cipher for cipher in found["ciphers"]
    }


def test_a_stronger_tls_policy_offers_no_older_protocol_and_loses_no_newer_one() -> None:
    compared = 0
    for before, after in permutations(SSL_POLICIES, 2):
        if not stronger_tls(before, after):
            continue
        compared += 1
        (old, old_ciphers), (new, new_ciphers) = _offers(before), _offers(after)
        assert ("TLSv1.3" in new) >= ("TLSv1.3" in old), (before, after)
        assert (new - {"TLSv1.3"}) <= old, (before, after)
        secret = [
            all(c.startswith(("ECDHE", "TLS_")) for c in ciphers) for ciphers in (old_ciphers, new_ciphers)
        ]
        assert secret[1] >= secret[0], (before, after)
    assert compared > 30
    assert stronger_tls("ELBSecurityPolicy-2016-08", "ELBSecurityPolicy-TLS13-1-2-2021-06")
    assert not stronger_tls("ELBSecurityPolicy-TLS13-1-3-2021-06", "ELBSecurityPolicy-TLS13-1-2-2021-06")
    assert not stronger_tls("ELBSecurityPolicy-of-2030", "ELBSecurityPolicy-TLS13-1-2-2021-06")


def test_a_wish_that_changes_nothing_is_told() -> None:
    change = PlannedChange(
        address="aws_lb.lab",
        type="aws_lb",
        action="update",
        reason="",
        attributes=[attribute("drop_invalid_header_fields", False, True)],
        previous_address=None,
        importing=None,
    )
    wishes = ["headers", "tls", "all", "aws_lb.lab.drop_invalid_header_fields", "aws_lb.lab.name"]
    assert idle_wishes(wishes, [change]) == ["tls", "aws_lb.lab.name"]


def test_an_unknown_name_is_refused_with_the_groups() -> None:
    check_improve(["tls", "all", "aws_lb.lab.name"], {"aws_lb.lab"})
    with pytest.raises(BadInputError, match="--improve tsl") as refused:
        check_improve(["tsl"], {"aws_lb.lab"})
    assert all(group in refused.value.remedy for group in GROUPS)
