"""User data: a prelude that tells the node its contract or where it is, then the strict shell of that kind of node.

Where the contract is published (:mod:`hub_constructs.chef_hub.published_contract`), launch data holds only what never
changes in the life of a deployment. So a changed setting makes no new version of the launch template.
The scripts travel as Terraform assets in the stack's folder, so that a copy of the folder is whole.
"""

from pathlib import Path

from cdktf import AssetType, Fn, TerraformAsset, TerraformLocal
from constructs import Construct

from hub_constructs.addresses import at
from hub_constructs.chef_hub.node_contract import NodeContract
from hub_constructs.chef_hub.node_kinds import NodeKind, told_at_launch

SCRIPTS_FOLDER = Path(__file__).resolve().parent / "bootstrap"
# Each kind's scripts, in the order in which they stand in its user data
SCRIPTS: dict[NodeKind, tuple[str, ...]] = {
    "chef_server": ("common.sh", "facts.sh", "chef_server.sh"),
    "workstation": ("common.sh", "facts.sh", "chef_workstation.sh"),
    "hub_leader": ("common.sh", "facts.sh", "chef_client.sh", "hub_leader.sh"),
    "worker": ("common.sh", "facts.sh", "chef_client.sh", "hub_worker.sh"),
}
# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html: in raw form, before base64
LIMIT_BYTES = 16384

# What stands around the contract, base64 encoded: a file that only root reads
BEFORE_CONTRACT = """\
#!/usr/bin/env bash
# Written by Terraform. First what says which deployment this node belongs to.
set -euo pipefail
install -d -m 0755 /etc/chef-hub
( umask 077 && base64 -d >/etc/chef-hub/contract.json.new <<'CONTRACT'"""
AFTER_CONTRACT = """\
CONTRACT
)
cmp -s /etc/chef-hub/contract.json.new /etc/chef-hub/contract.json && rm /etc/chef-hub/contract.json.new ||
  mv /etc/chef-hub/contract.json.new /etc/chef-hub/contract.json
"""


class UserData(Construct):
    """The scripts as assets, the contract as a local value, and the user data made of them."""

    def __init__(self, scope: Construct, id_: str, contract: NodeContract, *, published: bool) -> None:
        """Tell nodes where ``contract`` is ``published``, or else all of it."""
        super().__init__(scope, id_)
        self._published = published
        names = sorted({name for scripts in SCRIPTS.values() for name in scripts})
        self._paths = {
            name: TerraformAsset(self, name, path=str(SCRIPTS_FOLDER / name), type=AssetType.FILE).path
            for name in names
        }
        self._attributes = at(TerraformLocal(self, "contract", contract.attributes()), "node_contract")

    @property
    def contract(self) -> str:
        """The expression of the contract that all kinds share, as JSON: the document without ``node_kind``."""
        return Fn.jsonencode({"chef_hub": self._attributes.as_any_map})

    def compressed(self, kind: NodeKind) -> str:
        """Return the expression of gzipped, base64 encoded user data for a node of ``kind``."""
        attributes = (
            told_at_launch(kind)
            if self._published
            else Fn.merge([self._attributes.as_any_map, {"node_kind": kind}])
        )
        encoded = Fn.base64encode(Fn.jsonencode({"chef_hub": attributes}))
        scripts = [Fn.file(self._paths[name]) for name in SCRIPTS[kind]]
        return Fn.base64gzip(Fn.join("\n", [BEFORE_CONTRACT, encoded, AFTER_CONTRACT, *scripts]))
