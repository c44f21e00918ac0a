"""Facts that nodes and operators read from SSM: where the Chef Server and the shared files are. No secrets (B7, B9)."""

from dataclasses import dataclass

from cdktf_cdktf_provider_aws.ssm_document import SsmDocument
from cdktf_cdktf_provider_aws.ssm_parameter import SsmParameter
from constructs import Construct

from hub_constructs.addresses import at

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


@dataclass(frozen=True, kw_only=True)
class PublishedFactsProps:
    """``chef_server_config`` is Ruby for chef-server.rb; the others are a private DNS name and two addresses."""

    chef_server_config: str
    chef_server_dns: str
    chef_server_ip: str
    nfs_mount_ip: str


class PublishedFacts(Construct):
    """Four parameters, and the document that waits for an instance's first boot."""

    def __init__(self, scope: Construct, id_: str, props: PublishedFactsProps) -> None:
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
