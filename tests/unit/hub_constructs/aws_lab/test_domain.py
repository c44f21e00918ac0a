"""The Lab's certificate and its records in the hosted zone."""

from collections.abc import Callable
from typing import Any

Configuration = dict[str, Any]


def test_the_configurable_domain_is_an_alias_of_the_balancer(
    lab_resources: Configuration, lab: Configuration
) -> None:
    record = lab_resources["aws_route53_record.lab"]
    assert record["name"] == "${var.domain_name}"
    assert record["type"] == "A"
    assert record["alias"]["name"] == "${aws_lb.lab.dns_name}"
    assert record["alias"]["zone_id"] == "${aws_lb.lab.zone_id}"
    assert "default" not in lab["variable"]["domain_name"]
    assert lab["data"]["aws_route53_zone"]["lab"]["name"] == "${var.hosted_zone}"


def test_an_aaaa_record_comes_with_ipv6_only(
    synth: Callable[..., Configuration], lab_resources: Configuration
) -> None:
    assert "aws_route53_record.lab_ipv6" not in lab_resources
    dual = synth("aws-lab", ipv6=True)["resource"]
    assert dual["aws_route53_record"]["lab_ipv6"]["type"] == "AAAA"
    assert dual["aws_lb"]["lab"]["ip_address_type"] == "dualstack"
    assert dual["aws_vpc"]["lab"]["assign_generated_ipv6_cidr_block"] is True
    assert dual["aws_route"]["internet_ipv6"]["destination_ipv6_cidr_block"] == "::/0"
    assert dual["aws_vpc_security_group_ingress_rule"]["balancer_https_ipv6"]["cidr_ipv6"] == "::/0"


def test_the_certificate_is_validated_by_dns_in_the_hosted_zone(lab_resources: Configuration) -> None:
    assert lab_resources["aws_acm_certificate.lab"]["validation_method"] == "DNS"
    assert lab_resources["aws_acm_certificate.lab"]["domain_name"] == "${var.domain_name}"
    record = lab_resources["aws_route53_record.certificate_validation"]
    assert record["zone_id"] == "${data.aws_route53_zone.lab.zone_id}"
    assert "aws_acm_certificate.lab" in record["name"]
    assert lab_resources["aws_acm_certificate_validation.lab"]["validation_record_fqdns"] == [
        "${aws_route53_record.certificate_validation.fqdn}"
    ]
