"""The hub's public name: ``notebooks.DOMAIN`` in the domain's hosted zone (B14)."""

from dataclasses import dataclass

from cdktf_cdktf_provider_aws.data_aws_route53_zone import DataAwsRoute53Zone
from cdktf_cdktf_provider_aws.route53_record import Route53Record
from constructs import Construct

from hub_constructs.addresses import at


@dataclass(frozen=True, kw_only=True)
class HubRecordProps:
    """``domain`` is a public hosted zone of the account; ``address`` the public IPv4 address of the hub leader.

    ``users``: the names below the hub's lead there too. They do so whatever is set and whichever certificate there is:
    servers that run keep their names when users' domains are switched off.
    """

    domain: str
    hostname: str
    address: str
    ttl_seconds: int
    users: bool = False


class HubRecord(Construct):
    """The A record of the hub, and that of its users' own domains."""

    def __init__(self, scope: Construct, id_: str, props: HubRecordProps) -> None:
        super().__init__(scope, id_)
        self.zone = at(DataAwsRoute53Zone(self, "zone", name=props.domain, private_zone=False), "primary")
        self.record = at(
            Route53Record(
                self,
                "record",
                zone_id=self.zone.zone_id,
                name=props.hostname,
                type="A",
                ttl=props.ttl_seconds,
                records=[props.address],
            ),
            "maphub_nb_cname_record",
        )
        if props.users:
            at(
                Route53Record(
                    self,
                    "users",
                    zone_id=self.zone.zone_id,
                    name=f"*.{props.hostname}",
                    type="A",
                    ttl=props.ttl_seconds,
                    records=[props.address],
                ),
                "hub_users",
            )
