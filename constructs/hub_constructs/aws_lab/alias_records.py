"""The lab's name in the hosted zone: alias records to the load balancer (A2)."""

from dataclasses import dataclass

from cdktf_cdktf_provider_aws.lb import Lb
from cdktf_cdktf_provider_aws.route53_record import Route53Record, Route53RecordAlias
from constructs import Construct

from hub_constructs.addresses import at


@dataclass(frozen=True, kw_only=True)
class AliasRecordsProps:
    """The domain, the hosted zone's id, and the balancer that answers."""

    domain: str
    zone_id: str
    balancer: Lb
    ipv6: bool


class AliasRecords(Construct):
    """An A record, and an AAAA record where the balancer has IPv6 addresses."""

    def __init__(self, scope: Construct, id_: str, props: AliasRecordsProps) -> None:
        super().__init__(scope, id_)
        self.ipv4 = self._record("lab", "A", props)
        self.ipv6 = self._record("lab_ipv6", "AAAA", props) if props.ipv6 else None

    def _record(self, address: str, kind: str, props: AliasRecordsProps) -> Route53Record:
        alias = Route53RecordAlias(
            name=props.balancer.dns_name, zone_id=props.balancer.zone_id, evaluate_target_health=True
        )
        return at(
            Route53Record(self, address, zone_id=props.zone_id, name=props.domain, type=kind, alias=alias),
            address,
        )
