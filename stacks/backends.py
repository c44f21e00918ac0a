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

from hub_constructs.stack import HubStack


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
        case "cloud":
            CloudBackend(stack, workspaces=_cloud_workspaces(fields), **fields)
        case "remote":
            CdktfRemoteBackend(stack, workspaces=_remote_workspaces(fields), **fields)
        case other:
            raise ValueError(f"unknown backend type {other!r}")


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
