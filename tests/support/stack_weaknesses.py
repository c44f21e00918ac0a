"""What is weak in a stack's Terraform JSON: metadata without a token, data that is not encrypted, secrets."""

import json
import re
from collections.abc import Iterator
from typing import Any

Configuration = dict[str, Any]
TOKENS = {"http_endpoint": "enabled", "http_tokens": "required", "http_put_response_hop_limit": 1}
SECRET = re.compile(
    r"AKIA[0-9A-Z]{16}|PRIVATE KEY-----|SWMTKN-1-|(?:password|secret|token)\w*\"?\s*[:=]\s*\"(?!\$)[^\"\s]{8,}\""
    r"|(?:password|secret|token)\w*=(?![$<\"'{])\w{8,}",
    re.I,
)

# Arguments that are called like secrets and are none
HARMLESS = re.compile(r'"(http_tokens|creation_token)": "[^"]*"')


def of(configuration: Configuration, kind: str) -> dict[str, Configuration]:
    found: dict[str, Configuration] = configuration["resource"].get(kind, {})
    return found


def unprotected_metadata(configuration: Configuration) -> list[str]:
    """Return the machines whose metadata answers without a token, or to containers."""
    machines = {**of(configuration, "aws_instance"), **of(configuration, "aws_launch_template")}
    return [name for name, machine in machines.items() if machine.get("metadata_options") != TOKENS]


def plain_disks(configuration: Configuration) -> Iterator[str]:
    """Yield what lies unencrypted."""
    disks: list[tuple[str, Configuration]] = [
        *((f"aws_ebs_volume.{name}", volume) for name, volume in of(configuration, "aws_ebs_volume").items()),
        *(
            (f"aws_efs_file_system.{name}", files)
            for name, files in of(configuration, "aws_efs_file_system").items()
        ),
    ]
    for name, machine in of(configuration, "aws_instance").items():
        for disk in (machine.get("root_block_device", {}), *machine.get("ebs_block_device", [])):
            disks.append((f"aws_instance.{name}", disk))
    for name, template in of(configuration, "aws_launch_template").items():
        for mapping in template.get("block_device_mappings", [{}]):
            disks.append((f"aws_launch_template.{name}", mapping.get("ebs", {})))
    yield from (address for address, disk in disks if disk.get("encrypted") not in (True, "true"))
    encrypted = of(configuration, "aws_s3_bucket_server_side_encryption_configuration")
    yield from (
        f"aws_s3_bucket.{name}" for name in of(configuration, "aws_s3_bucket") if name not in encrypted
    )
    for name, topic in of(configuration, "aws_sns_topic").items():
        if not topic.get("kms_master_key_id"):
            yield f"aws_sns_topic.{name}"


def secrets(configuration: Configuration) -> list[str]:
    """Return what looks like a secret, in values and in expressions, and the parameters that are made to hold some."""
    secure = [
        f"aws_ssm_parameter.{name}"
        for name, parameter in of(configuration, "aws_ssm_parameter").items()
        if parameter.get("type") == "SecureString"
    ]
    text = HARMLESS.sub("", json.dumps(configuration).replace('\\"', '"'))
    return [*secure, *(match[0] for match in SECRET.finditer(text))]
