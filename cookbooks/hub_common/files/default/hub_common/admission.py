"""What both hubs refuse a start for: maintenance, files that cannot be reached, a full disk, a quota far exceeded.

Pure decisions over what was observed. What is a hub's own stands in its ``admission``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from hub_common.settings import gib


@dataclass(frozen=True, kw_only=True)
class Disk:
    """The shared file system, in bytes. ``answers`` is False when it gave no answer lately.

    One that grows with what is in it has no ``capacity`` and is never full. There counts what users have ``stored``, against
    what they are ``allowed``: the quotas of all of them together, 0 where there are none.
    """

    answers: bool
    used: int = 0
    capacity: int = 0
    stored: int = 0
    allowed: int = 0

    @property
    def percent(self) -> float:
        """Utilization in percent; 0 where no capacity is known."""
        return 100 * self.used / self.capacity if self.capacity else 0.0

    @property
    def spent(self) -> bool:
        """Whether the users' files take all that the users are allowed."""
        return bool(self.allowed) and self.stored >= self.allowed

    def limit_percent(self, disk_percent: int) -> float:
        """Return how much of the limit is used, in percent of it; not a number where there is none, or it is not known."""
        if self.answers and self.capacity:
            return 100 * self.percent / disk_percent
        if self.answers and self.allowed:
            return 100 * self.stored / self.allowed
        return math.nan


@dataclass(frozen=True, kw_only=True)
class UserDisk:
    """A user's own directory, in bytes; no ``quota`` when it is 0. Beyond the quota there is some grace."""

    used: int = 0
    quota: int = 0

    @property
    def over(self) -> bool:
        """Whether the quota is used up."""
        return bool(self.quota) and self.used >= self.quota

    @property
    def far_over(self) -> bool:
        """Whether the quota is used up so far that not even cleaning up by oneself is left to hope for."""
        return bool(self.quota) and self.used >= self.quota * 3 // 2


@dataclass(frozen=True, kw_only=True)
class Refuse:
    """The server may not start; ``limit`` labels the reason in metrics, ``sentence`` is for the user."""

    limit: str
    sentence: str


def refuse_for_maintenance(sentence: str) -> Refuse:
    """Refuse a server for the sentence that an operator gave."""
    return Refuse(limit="maintenance", sentence=sentence)


def refuse_for_files(disk: Disk, user_disk: UserDisk, disk_percent: int) -> Refuse | None:
    """Refuse a server whose files cannot be reached, or for which there is no room on the disk."""
    if not disk.answers:
        return Refuse(
            limit="shared_files",
            sentence="The shared file system does not answer, so your files cannot be reached. Nothing is lost; "
            "try again in a few minutes, and tell the administrators if it stays so.",
        )
    if disk.percent >= disk_percent:
        return Refuse(
            limit="disk",
            sentence=f"The shared disk is {disk.percent:.0f}% full, and no server starts beyond "
            f"{disk_percent}% (limit max_disk_percent). Ask the administrators to free or add space.",
        )
    if user_disk.far_over:
        return Refuse(
            limit="user_disk",
            sentence=f"Your files take {gib(user_disk.used)} of your {gib(user_disk.quota)} (limit "
            "user_disk_gib), too far beyond it to start a server. Ask the administrators to make room: your files are "
            "counted anew when you try again.",
        )
    if disk.spent and user_disk.over:
        return Refuse(
            limit="user_disk",
            sentence=f"Your files take {gib(user_disk.used)} of your {gib(user_disk.quota)} (limit user_disk_gib). Usually you "
            "could start and delete some, but all users' files together take more than all quotas allow. Ask the "
            "administrators to make room: your files are counted anew when you try again.",
        )
    return None
