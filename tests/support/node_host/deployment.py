"""A deployment of chef-hub in the local AWS, without its machines: what the stack would have prepared for them."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hub_constructs.chef_hub.node_contract import NodeKind, launch_attributes
from hubctl.trial.aws.server import LocalAws
from tests.support.aws_cli.preloaded import PreloadedAwsCli
from tests.support.node_host.aws_gate import AwsGate
from tests.support.node_host.host import NodeHost


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """One deployment in the local AWS: its parameter prefix and its Cloud Map services."""

    aws: LocalAws
    contract: dict[str, Any]
    gate: AwsGate
    aws_cli: PreloadedAwsCli
    folder: Path

    @property
    def prefix(self) -> str:
        prefix: str = self.contract["chef_hub"]["parameter_prefix"]
        return prefix

    def host(self, kind: str, **settings: Any) -> NodeHost:
        contract = {"chef_hub": {**self.contract["chef_hub"], "node_kind": kind}}
        folder = self.folder / settings.get("instance", kind)
        return NodeHost(
            folder=folder, gate=self.gate, aws_cli=self.aws_cli, kind=kind, contract=contract, **settings
        )

    def launch_attributes(self, kind: NodeKind) -> dict[str, Any]:
        """Return what the launch data of profile `recommended` tells a node of this deployment."""
        return {"chef_hub": {**launch_attributes(kind), "parameter_prefix": self.prefix}}

    def parameters(self) -> dict[str, dict[str, Any]]:
        """Return all parameters of this deployment, by the path below its prefix."""
        pages = self.aws.client("ssm").get_paginator("get_parameters_by_path")
        found = pages.paginate(Path=self.prefix, Recursive=True, WithDecryption=True)
        return {p["Name"].removeprefix(f"{self.prefix}/"): p for page in found for p in page["Parameters"]}

    def status(self, node: str) -> dict[str, Any]:
        status: dict[str, Any] = json.loads(self.parameters()[f"{node}/status"]["Value"])
        return status

    def put(self, name: str, value: str, *, secret: bool = False) -> None:
        self.aws.client("ssm").put_parameter(
            Name=f"{self.prefix}/{name}",
            Value=value,
            Type="SecureString" if secret else "String",
            Overwrite=True,
        )

    def publish_server(self, instance: str = "i-0server") -> None:
        """Publish what a Chef Server publishes."""
        address = "10.30.0.5"
        fact = {
            "ready": True,
            "url": "https://chef.example.test/organizations/chef-hub",
            "instance": instance,
            "address": address,
        }
        self.put("chef_server/fact", json.dumps(fact))
        self.put("chef_server/certificate", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n")
        self.put(
            "chef_server/admin_key",
            "-----BEGIN PRIVATE KEY-----\nadmin-key-secret\n-----END PRIVATE KEY-----\n",
            secret=True,
        )
        self.put(
            "chef_server/validator_key",
            "-----BEGIN PRIVATE KEY-----\nvalidator-key-secret\n-----END PRIVATE KEY-----\n",
            secret=True,
        )
        self.aws.client("servicediscovery").register_instance(
            ServiceId=self.contract["chef_hub"]["services"]["chef_server"]["id"],
            InstanceId=instance,
            Attributes={"AWS_INSTANCE_IPV4": address},
        )

    def publish_live(self, version: str = "v1", instance: str = "i-0server") -> None:
        """Publish what a Workstation publishes."""
        self.put("cookbooks/live", json.dumps({"version": version, "chef_server": instance}))
