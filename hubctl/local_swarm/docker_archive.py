"""A folder as an image file for ``docker load``, without an engine.

Format: https://github.com/moby/docker-image-spec (v1.2), one layer.
"""

import hashlib
import json
import subprocess
import tarfile
from pathlib import Path

from hubctl.errors import HubctlError

_ENVIRONMENT = [
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "LANG=C.UTF-8",
    "PYTHONUNBUFFERED=1",
]


def write_archive(root: Path, target: Path, *, names: tuple[str, ...], scratch: Path) -> None:
    """Pack ``root`` into the image file ``target`` under all ``names``; ``scratch`` takes what is in between."""
    layer = scratch / "layer.tar"
    _pack(root, layer)
    config = scratch / "config.json"
    config.write_text(json.dumps(_config(_sha256(layer))), encoding="utf-8")
    manifest = scratch / "manifest.json"
    entry = {"Config": "config.json", "RepoTags": list(names), "Layers": ["layer.tar"]}
    manifest.write_text(json.dumps([entry]), encoding="utf-8")
    with tarfile.open(target, "w") as archive:
        for file in (manifest, config, layer):
            archive.add(file, arcname=file.name)
    layer.unlink()


def _pack(root: Path, layer: Path) -> None:
    # tar itself knows hard links, extended attributes and devices best.
    command = [
        "tar",
        "--create",
        "--numeric-owner",
        "--xattrs",
        "--sort=name",
        f"--file={layer}",
        "-C",
        str(root),
        ".",
    ]
    finished = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    if finished.returncode:
        raise HubctlError(
            f"the image cannot be packed: {finished.stderr.strip()}",
            remedy="Make room on the disk, then try again.",
        )


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _config(layer_digest: str) -> dict[str, object]:
    return {
        "architecture": "amd64",
        "os": "linux",
        "created": "2026-01-01T00:00:00Z",
        "config": {"Env": _ENVIRONMENT, "WorkingDir": "/"},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{layer_digest}"]},
        "history": [{"created": "2026-01-01T00:00:00Z", "created_by": "hubctl local-swarm"}],
    }
