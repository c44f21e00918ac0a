"""Turns a backend's settings into the stack's ``terraform`` block."""

from typing import Any

from cdktf import (
    CloudBackend,
    LocalBackend,
    NamedCloudWorkspace,
    NamedRemoteWorkspace,
    PrefixedRemoteWorkspaces,
    S3Backend,
    TaggedCloudWorkspaces,
)
from cdktf import RemoteBackend as CdktfRemoteBackend

from hub_constructs.core.aws_limits import regions
from hub_constructs.core.stack import HubStack

# `terraform init` of 1.11.4 says "Invalid region value" of them, and of no other that the SDK knows outside isolated ones.
_NEWER_REGIONS = {"ap-east-2", "ap-southeast-6", "eusc-de-east-1", "me-west-1", "sa-west-1"}


def configure_backend(stack: HubStack, backend: dict[str, Any]) -> None:
    """Give ``stack`` the backend of ``BackendsByStack.for_stack``.

    The local state lies in the synthesized folder unless a path is given: an absolute path, CDKTF's own default,
    would tie the folder to one machine.
    """
    fields = {key: value for key, value in backend.items() if key != "type"}
    match backend["type"]:
        case "local":
            LocalBackend(stack, path=fields.get("path", "terraform.tfstate"))
        case "s3":
            lockfile = fields.pop("use_lockfile")
            S3Backend(stack, **fields)
            stack.add_override("terraform.backend.s3.use_lockfile", lockfile)
            for key, value in _newer_than_terraform(fields["region"]).items():
                stack.add_override(f"terraform.backend.s3.{key}", value)
        case "cloud":
            CloudBackend(stack, workspaces=_cloud_workspaces(fields), **fields)
        case "remote":
            CdktfRemoteBackend(stack, workspaces=_remote_workspaces(fields), **fields)
        case other:
            raise ValueError(f"unknown backend type {other!r}")


def _newer_than_terraform(region: str) -> dict[str, Any]:
    """Return what the S3 backend needs for a region that Terraform 1.11 does not know.

    Nothing for the others: a backend that changes asks for ``terraform init -reconfigure``. The European Sovereign
    Cloud has other hosts, which that Terraform looks for under ``amazonaws.com``.
    """
    if region in regions.known_regions() - _NEWER_REGIONS:
        return {}
    arguments: dict[str, Any] = {"skip_region_validation": True}
    inside = regions.partition(region)
    if inside is not None and inside.name == "aws-eusc":
        arguments["endpoints"] = {
            service: f"https://{service}.{region}.{inside.suffix}"
            for service in ("dynamodb", "iam", "s3", "sts")
        }
    return arguments


def _cloud_workspaces(fields: dict[str, Any]) -> NamedCloudWorkspace | TaggedCloudWorkspaces:
    project = fields.pop("project", None)
    tags = fields.pop("tags", None)
    if tags is not None:
        return TaggedCloudWorkspaces(tags, project)
    return NamedCloudWorkspace(fields.pop("workspace"), project)


def _remote_workspaces(fields: dict[str, Any]) -> NamedRemoteWorkspace | PrefixedRemoteWorkspaces:
    prefix = fields.pop("prefix", None)
    if prefix is not None:
        return PrefixedRemoteWorkspaces(prefix=prefix)
    return NamedRemoteWorkspace(name=fields.pop("workspace"))
