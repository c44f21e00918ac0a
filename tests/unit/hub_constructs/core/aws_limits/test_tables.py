"""The tables of AWS's limits: what they accept, what they refuse and with which words, and that they are complete."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import botocore.loaders
import pytest

from hub_constructs.core.aws_limits import domain_names, regions, resource_names
from tests.support.limit_cases import BAD, GOOD, MARKS
from tests.support.waiting import PATIENCE


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in GOOD.items() for text in texts])
def test_what_aws_accepts_is_accepted(kind: str, text: str) -> None:
    """Among them case 09, a punycode top-level domain, and case 10, the region of the European Sovereign Cloud."""
    assert MARKS[kind].problem(text) is None


@pytest.mark.parametrize(
    ("kind", "text", "problem"),
    [(kind, text, problem) for kind, texts in BAD.items() for text, problem in texts.items()],
)
def test_what_aws_refuses_is_refused_and_explained(kind: str, text: str, problem: str) -> None:
    """Among them case 11, a domain over 64 octets, case 14, a region as a zone, and case 15, a name with internal-."""
    assert problem in str(MARKS[kind].problem(text))


def _missing(partition: str) -> list[str]:
    """Return which services of the tables the SDK does not know in a partition.

    Its list of endpoints leaves out services without a region of their own, whose rules name the partition.
    """
    loader = botocore.loaders.Loader()
    listed = next(
        each["services"]
        for each in loader.load_data("endpoints")["partitions"]
        if each["partition"] == partition
    )
    wanted = sorted({*regions.OPTIONAL, *(name for names in regions.NEEDED.values() for name in names)})
    return [
        name
        for name in wanted
        if name not in listed
        and f'"{partition}"' not in json.dumps(loader.load_service_model(name, "endpoint-rule-set-1"))
    ]


def test_regions_and_missing_services_are_those_of_the_sdk(golden: Callable[[str, str], None]) -> None:
    known = botocore.loaders.Loader().load_data("partitions")["partitions"]
    document = {
        "partitions": [
            {
                "name": each["id"],
                "suffix": each["outputs"]["dnsSuffix"],
                "home": each["outputs"]["implicitGlobalRegion"],
                "form": each["regionRegex"],
                "regions": sorted(name for name in each["regions"] if not name.endswith("-global")),
                "missing": _missing(each["id"]),
            }
            for each in known
        ]
    }
    golden("constructs/hub_constructs/core/aws_limits/partitions.json", json.dumps(document, indent=2) + "\n")


def test_every_region_of_the_sdk_has_the_form_of_its_partition() -> None:
    for each in regions.partitions():
        assert each.regions
        assert [regions.partition(name) for name in each.regions] == [each] * len(each.regions)
    usable = [each.name for each in regions.partitions() if not each.isolated]
    assert usable == ["aws", "aws-cn", "aws-eusc", "aws-us-gov"]
    assert set(regions.suffixes()) == {"amazonaws.com", "amazonaws.com.cn", "amazonaws.eu"}


@pytest.mark.parametrize("stack", sorted(regions.NEEDED))
def test_no_partition_that_is_accepted_lacks_what_a_stack_needs(stack: str) -> None:
    """When this fails, the settings have to refuse the partition, or the setting, by name."""
    for each in regions.partitions():
        if not each.isolated:
            assert not set(each.missing) & set(regions.NEEDED[stack]), each.name
    assert regions.lacks("cn-north-1", regions.COGNITO) == "aws-cn"
    assert regions.lacks("us-gov-west-1", regions.COGNITO) is None


@pytest.mark.parametrize(
    ("zone", "region", "problem"),
    [
        ("us-east-1a", "us-east-1", None),
        ("eusc-de-east-1b", "eusc-de-east-1", None),
        ("eu-west-1a", "us-east-1", "lies in eu-west-1, not in us-east-1"),
        ("us-gov-east-1a", "us-east-1", "lies in us-gov-east-1, not in us-east-1"),
        ("us-central-12a", "us-central-1", "lies in us-central-12, not in us-central-1"),
        ("us-east-1", "us-east-1", "is a region"),
        ("us-east-1-bos-1a", "us-east-1", "is a Local Zone"),
    ],
)
def test_a_zone_lies_in_its_region(zone: str, region: str, problem: str | None) -> None:
    """Case 14: a name that merely begins with the region's is not enough."""
    found = regions.explained_zone(zone, region)
    assert found is None if problem is None else problem in str(found)


def test_every_name_made_of_the_setting_is_in_the_table_and_fits(
    synth: Callable[..., dict[str, Any]],
) -> None:
    """Case 15 and its like: a new resource whose name holds the setting needs an entry with AWS's limit."""
    forms = {"access_logs": True, "monitoring": True, "backups": True}
    others = {"launch": "configuration", "instance_policy": "managed", "scaling_policies": "simple"}
    found: dict[str, set[str]] = {}
    for context in (forms, {**forms, **others}, {"profile": "original"}):
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
        for form in made:
            assert len(form) <= longest, f"{kind} {form}: add the longest form to the table"
            for name in GOOD["name"]:
                told = form.format(name)
                assert limit.shortest <= len(told) <= limit.longest
                assert re.fullmatch(limit.characters, told)
                assert not told.startswith(limit.reserved)


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


def test_every_limit_names_aws_documentation() -> None:
    sources = [limit.source for limit in resource_names.LIMITS.values()]
    sources += [rule.source for mark in MARKS.values() for rule in mark.rules]
    assert not [source for source in sources if not source.startswith("https://docs.aws.amazon.com/")]


def test_the_tables_need_neither_cdktf_nor_botocore() -> None:
    code = "import sys, stacks.settings.loading; print([name for name in ('cdktf', 'botocore', 'boto3') if name in sys.modules])"
    finished = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:0] = {sys.path!r}; {code}"],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    assert finished.stdout.strip() == "[]"
