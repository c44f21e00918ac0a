"""EC2 detailed monitoring: MonitorInstances and UnmonitorInstances, which moto answers with an error.

Terraform asks for them when ``monitoring`` of an instance changes, and retries errors for minutes.
"""

from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.models.instances import Instance, InstanceBackend
from moto.ec2.responses.monitoring import Monitoring

from hubctl.local_aws.extensions.patching import add, wrap


@add(InstanceBackend)
def set_instances_monitoring(
    self: InstanceBackend, instance_ids: list[str], *, enabled: bool
) -> list[Instance]:
    """Switch detailed monitoring of the instances; unknown ids are the error that EC2 gives."""
    instances = self.get_multi_instances_by_id(instance_ids)
    for instance in instances:
        instance.monitoring_state = "enabled" if enabled else "disabled"
    return instances


@wrap(Monitoring)
def monitor_instances(_original: Any, self: Monitoring) -> ActionResult:
    """Answer MonitorInstances."""
    return _answer(self, enabled=True)


@wrap(Monitoring)
def unmonitor_instances(_original: Any, self: Monitoring) -> ActionResult:
    """Answer UnmonitorInstances."""
    return _answer(self, enabled=False)


def _answer(response: Monitoring, *, enabled: bool) -> ActionResult:
    response.error_on_dryrun()
    instance_ids = response._get_param("InstanceIds", [])
    instances = response.ec2_backend.set_instances_monitoring(instance_ids, enabled=enabled)
    return ActionResult(
        {"InstanceMonitorings": [{"InstanceId": i.id, "Monitoring": i.monitoring} for i in instances]}
    )
