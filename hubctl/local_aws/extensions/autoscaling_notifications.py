"""Auto scaling notifications: moto has none of Put, Describe and DeleteNotificationConfiguration."""

from moto.autoscaling.models import AutoScalingBackend
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult, EmptyResult

from hubctl.local_aws.extensions.patching import add

Notifications = dict[tuple[str, str, str], None]


def _configurations(backend: AutoScalingBackend) -> Notifications:
    """Return the configurations as (group, topic, type) keys, in the order in which they were put."""
    configurations: Notifications = backend.__dict__.setdefault("_notification_configurations", {})
    groups = backend.autoscaling_groups
    for key in [key for key in configurations if key[0] not in groups]:
        del configurations[key]
    return configurations


@add(AutoScalingResponse)
def put_notification_configuration(self: AutoScalingResponse) -> EmptyResult:
    """Answer PutNotificationConfiguration, which replaces the types of a group and a topic."""
    delete_notification_configuration(self)
    group, topic = self._get_param("AutoScalingGroupName"), self._get_param("TopicARN")
    configurations = _configurations(self.autoscaling_backend)
    configurations.update({(group, topic, kind): None for kind in self._get_param("NotificationTypes", [])})
    return EmptyResult()


@add(AutoScalingResponse)
def delete_notification_configuration(self: AutoScalingResponse) -> EmptyResult:
    """Answer DeleteNotificationConfiguration."""
    group, topic = self._get_param("AutoScalingGroupName"), self._get_param("TopicARN")
    configurations = _configurations(self.autoscaling_backend)
    for key in [key for key in configurations if key[:2] == (group, topic)]:
        del configurations[key]
    return EmptyResult()


@add(AutoScalingResponse)
def describe_notification_configurations(self: AutoScalingResponse) -> ActionResult:
    """Answer DescribeNotificationConfigurations."""
    names = self._get_param("AutoScalingGroupNames", [])
    configurations = [
        {"AutoScalingGroupName": group, "TopicARN": topic, "NotificationType": kind}
        for group, topic, kind in _configurations(self.autoscaling_backend)
        if not names or group in names
    ]
    return ActionResult({"NotificationConfigurations": configurations})
