"""The requests that auto scaling answers differently once it scales: capacities, terminations, lifecycle actions.

Error texts are those of the API: https://docs.aws.amazon.com/autoscaling/ec2/APIReference/CommonErrors.html
"""

import logging
import threading
from typing import Any

from moto.autoscaling.exceptions import ValidationError
from moto.autoscaling.models import AutoScalingBackend, FakeAutoScalingGroup, TerminateInstanceActivity
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult, EmptyResult

from hubctl.trial.aws.extensions.patching import add, wrap
from hubctl.trial.aws.extensions.scheduled_actions import tell_time_by
from hubctl.trial.aws.extensions.warm_pools import warm_states
from hubctl.trial.aws.scaling.loop import ScalingLoop
from hubctl.trial.aws.scaling.machines import Machines
from hubctl.trial.aws.scaling.policies import answer_policies
from hubctl.trial.aws.scaling.reading import Clock
from hubctl.trial.aws.scaling.refreshes import answer_refreshes

_log = logging.getLogger(__name__)
RESULTS = ("CONTINUE", "ABANDON")


def start_scaling(speed: float = 1.0, stop: threading.Event | None = None) -> ScalingLoop:
    """Change moto's classes and start the loop in a thread; once a process, before the first request."""
    loop = ScalingLoop(Clock(speed))
    _log.info("auto scaling runs %g times as fast as AWS, from %.3f on", speed, loop.clock.start)
    tell_time_by(loop.clock.now)
    _turns(loop)
    _capacities(loop)
    _terminations(loop)
    _lifecycle_actions(loop)
    _protection(loop)
    _health(loop)
    answer_policies(loop)
    answer_refreshes(loop)
    threading.Thread(target=loop.run, args=(stop or threading.Event(),), daemon=True).start()
    return loop


def _turns(loop: ScalingLoop) -> None:
    @wrap(AutoScalingResponse)
    def call_action(original: Any, self: AutoScalingResponse) -> Any:
        """Answer between two rounds: no request sees, or changes, a launch or termination that is half done."""
        with loop.lock:
            return original(self)


def _machines(loop: ScalingLoop, group: FakeAutoScalingGroup) -> Machines:
    return loop.region(group.autoscaling_backend).machines(group)


def _capacities(loop: ScalingLoop) -> None:
    @wrap(FakeAutoScalingGroup)
    def set_desired_capacity(_original: Any, self: Any, new_capacity: int | None) -> None:
        with loop.lock:
            self.desired_capacity = int((self.min_size if new_capacity is None else new_capacity) or 0)
            # A group that is being created launches at the next round, when its hooks are known too.
            if self.name in self.autoscaling_backend.autoscaling_groups:
                _machines(loop, self).carry_out()

    @wrap(AutoScalingBackend)
    def delete_auto_scaling_group(original: Any, self: Any, group_name: str) -> None:
        with loop.lock:
            group = self.autoscaling_groups.get(group_name)
            if group is not None:
                _machines(loop, group).drop_all()
                group.min_size = 0
            original(self, group_name)


def _terminations(loop: ScalingLoop) -> None:
    @wrap(AutoScalingBackend)
    def notify_terminate_instances(_original: Any, self: Any, instance_ids: list[str]) -> None:
        """Drop machines that were terminated by hand; the next round replaces them."""
        with loop.lock:
            for group in self.autoscaling_groups.values():
                for states in (group.instance_states, warm_states(group)):
                    states[:] = [state for state in states if state.instance.id not in instance_ids]

    @wrap(AutoScalingBackend)
    def terminate_instance(
        _original: Any, self: Any, instance_id: str, should_decrement: bool
    ) -> TerminateInstanceActivity:
        with loop.lock:
            group = _group_with(self, instance_id)
            size = group.desired_capacity
            if should_decrement:
                if size <= group.min_size:
                    raise ValidationError(
                        f"Currently, desiredSize equals minSize ({group.min_size}). Terminating instance without "
                        "replacement will violate group's min size constraint. Either set "
                        "shouldDecrementDesiredCapacity flag to false or lower group's min size."
                    )
                group.desired_capacity = size - 1
            instance = self.ec2_backend.get_instance(instance_id)
            machines = _machines(loop, group)
            machines.terminate(instance_id, "it was taken out of service by a user request")
            machines.carry_out()
            return TerminateInstanceActivity(instance, size)


def _lifecycle_actions(loop: ScalingLoop) -> None:
    @add(AutoScalingResponse)
    def complete_lifecycle_action(self: AutoScalingResponse) -> EmptyResult:
        result = self._get_param("LifecycleActionResult")
        if result not in RESULTS:
            raise ValidationError("Invalid lifecycle action result: it has to be CONTINUE or ABANDON")
        machines, instance_id, hook = _action(loop, self)
        machines.complete(instance_id, hook, result)
        machines.carry_out()
        return EmptyResult()

    @add(AutoScalingResponse)
    def record_lifecycle_action_heartbeat(self: AutoScalingResponse) -> EmptyResult:
        machines, instance_id, hook = _action(loop, self)
        machines.group.heartbeat(instance_id, hook, loop.clock.now())
        return EmptyResult()

    @wrap(AutoScalingResponse)
    def describe_scaling_activities(_original: Any, self: AutoScalingResponse) -> ActionResult:
        region = loop.region(self.autoscaling_backend)
        return ActionResult({"Activities": region.activities.of(self._get_param("AutoScalingGroupName"))})


def _action(loop: ScalingLoop, response: AutoScalingResponse) -> tuple[Machines, str, str]:
    """Return what a lifecycle request is about; refuse it when the instance waits for no such hook."""
    name, hook = response._get_param("AutoScalingGroupName"), response._get_param("LifecycleHookName")
    instance_id = response._get_param("InstanceId")
    group = response.autoscaling_backend.autoscaling_groups.get(name)
    if group is not None:
        machines = _machines(loop, group)
        instance = machines.group.instances.get(instance_id)
        if instance is not None and hook in instance.waits:
            return machines, instance_id, hook
    raise ValidationError(f"No active Lifecycle Action found with instance ID {instance_id}")


def _protection(loop: ScalingLoop) -> None:
    @wrap(AutoScalingBackend)
    def set_instance_protection(
        original: Any, self: Any, group_name: str, instance_ids: list[str], protected_from_scale_in: bool
    ) -> None:
        with loop.lock:
            group = self.autoscaling_groups[group_name]
            states = {state.instance.id: state.lifecycle_state for state in group.instance_states}
            for instance_id in instance_ids:
                if instance_id not in states:
                    raise ValidationError(
                        f"The instance {instance_id} is not part of Auto Scaling group {group_name}."
                    )
                if states[instance_id] != "InService":
                    raise ValidationError(
                        f"The instance {instance_id} is not in InService or EnteringStandby or Standby."
                    )
            original(self, group_name, instance_ids, protected_from_scale_in)


def _health(loop: ScalingLoop) -> None:
    @wrap(AutoScalingResponse)
    def set_instance_health(_original: Any, self: AutoScalingResponse) -> ActionResult:
        """Answer SetInstanceHealth, which respects the group's grace period unless the request says otherwise (API reference).

        In the warm pool there is no grace period, and no check before the lifecycle hook has finished.
        """
        instance_id = self._get_param("InstanceId")
        group = _group_with(self.autoscaling_backend, instance_id)
        machines = _machines(loop, group)
        instance = machines.group.instances.get(instance_id)
        young = (
            instance is not None
            and not instance.ready_in_pool
            and (
                instance.in_service is None
                or loop.clock.now() < instance.in_service + float(group.health_check_grace_period or 0)
            )
        )
        if young and self._get_bool_param("ShouldRespectGracePeriod", True):
            return EmptyResult()
        for state in (*group.instance_states, *warm_states(group)):
            if state.instance.id == instance_id:
                state.health_status = self._get_param("HealthStatus")
        machines.sync()
        machines.carry_out()
        return EmptyResult()


def _group_with(backend: Any, instance_id: str) -> Any:
    for group in backend.autoscaling_groups.values():
        states = [*group.instance_states, *warm_states(group)]
        if any(state.instance.id == instance_id for state in states):
            return group
    raise ValidationError(f"Instance Id not found - No managed instance found for instance ID {instance_id}")
