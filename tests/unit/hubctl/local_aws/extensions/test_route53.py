"""Records of a zone, as deployments create and delete them one after the other."""

from typing import Any

import pytest

from hubctl.local_aws.server import LocalAws

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
