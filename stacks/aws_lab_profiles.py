"""What the two profiles of aws-lab differ in. The one list: constructs get the values and know no profile."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class AwsLabProfile:
    """The choices that a profile makes."""

    shared_homes: bool
    drain_hook: bool
    default_tags: bool


PROFILES = {
    "recommended": AwsLabProfile(shared_homes=True, drain_hook=True, default_tags=True),
    "original": AwsLabProfile(shared_homes=False, drain_hook=False, default_tags=False),
}
