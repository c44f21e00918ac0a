"""Cloud Map: how nodes find the Chef Server and the Swarm's leader by name (B7, B9, B12)."""

from dataclasses import dataclass

from cdktf_cdktf_provider_aws.service_discovery_instance import ServiceDiscoveryInstance
from cdktf_cdktf_provider_aws.service_discovery_private_dns_namespace import (
    ServiceDiscoveryPrivateDnsNamespace,
)
from cdktf_cdktf_provider_aws.service_discovery_service import (
    ServiceDiscoveryService,
    ServiceDiscoveryServiceDnsConfig,
    ServiceDiscoveryServiceDnsConfigDnsRecords,
    ServiceDiscoveryServiceHealthCheckCustomConfig,
)
from constructs import Construct

from hub_constructs.addresses import at

CHEF_SERVICE = "chef_svc"
SWARM_SERVICE = "swarm_svc"


@dataclass(frozen=True, kw_only=True)
class DiscoveryProps:
    """``ttl_seconds`` is the life of a DNS answer; ``force_destroy`` lets a destroy remove what nodes registered."""

    namespace: str
    vpc_id: str
    ttl_seconds: int
    force_destroy: bool


class Discovery(Construct):
    """A private DNS namespace with one service for the Chef Server and one for the Swarm's leader."""

    def __init__(self, scope: Construct, id_: str, props: DiscoveryProps) -> None:
        super().__init__(scope, id_)
        self._props = props
        self.namespace = at(
            ServiceDiscoveryPrivateDnsNamespace(self, "namespace", name=props.namespace, vpc=props.vpc_id),
            "internal",
        )
        self.chef = self._service(CHEF_SERVICE)
        self.swarm = self._service(SWARM_SERVICE)

    def register(self, *, chef_server_ip: str, swarm_leader_ip: str) -> None:
        """Register the private addresses of the two nodes that others look for."""
        self.chef_instance = self._instance("chef_svc_master", self.chef, chef_server_ip)
        self.swarm_instance = self._instance("swarm_svc_master", self.swarm, swarm_leader_ip)

    def _service(self, name: str) -> ServiceDiscoveryService:
        return at(
            ServiceDiscoveryService(
                self,
                name,
                name=name,
                dns_config=ServiceDiscoveryServiceDnsConfig(
                    namespace_id=self.namespace.id,
                    routing_policy="MULTIVALUE",
                    dns_records=[
                        ServiceDiscoveryServiceDnsConfigDnsRecords(type="A", ttl=self._props.ttl_seconds)
                    ],
                ),
                health_check_custom_config=ServiceDiscoveryServiceHealthCheckCustomConfig(
                    failure_threshold=1
                ),
                force_destroy=self._props.force_destroy,
            ),
            name,
        )

    def _instance(self, name: str, service: ServiceDiscoveryService, ip: str) -> ServiceDiscoveryInstance:
        return at(
            ServiceDiscoveryInstance(
                self,
                name,
                instance_id=name,
                service_id=service.id,
                attributes={"AWS_INSTANCE_IPV4": ip},
            ),
            name,
        )
