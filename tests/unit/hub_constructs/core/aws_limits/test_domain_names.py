"""All names that are made from a domain fit into DNS."""

import json
import re
from collections.abc import Callable
from typing import Any

from hub_constructs.core.aws_limits import domain_names


def test_all_names_below_the_hubs_domain_fit_into_dns(synth: Callable[..., dict[str, Any]]) -> None:
    """Case 11 for chef-hub, whose certificates are not of ACM: the names that are made of the domain are what counts."""
    domain = "d" * domain_names.BELOW_LONGEST
    text = json.dumps(synth("chef-hub")["resource"]).replace("${var.target_domain}", domain)
    names = set(re.findall(rf"[A-Za-z0-9_.*-]*{domain}", text))
    assert {name.removesuffix(domain) for name in names} >= {
        "notebooks.",
        "*.notebooks.",
        "local.",
        "chef_svc.local.",
    }
    assert max(map(len, names)) <= domain_names.LONGEST
    user = "u" * domain_names.LONGEST_LABEL
    assert len(f"{user}.notebooks.{domain}") == domain_names.LONGEST
