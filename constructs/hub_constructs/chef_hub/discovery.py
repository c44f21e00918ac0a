"""How the nodes find each other and their settings, without any secret.

Cloud Map names the Chef Server and the leader of the Swarm. Parameters in SSM say where the Chef Server and the shared
files are, for nodes and operators. The contract is a parameter too: by it changed settings reach nodes that run
already, whose user data stays as it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from cdktf import Fn, Op, Precondition, TerraformLocal, TerraformResourceLifecycle
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
from cdktf_cdktf_provider_aws.ssm_document import SsmDocument
from cdktf_cdktf_provider_aws.ssm_parameter import SsmParameter
from constructs import Construct

from hub_constructs.chef_hub.node_contract import (
    CONTRACT_PARAMETER,
    PARAMETER_PREFIX,
    SPARE_WINDOWS_PARAMETER,
)
from hub_constructs.core.addresses import at

CHEF_SERVICE = "chef_svc"
SWARM_SERVICE = "swarm_svc"
# Address of the resource → name of the parameter
PARAMETER_NAMES = {
    "chef_server_cfg": "chef_server_config",
    "chef_server_dns": "chef_server_dns",
    "chef_server_ip": "chef_server_ip",
    "nfs_mount_ip": "nfs_mount_ip",
}
WAIT_FOR_CLOUD_INIT = """\
schemaVersion: "2.2"
description: Wait until the first boot of an instance is finished, and fail when it failed.
mainSteps:
  - action: aws:runShellScript
    name: WaitForCloudInit
    inputs:
      timeoutSeconds: "1800"
      runCommand:
        - cloud-init status --wait --long
"""
# https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html
LIMIT_CHARACTERS = 8192


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


@dataclass(frozen=True, kw_only=True)
class PublishedParametersProps:
    """``chef_server_config`` is Ruby for chef-server.rb; the others are a private DNS name and two addresses."""

    chef_server_config: str
    chef_server_dns: str
    chef_server_ip: str
    nfs_mount_ip: str


class PublishedParameters(Construct):
    """Four parameters, and the document that waits for an instance's first boot."""

    def __init__(self, scope: Construct, id_: str, props: PublishedParametersProps) -> None:
        super().__init__(scope, id_)
        values = {
            "chef_server_cfg": props.chef_server_config,
            "chef_server_dns": props.chef_server_dns,
            "chef_server_ip": props.chef_server_ip,
            "nfs_mount_ip": props.nfs_mount_ip,
        }
        self.parameters = {
            address: at(
                SsmParameter(self, address, name=PARAMETER_NAMES[address], type="String", value=value),
                address,
            )
            for address, value in values.items()
        }
        self.document = at(
            SsmDocument(
                self,
                "cloud-init-wait",
                name="cloud-init-wait",
                document_type="Command",
                document_format="YAML",
                content=WAIT_FOR_CLOUD_INIT,
            ),
            "cloud_init_wait",
        )


def chef_server_config(host_name: str) -> str:
    """Return what stands in chef-server.rb; the server makes its keys and passwords itself."""
    return "\n".join(
        [
            f'api_fqdn "{host_name}"',
            f'nginx["server_name"] = "{host_name}"',
            'nginx["ssl_protocols"] = "TLSv1.2 TLSv1.3"',
            "nginx['enable_non_ssl'] = false",
            "",
        ]
    ).replace("'", '"')


class PublishedContract(Construct):
    """One plain parameter, as the contract holds no secret. SSM makes it an advanced one only above 4 KB."""

    def __init__(self, scope: Construct, id_: str, contract: str) -> None:
        super().__init__(scope, id_)
        self.parameter = at(
            SsmParameter(
                self,
                "parameter",
                name=f"{PARAMETER_PREFIX}/{CONTRACT_PARAMETER}",
                description="what every node of the hub is told; nodes read it before each converge",
                type="String",
                tier="Intelligent-Tiering",
                value=contract,
                lifecycle=TerraformResourceLifecycle(
                    precondition=[
                        Precondition(
                            condition=Op.lte(Fn.length_of(contract), LIMIT_CHARACTERS),
                            error_message=(
                                f"The settings of the hub take more than the {LIMIT_CHARACTERS} characters of an"
                                " SSM parameter: let groups in (hub_login_allowed_groups) instead of users one by one."
                            ),
                        )
                    ]
                ),
            ),
            "node_contract",
        )


class PublishedSpareWindows(Construct):
    """When the timetable wants spare places, in a parameter that the hub itself reads again and again.

    It is not a part of the contract: a changed contract restarts the hub, and a timetable may change during a class.
    """

    def __init__(self, scope: Construct, id_: str, rows: Sequence[Sequence[object]], *, file: str) -> None:
        super().__init__(scope, id_)
        at(TerraformLocal(self, "rows", [list(row) for row in rows]), "spare_windows")
        value = "jsonencode(local.spare_windows)"
        self.parameter = at(
            SsmParameter(
                self,
                "parameter",
                name=f"{PARAMETER_PREFIX}/{SPARE_WINDOWS_PARAMETER}",
                description="when the hub keeps more places free: start, minutes, weeks, places",
                type="String",
                tier="Intelligent-Tiering",
                value=f"${{{value}}}",
                lifecycle=TerraformResourceLifecycle(
                    precondition=[
                        Precondition(
                            condition=f"${{length({value}) <= {LIMIT_CHARACTERS}}}",
                            error_message=(
                                f"timetable = {file}: the times at which its classes want spare places take"
                                f" ${{length({value})}} characters, more than the {LIMIT_CHARACTERS} of an SSM parameter."
                                " Take past terms out, and later ones until they are near, or let classes that meet at"
                                " once begin and end together."
                            ),
                        )
                    ]
                ),
            ),
            "spare_windows",
        )
