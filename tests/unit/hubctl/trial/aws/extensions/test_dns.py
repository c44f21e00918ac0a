"""Records of a zone as deployments create and delete them, and namespaces of Cloud Map with their zones."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from hubctl.trial.aws.server import LocalAws

ALIAS = {"HostedZoneId": "Z35SXDOTRQ7X7K", "DNSName": "lb.example.test", "EvaluateTargetHealth": True}


@pytest.fixture
def change(aws: LocalAws) -> Any:
    route53 = aws.client("route53")
    zone = route53.create_hosted_zone(Name="again.example.test", CallerReference="again")["HostedZone"]["Id"]

    def changed(action: str, **record: Any) -> None:
        named = {"Name": "hub.again.example.test", "Type": "A", **record}
        batch = {"Changes": [{"Action": action, "ResourceRecordSet": named}]}
        route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=batch)

    yield changed
    route53.delete_hosted_zone(Id=zone)


@pytest.mark.parametrize(
    "record",
    [{"AliasTarget": ALIAS}, {"TTL": 60, "ResourceRecords": [{"Value": "192.0.2.1"}]}],
    ids=["alias", "a"],
)
def test_a_deleted_record_can_be_created_again_and_one_that_is_there_cannot(
    change: Any, record: dict[str, Any]
) -> None:
    for _ in range(2):
        change("CREATE", **record)
        with pytest.raises(Exception, match="already exists"):
            change("CREATE", **record)
        change("DELETE", **record)


def test_a_second_deletion_is_told_that_the_record_was_not_found(change: Any) -> None:
    change("CREATE", AliasTarget=ALIAS)
    change("DELETE", AliasTarget=ALIAS)
    with pytest.raises(
        ClientError, match=r"name='hub.again.example.test.', type='A'] but it was not found"
    ) as no:
        change("DELETE", AliasTarget=ALIAS)
    assert (
        no.value.response["Error"]["Code"] == "InvalidChangeBatch"
    )  # Terraform's provider takes it for gone


@pytest.mark.parametrize(
    ("record", "other"),
    [
        ({"AliasTarget": ALIAS}, {"AliasTarget": {**ALIAS, "DNSName": "other.example.test"}}),
        ({"TTL": 60, "ResourceRecords": [{"Value": "192.0.2.1"}]}, {"AliasTarget": ALIAS}),
        (
            {"TTL": 60, "ResourceRecords": [{"Value": "192.0.2.1"}]},
            {"TTL": 61, "ResourceRecords": [{"Value": "192.0.2.1"}]},
        ),
        (
            {"TTL": 60, "ResourceRecords": [{"Value": "192.0.2.1"}]},
            {"TTL": 60, "ResourceRecords": [{"Value": "192.0.2.2"}]},
        ),
    ],
    ids=["target", "kind", "ttl", "value"],
)
def test_a_deletion_repeats_the_values_of_the_record(
    change: Any, record: dict[str, Any], other: dict[str, Any]
) -> None:
    change("CREATE", **record)
    with pytest.raises(ClientError, match="do not match the current values"):
        change("DELETE", **other)
    change("DELETE", **record)


def test_a_record_that_is_replaced_is_deleted_by_its_new_values(change: Any) -> None:
    old, new = ({"TTL": 60, "ResourceRecords": [{"Value": f"192.0.2.{last}"}]} for last in (1, 2))
    change("CREATE", **old)
    change("UPSERT", **new)
    with pytest.raises(ClientError, match="do not match the current values"):
        change("DELETE", **old)
    change("DELETE", **new)


def test_an_instance_that_registers_again_is_updated(aws: LocalAws) -> None:
    discovery = aws.client("servicediscovery")
    discovery.create_http_namespace(Name="again.example.test")
    (namespace,) = [n for n in discovery.list_namespaces()["Namespaces"] if n["Name"] == "again.example.test"]
    service = discovery.create_service(Name="leader", NamespaceId=namespace["Id"])["Service"]["Id"]
    for address in ("10.30.0.10", "10.30.0.99"):
        discovery.register_instance(
            ServiceId=service, InstanceId="leader", Attributes={"AWS_INSTANCE_IPV4": address}
        )
    (instance,) = discovery.list_instances(ServiceId=service)["Instances"]
    assert instance["Attributes"] == {"AWS_INSTANCE_IPV4": "10.30.0.99"}


def test_a_namespace_takes_its_hosted_zone_with_it(aws: LocalAws) -> None:
    discovery, route53 = aws.client("servicediscovery"), aws.client("route53")
    before = {zone["Name"] for zone in route53.list_hosted_zones()["HostedZones"]}
    vpc = aws.client("ec2").describe_vpcs()["Vpcs"][0]["VpcId"]
    discovery.create_private_dns_namespace(Name="leftovers.test", Vpc=vpc)
    (namespace,) = [n for n in discovery.list_namespaces()["Namespaces"] if n["Name"] == "leftovers.test"]
    assert {zone["Name"] for zone in route53.list_hosted_zones()["HostedZones"]} > before
    discovery.delete_namespace(Id=namespace["Id"])
    assert {zone["Name"] for zone in route53.list_hosted_zones()["HostedZones"]} == before
