"""Small bundles of cookbooks in a deployment's bucket, as ``hubctl cookbooks push`` lays them there."""

import hashlib
import io
import json
import tarfile
from typing import Any

from tests.support.node_host.deployment import Deployment


def bundle(marker: str) -> bytes:
    """Make a bundle with one cookbook and the two roles."""
    files = {
        "cookbooks/docker/metadata.rb": f"name 'docker'\nversion '1.0.0' # {marker}\n",
        "roles/server.json": json.dumps({"name": "server", "run_list": ["recipe[docker]"]}),
        "roles/worker.json": json.dumps({"name": "worker", "run_list": ["recipe[docker]"]}),
    }
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))
    return stream.getvalue()


def release(deployment: Deployment, version: str, content: bytes, **changes: Any) -> dict[str, Any]:
    """Upload a bundle and point to it, as ``hubctl cookbooks push`` does."""
    s3, bucket = deployment.aws.client("s3"), deployment.contract["chef_hub"]["bootstrap_bucket"]
    key = f"cookbooks/bundles/{version}.tar.gz"
    s3.put_object(Bucket=bucket, Key=key, Body=content)
    pointer = {"version": version, "key": key, "sha256": hashlib.sha256(content).hexdigest(), **changes}
    s3.put_object(Bucket=bucket, Key="cookbooks/LATEST", Body=json.dumps(pointer).encode())
    return pointer
