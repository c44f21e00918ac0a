"""What the two profiles of aws-lab differ in. The one list: constructs get the values and know no profile."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class AwsLabProfile:
    """The choices that a profile makes.

    The original design has no shared homes, no log group and no orderly end of instances, and it leaves tags to
    its authors.
    """

    shared_homes: bool
    drain_hook: bool
    log_group: bool
    default_tags: bool


PROFILES = {
    "recommended": AwsLabProfile(shared_homes=True, drain_hook=True, log_group=True, default_tags=True),
    "original": AwsLabProfile(shared_homes=False, drain_hook=False, log_group=False, default_tags=False),
}
