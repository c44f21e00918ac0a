"""Every name that is made from the setting ``name`` is in the table, and is as AWS allows it."""

import re
from collections.abc import Callable
from typing import Any

from hub_constructs.core.aws_limits import resource_names
from tests.support.limit_cases import GOOD


def test_every_name_made_of_the_setting_is_in_the_table_and_fits(
    synth: Callable[..., dict[str, Any]],
) -> None:
    """Case 15 and its like: a new resource whose name holds the setting needs an entry with AWS's limit."""
    parts = {"access_logs": True, "monitoring": True, "backups": True}
    others = {"launch": "configuration", "instance_policy": "managed", "scaling_policies": "simple"}
    found: dict[str, set[str]] = {}
    for context in (parts, {**parts, **others}, {"profile": "original"}):
        for kind, resources in synth("aws-lab", **context)["resource"].items():
            for resource in resources.values():
                for attribute, value in resource.items():
                    if isinstance(value, str) and re.fullmatch(r"[\w/.-]*\$\{var\.name\}[\w/.-]*", value):
                        assert attribute == resource_names.LIMITS[kind].attribute, (kind, attribute)
                        found.setdefault(kind, set()).add(value.replace("${var.name}", "{}"))
    assert set(found) == set(resource_names.NAMED)
    for kind, made in found.items():
        limit, longest = resource_names.LIMITS[kind], max(map(len, resource_names.NAMED[kind]))
        assert set(resource_names.NAMED[kind]) <= made
        for pattern in made:
            assert len(pattern) <= longest, f"{kind} {pattern}: add the longest name to the table"
            for name in GOOD["name"]:
                made_name = pattern.format(name)
                assert limit.shortest <= len(made_name) <= limit.longest
                assert re.fullmatch(limit.characters, made_name)
                assert not made_name.startswith(limit.reserved)
