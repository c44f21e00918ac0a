"""What the two profiles of aws-lab differ in: the one list. Constructs get the values and know no profile.

``hubctl adopt`` reads it too, where cdktf is not imported.
"""

from dataclasses import dataclass, replace

from stacks.settings.aws_lab import AwsLabVariants


@dataclass(frozen=True, kw_only=True)
class AwsLabProfile:
    """The choices that a profile makes.

    The original design has no shared homes, no log group, no orderly end of instances and no spare places, leaves the
    VPC's default security group as AWS makes it, and leaves tags to its authors.
    """

    shared_homes: bool
    drain_hook: bool
    log_group: bool
    default_tags: bool
    empty_default_group: bool
    spare_places: bool


PROFILES = {
    "recommended": AwsLabProfile(
        shared_homes=True,
        drain_hook=True,
        log_group=True,
        default_tags=True,
        empty_default_group=True,
        spare_places=True,
    ),
    "original": AwsLabProfile(
        shared_homes=False,
        drain_hook=False,
        log_group=False,
        default_tags=False,
        empty_default_group=False,
        spare_places=False,
    ),
}


def profile_of(name: str, variants: AwsLabVariants) -> AwsLabProfile:
    """Return the profile of that name, with the parts that the settings decide otherwise."""
    decided = {
        "shared_homes": variants.shared_homes,
        "drain_hook": variants.drain_hook,
        "log_group": variants.log_group,
    }
    return replace(PROFILES[name], **{part: value for part, value in decided.items() if value is not None})
