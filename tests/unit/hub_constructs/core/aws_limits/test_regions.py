"""Regions, zones and partitions are the SDK's, and the partitions that are accepted have what the stacks need."""

import json
from collections.abc import Callable

import botocore.loaders
import pytest

from hub_constructs.core.aws_limits import regions

# What each stack needs, by the SDK's names of the services' endpoints
_BOTH = ("ec2", "autoscaling", "iam", "sts", "ssm", "s3", "elasticfilesystem", "route53")
_MONITORING = ("monitoring", "logs", "sns", "kms", "backup")
NEEDED_SERVICES = {
    "aws-lab": (*_BOTH, *_MONITORING, "elasticloadbalancing", "acm"),
    "chef-hub": (*_BOTH, *_MONITORING, "servicediscovery", "api.ecr"),
}


def test_regions_and_missing_services_are_those_of_the_sdk(golden: Callable[[str, str], None]) -> None:
    known = botocore.loaders.Loader().load_data("partitions")["partitions"]
    document = {
        "partitions": [
            {
                "name": each["id"],
                "suffix": each["outputs"]["dnsSuffix"],
                "home": each["outputs"]["implicitGlobalRegion"],
                "region_pattern": each["regionRegex"],
                "regions": sorted(name for name in each["regions"] if not name.endswith("-global")),
                "missing": _missing(each["id"]),
            }
            for each in known
        ]
    }
    golden("constructs/hub_constructs/core/aws_limits/partitions.json", json.dumps(document, indent=2) + "\n")


def _missing(partition: str) -> list[str]:
    """Return which services of the tables the SDK does not know in a partition.

    Its list of endpoints leaves out global services, whose rules name the partition.
    """
    loader = botocore.loaders.Loader()
    listed = next(
        each["services"]
        for each in loader.load_data("endpoints")["partitions"]
        if each["partition"] == partition
    )
    wanted = sorted({regions.COGNITO, *(name for names in NEEDED_SERVICES.values() for name in names)})
    return [
        name
        for name in wanted
        if name not in listed
        and f'"{partition}"' not in json.dumps(loader.load_service_model(name, "endpoint-rule-set-1"))
    ]


def test_every_region_of_the_sdk_has_a_name_of_its_partition() -> None:
    for each in regions.partitions():
        assert each.regions
        assert [regions.partition(name) for name in each.regions] == [each] * len(each.regions)
    usable = [each.name for each in regions.partitions() if not each.isolated]
    assert usable == ["aws", "aws-cn", "aws-eusc", "aws-us-gov"]
    assert set(regions.suffixes()) == {"amazonaws.com", "amazonaws.com.cn", "amazonaws.eu"}


@pytest.mark.parametrize("stack", sorted(NEEDED_SERVICES))
def test_no_partition_that_is_accepted_lacks_what_a_stack_needs(stack: str) -> None:
    """When this fails, the settings have to refuse the partition, or the setting, by name."""
    for each in regions.partitions():
        if not each.isolated:
            assert not set(each.missing) & set(NEEDED_SERVICES[stack]), each.name
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
