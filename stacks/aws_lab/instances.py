"""The instances of the aws-lab stack: role, image, and the settings that they read at their first boot."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cdktf import ITerraformDependable
from cdktf_cdktf_provider_aws.efs_file_system import EfsFileSystem

from hub_constructs.aws_lab.instances import (
    LabInstances,
    LabInstancesProps,
    drain_hook_name,
    launching_hook_name,
)
from hub_constructs.aws_lab.permissions import LabPermissionsProps, lab_statements, parameter_prefix
from hub_constructs.aws_lab.session_scaling import METRIC, NAMESPACE, spare_policy_name
from hub_constructs.shared.ami_lookup import AmiLookup, AmiLookupProps
from hub_constructs.shared.instance_role import InstanceRole, InstanceRoleProps
from stacks.aws_lab.foundation import LabFoundation
from stacks.settings.aws_lab import LAB_HUB_SETTINGS
from stacks.settings.hub import contract_sections

HOMES = "/srv/jupyterhub/homes"
UBUNTU_ROOT_DEVICE = "/dev/sda1"  # of Ubuntu's images, which the lab's own are built from


@dataclass(frozen=True, kw_only=True)
class InstancePlacement:
    """Where the instances are put, what sends them users, and the file system of the homes, if there is one.

    ``after`` is what else has to be there for an instance to work.
    """

    subnet_ids: list[str]
    security_group_id: str
    target_group_arn: str
    homes: EfsFileSystem | None
    after: Sequence[ITerraformDependable] = ()


def lab_instances(stack: LabFoundation, placement: InstancePlacement) -> LabInstances:
    """Add the instances to a stack: their role, their image, and the settings that they read at their first boot."""
    file_system = placement.homes
    role = InstanceRole(
        stack,
        "instance-role",
        InstanceRoleProps(
            address="lab_instance",
            name=f"{stack.name}-instance",
            statements=lab_statements(
                LabPermissionsProps(
                    name=stack.name,
                    partition=stack.partition.partition,
                    region=stack.variables.region,
                    account_id=stack.account.account_id,
                    group_name=stack.group_name,
                    log_group_arn=stack.log_group.arn if stack.log_group else None,
                    file_system_arn=file_system.arn if file_system else None,
                    spare_places=_asks_itself(stack),
                )
            ),
            policy_type=stack.settings.instance_policy,
        ),
    )
    image_id, root_device_name = _image(stack)
    drain_timeout = stack.variables.drain_timeout_seconds if stack.profile.drain_hook else None
    pool = stack.warm_pool
    return LabInstances(
        stack,
        "instances",
        LabInstancesProps(
            name=stack.name,
            image_id=image_id,
            root_device_name=root_device_name,
            instance_type=stack.variables.instance_type,
            instance_profile=role.profile,
            security_group_id=placement.security_group_id,
            subnet_ids=placement.subnet_ids,
            target_group_arn=placement.target_group_arn,
            root_volume_gib=stack.variables.root_volume_gib,
            min_size=stack.variables.min_size,
            max_size=stack.variables.max_size,
            drain_timeout=drain_timeout,
            settings=_instance_settings(stack, file_system, drains=drain_timeout is not None),
            tags=stack.tags,
            launch=stack.settings.launch,
            other_types=stack.settings.instance_types,
            warm_pool=pool,
            separate_attachment=stack.settings.target_attachment == "separate",
            after=[*role.policies, *placement.after],
        ),
    )


def _instance_settings(
    stack: LabFoundation, file_system: EfsFileSystem | None, *, drains: bool
) -> dict[str, Any]:
    """Return what the instances read at their first boot: ``/etc/jupyterhub-lab/instance.json``."""
    return {
        "region": stack.variables.region,
        "domain": stack.variables.domain_name,
        "hub_port": stack.variables.hub_port,
        "autoscaling_group": stack.group_name,
        "lifecycle_hook": drain_hook_name(stack.name) if drains else None,
        **({"launching_hook": launching_hook_name(stack.name)} if stack.warm_pool else {}),
        "drain_timeout_seconds": stack.variables.drain_timeout_seconds,
        "idle_timeout_seconds": stack.variables.idle_timeout_seconds,
        "metric": {"namespace": NAMESPACE, "name": METRIC},
        "session_activity_minutes": stack.variables.session_activity_minutes,
        "user_memory_gib": stack.variables.user_memory_gib,
        **({"spare": _spare(stack)} if _asks_itself(stack) else {}),
        "parameter_prefix": parameter_prefix(stack.name),
        **contract_sections(stack.variables.references(LAB_HUB_SETTINGS)),
        "log_group": stack.log_group.name if stack.log_group else None,
        "homes": {
            "file_system_id": file_system.id if file_system else None,
            "mount_point": HOMES,
        },
    }


def _asks_itself(stack: LabFoundation) -> bool:
    """Tell whether instances carry out the policy for spare places, which needs one of steps: it is given a number."""
    return stack.profile.spare_places and stack.settings.scaling_policies != "simple"


def _spare(stack: LabFoundation) -> dict[str, Any]:
    return {
        **stack.variables.references(["spare_places"]),
        "policy": spare_policy_name(stack.name),
    }


def _image(stack: LabFoundation) -> tuple[str, str]:
    """Return the image's id and the name of its root device."""
    if stack.settings.ami_id is not None:
        return stack.settings.ami_id, UBUNTU_ROOT_DEVICE
    props = AmiLookupProps(address="lab", name=stack.variables.ami_name, owner=stack.variables.ami_owner)
    image = AmiLookup(stack, "image", props)
    return image.id_token, image.lookup.root_device_name
