"""A folder with as much of a synthesized stack as commands for a deployment that runs read of it."""

import json
from pathlib import Path

REGION = "us-east-1"


def deployed_stack(folder: Path, *, stack: str, group: str) -> Path:
    """Write the stack's JSON with ``group`` as the name of its auto scaling group; return the folder for --folder."""
    resource = {"aws-lab": "lab", "chef-hub": "chef-workers"}[stack]
    document = {
        "provider": {"aws": [{"region": "${var.region}"}]},
        "variable": {"region": {"default": REGION}, "name": {"default": group}},
        "locals": {"instance_settings": {"parameter_prefix": "/jupyterhub/${var.name}"}},
        "resource": {"aws_autoscaling_group": {resource: {"name": "${var.name}"}}},
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cdk.tf.json").write_text(json.dumps(document), encoding="utf-8")
    return folder
