"""What tests of the doctor's hosted zone ask: the check on each stack."""

from collections.abc import Callable
from typing import Any

from hubctl.doctor.examination import Finding

Look = Callable[..., list[Finding]]
Zone = Callable[..., str]


def lab(look: Look, domain: str, zone_name: str, **given: Any) -> list[Finding]:
    return look("hosted-zone", "aws-lab", domain_name=domain, hosted_zone=zone_name, **given)


def hub(look: Look, zone_name: str, **given: Any) -> list[Finding]:
    return look("hosted-zone", "chef-hub", target_domain=zone_name, **given)
