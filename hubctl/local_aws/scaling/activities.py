"""What the groups did and why: the answer to DescribeScalingActivities."""

from collections import deque
from dataclasses import dataclass
from typing import Any

from moto.core.utils import utcnow
from moto.moto_api._internal import mock_random

MOST_KEPT = 1000


@dataclass(frozen=True, kw_only=True)
class Activity:
    """One activity; the attributes are what moto's serializer looks for."""

    activity_id: str
    auto_scaling_group_name: str
    description: str
    cause: str
    start_time: Any
    end_time: Any
    status_code: str = "Successful"
    progress: int = 100


class Activities:
    """The activities of one account and region, the newest first."""

    def __init__(self) -> None:
        self._kept: deque[Activity] = deque(maxlen=MOST_KEPT)

    def add(self, group: Any, description: str, cause: str) -> None:
        """Record that a group did something."""
        moment = utcnow()
        self._kept.appendleft(
            Activity(
                activity_id=str(mock_random.uuid4()),
                auto_scaling_group_name=group.name,
                description=description,
                cause=f"At {moment:%Y-%m-%dT%H:%M:%SZ} {cause}.",
                start_time=moment,
                end_time=moment,
            )
        )

    def of(self, group: str | None) -> list[Activity]:
        """Return the activities of a group, or all."""
        return [activity for activity in self._kept if group in (None, activity.auto_scaling_group_name)]
