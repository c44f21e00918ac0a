"""All checks, in the order in which they are run and shown."""

from hubctl.doctor.checks import (
    backend,
    bucket,
    credentials,
    delegation,
    hosted_zone,
    images,
    instance_types,
    key_pair,
    limits,
    notebook_image,
    permissions,
    protection,
    region,
    service_roles,
    variables,
    vcpus,
    zones,
)
from hubctl.doctor.examination import Check

CHECKS: tuple[Check, ...] = (
    variables.CHECK,
    credentials.CHECK,
    region.CHECK,
    zones.CHECK,
    instance_types.CHECK,
    images.CHECK,
    notebook_image.CHECK,
    key_pair.CHECK,
    hosted_zone.CHECK,
    delegation.CHECK,
    bucket.CHECK,
    vcpus.CHECK,
    limits.CHECK,
    permissions.CHECK,
    service_roles.CHECK,
    backend.CHECK,
    protection.CHECK,
)
