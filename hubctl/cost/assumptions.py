"""What the cost depends on and no stack says."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace

from hubctl.errors import BadInputError


def _assumed(default: float, about: str, *, share: bool = False) -> float:
    value: float = field(default=default, metadata={"about": about, "share": share})
    return value


@dataclass(frozen=True, kw_only=True)
class Assumptions:
    """Assumptions about a month. Every one can be changed; ``about`` in a field's metadata says what it is."""

    hours: float = _assumed(730, "hours in a month")
    busy_share: float = _assumed(
        0.25, "typical: share of the month in which the group is at its largest", share=True
    )
    users: float = _assumed(50, "people with files on the shared file system")
    home_gib: float = _assumed(5, "GiB of files of a user")
    cold_share: float = _assumed(
        0.5, "share of the files that lie in Infrequent Access, where there is a rule for it", share=True
    )
    file_reads_gib: float = _assumed(5, "GiB that a user reads from the shared file system in a month")
    file_writes_gib: float = _assumed(2, "GiB that a user writes to it")
    backup_ratio: float = _assumed(1.2, "GiB of backups for each GiB of files")
    transfer_gib: float = _assumed(3, "GiB that go to the Internet for a user in a month")
    free_transfer_gib: float = _assumed(100, "GiB to the Internet that AWS gives an account free in a month")
    zone_transfer_gib: float = _assumed(2, "GiB between zones for a user in a month")
    lcus: float = _assumed(1, "balancer capacity units, on average over the month")
    log_gib: float = _assumed(0.5, "GiB of logs of an instance in a month")
    flow_log_gib: float = _assumed(0.2, "GiB of VPC flow logs of an instance in a month, where there are any")
    image_disk_gib: float = _assumed(8, "GiB of a disk whose size is left to its image")
    bucket_gib: float = _assumed(1, "GiB in an S3 bucket")
    repository_gib: float = _assumed(5, "GiB of images in an ECR repository")

    def changed(self, changes: Mapping[str, float]) -> "Assumptions":
        """Return a copy with some assumptions changed; raise BadInputError with every mistake."""
        known = {each.name: each for each in fields(self)}
        mistakes = []
        for name, value in changes.items():
            if name not in known:
                mistakes.append(f"there is no assumption {name}")
            elif not math.isfinite(value) or value < 0:
                mistakes.append(f"{name} = {value:g} is below 0 or no number")
            elif known[name].metadata["share"] and value > 1:
                mistakes.append(f"{name} = {value:g} is a share, from 0 to 1")
        if mistakes:
            raise BadInputError("; ".join(mistakes), remedy=f"There are {', '.join(known)}.")
        return replace(self, **changes)

    def described(self) -> dict[str, tuple[float, str]]:
        """Return value and meaning of every assumption by name."""
        return {each.name: (getattr(self, each.name), str(each.metadata["about"])) for each in fields(self)}
