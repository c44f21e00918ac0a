"""EFS: replication overwrite protection, backup policy, throughput changes, settings that moto leaves out."""

import json
from typing import Any

from moto.efs import urls
from moto.efs.models import FileSystem
from moto.efs.responses import TYPE_RESPONSE, EFSResponse

from hubctl.trial.aws.extensions.patching import add, replace_property, wrap

_JSON = {"Content-Type": "application/json"}
urls.url_paths["/2015-02-01/file-systems/<file_system_id>/protection"] = urls.response.dispatch


@wrap(FileSystem)
def info_json(original: Any, self: FileSystem) -> dict[str, Any]:
    """Describe the file system with its protection and without settings that it does not have."""
    described: dict[str, Any] = original(self)
    described["FileSystemProtection"] = {
        "ReplicationOverwriteProtection": getattr(self, "_overwrite_protection", "ENABLED")
    }
    # Provisioned throughput exists in one mode only; EFS leaves the member out in the others.
    return {name: value for name, value in described.items() if value is not None}


@replace_property(FileSystem)
def backup_policy(self: FileSystem) -> dict[str, str] | None:
    """Return the policy that was put; before that, backups are on for file systems of one zone only."""
    status = getattr(self, "_backup_status", "ENABLED" if self._backup else None)
    return {"Status": status} if status else None


def _file_system(response: EFSResponse) -> Any:
    """Return the file system of the request; an unknown id is the error that EFS gives."""
    file_system_id = response._get_param("FileSystemId")
    _, found = response.efs_backend.describe_file_systems(file_system_id=file_system_id)
    return found[0]


@add(EFSResponse)
def update_file_system_protection(self: EFSResponse) -> TYPE_RESPONSE:
    """Answer UpdateFileSystemProtection."""
    target = _file_system(self)
    target._overwrite_protection = self._get_param("ReplicationOverwriteProtection")
    return json.dumps(target.info_json()["FileSystemProtection"]), dict(_JSON)


@add(EFSResponse)
def put_backup_policy(self: EFSResponse) -> TYPE_RESPONSE:
    """Answer PutBackupPolicy."""
    target = _file_system(self)
    status = self._get_param("BackupPolicy")["Status"]
    target._backup_status = status
    return json.dumps({"BackupPolicy": {"Status": status}}), dict(_JSON)


@add(EFSResponse)
def delete_file_system_policy(self: EFSResponse) -> TYPE_RESPONSE:
    """Answer DeleteFileSystemPolicy."""
    _file_system(self).file_system_policy = None
    return json.dumps({}), dict(_JSON)


@add(EFSResponse)
def update_file_system(self: EFSResponse) -> TYPE_RESPONSE:
    """Answer UpdateFileSystem, which changes the throughput mode."""
    target = _file_system(self)
    target.throughput_mode = self._get_param("ThroughputMode") or target.throughput_mode
    provisioned = self._get_param("ProvisionedThroughputInMibps")
    if provisioned is not None:
        target.provisioned_throughput_in_mibps = provisioned
    return json.dumps(target.info_json()), {**_JSON, "status": 202}
