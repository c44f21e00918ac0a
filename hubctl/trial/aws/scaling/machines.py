"""Launching and terminating: what the engine decides about a group, done to moto's instances and target groups.

What the groups did and why is kept too, for DescribeScalingActivities.
"""

from collections import deque
from dataclasses import dataclass
from typing import Any

from moto.core.utils import utcnow
from moto.moto_api._internal import mock_random

from hubctl.scaling.group import ScaledGroup
from hubctl.scaling.lifecycle import GroupInstance
from hubctl.scaling.purchasing import Purchase
from hubctl.scaling.refresh import InstanceRefresh
from hubctl.scaling.scheduled import ScheduledAction, apply_action
from hubctl.trial.aws.extensions.warm_pools import warm_states
from hubctl.trial.aws.scaling.reading import Clock, group_of, spot_alone

MOST_KEPT = 1000
# https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-health-checks.html
RUNNING = ("pending", "running")
# A spot instance that gets this tag is interrupted. Then the value is when EC2 takes it back, as its metadata service says it.
INTERRUPTION_TAG = "hubctl:local-aws:spot-interruption"
# A group with this tag finds no capacity for the instance types that its value names, separated by spaces.
SHORTAGE_TAG = "hubctl:local-aws:without-capacity"
STOPPED = ("Warmed:Stopped", "Warmed:Hibernated")
STATES_OF_OTHERS = ("Standby", "EnteringStandby", "Detaching", "Detached")


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

    def add(self, group: Any, description: str, cause: str, *, status: str = "Successful") -> None:
        """Record that a group did something, or that it failed."""
        moment = utcnow()
        self._kept.appendleft(
            Activity(
                activity_id=str(mock_random.uuid4()),
                auto_scaling_group_name=group.name,
                description=description,
                cause=f"At {moment:%Y-%m-%dT%H:%M:%SZ} {cause}.",
                start_time=moment,
                end_time=moment,
                status_code=status,
            )
        )

    def of(self, group: str | None) -> list[Activity]:
        """Return the activities of a group, or all."""
        return [activity for activity in self._kept if group in (None, activity.auto_scaling_group_name)]


class Machines:
    """One moto group and the engine's view of it, brought together by :meth:`sync` and :meth:`carry_out`."""

    def __init__(self, moto_group: Any, activities: Activities, clock: Clock) -> None:
        self._moto = moto_group
        self._activities = activities
        self._now, self._moment = clock.now, clock.moment
        self._backend = moto_group.autoscaling_backend
        self.group = ScaledGroup(self._spec(), desired=moto_group.desired_capacity)
        self.refreshes: list[InstanceRefresh] = []  # the newest first
        self._lacking: frozenset[str] = frozenset()  # for which types a launch has failed, and was recorded
        self.sync()

    def serves(self, moto_group: Any) -> bool:
        """Tell whether this is the group, and not one of the same name that came after it."""
        return self._moto is moto_group

    def _spec(self) -> Any:
        return group_of(self._moto, self._backend.describe_lifecycle_hooks(self._moto.name))

    def sync(self) -> None:
        """Take over what was changed from outside: settings, capacity, protection, instances that came or are gone."""
        self.group.spec = self._spec()
        self.group.desired = int(self._moto.desired_capacity or 0)
        states = {state.instance.id: state for state in self._states()}
        for instance_id in set(self.group.instances) - set(states):
            self.group.lost(instance_id)
        for instance_id, state in states.items():
            if state.lifecycle_state in STATES_OF_OTHERS:
                self.group.lost(instance_id)
                continue
            if instance_id not in self.group.instances:
                # Somebody attached it, or it was there before scaling was switched on.
                adopted = self.group.launch(
                    instance_id, state.availability_zone, self._now(), template=_version(state)
                )
                adopted.state, adopted.in_service = "InService", float("-inf")
            instance = self.group.instances[instance_id]
            instance.protected = bool(state.protected_from_scale_in)
            if state.instance.state not in RUNNING and instance.state in ("InService", "Warmed:Running"):
                # "If the instance is in any state other than running, it is considered unhealthy", grace or not.
                state.health_status = "Unhealthy"
            instance.healthy = state.health_status == "Healthy"

    def act(self, action: ScheduledAction) -> None:
        """Carry out a scheduled action; one that contradicts the group's sizes changes nothing, and says so."""
        try:
            done = apply_action(self.group, action)
        except ValueError as error:
            self._activities.add(self._moto, "A scheduled action failed", str(error))
            return
        self._moto.min_size, self._moto.max_size = self.group.spec.min_size, self.group.spec.max_size
        self._moto.desired_capacity = self.group.desired
        self._activities.add(self._moto, "Executing a scheduled action", done)

    def _states(self) -> list[Any]:
        """Return moto's states of all instances, those of the warm pool included."""
        return [*self._moto.instance_states, *warm_states(self._moto)]

    def carry_out(self) -> None:
        """Let waits end, take away what is too much or unhealthy, launch what is missing."""
        now = self._now()
        self._moto.desired_capacity = self.group.desired
        self._notify_interruptions(now)
        for instance_id in self.group.take_away(now):
            self._gone(instance_id, "EC2 has taken the spot instance back")
        for instance_id in self.group.expire(now):
            self._gone(instance_id, "its lifecycle hook timed out")
        self._replace_unhealthy()
        before = {instance.id for instance in self.group.instances.values() if instance.leaving}
        for refresh in self.refreshes:
            for instance_id in refresh.tick(self.group, now):
                self._gone(instance_id, "an instance refresh replaces it")
        self.publish_states(before)
        leaving = {instance.id for instance in self.group.instances.values() if instance.leaving}
        for instance_id in self.group.shrink(now):
            self._gone(instance_id, "the group scales in")
        self.publish_states(leaving)
        for instance_id in self.group.leave_pool(now):
            self._take_from_pool(instance_id, now)
        for zone in self.group.missing():
            self._launch(zone, now)
        for instance_id in self.group.shrink_pool(now):
            self._gone(instance_id, "the warm pool has become smaller")
        for zone in self.group.missing_in_pool():
            self._launch(zone, now, pooled=True)
        self.publish_states(leaving)

    def terminate(self, instance_id: str, cause: str) -> None:
        """Begin to terminate one instance, through its hooks."""
        before = {instance.id for instance in self.group.instances.values() if instance.leaving}
        if self.group.terminate(instance_id, self._now()):
            self._gone(instance_id, cause)
        self.publish_states(before)

    def complete(self, instance_id: str, hook: str, result: Any) -> None:
        """Complete a lifecycle action; raise KeyError when there is none."""
        if self.group.complete(instance_id, hook, result, self._now()):
            self._gone(instance_id, f"lifecycle action {hook} was completed with {result}")
        self.publish_states(set())

    def drop_all(self) -> None:
        """Terminate every instance at once, hooks or not: the group is being deleted."""
        for instance_id in [state.instance.id for state in self._states()]:
            self.group.lost(instance_id)
            self._gone(instance_id, "the group is deleted")

    def publish_states(self, leaving_before: set[str]) -> None:
        """Show the engine's states, and take instances that begin to leave from the balancer."""
        for state in self._states():
            instance = self.group.instances.get(state.instance.id)
            if instance is None:
                continue
            state.lifecycle_state = instance.state
            self._put_where_it_belongs(state, pooled=instance.pooled)
            if instance.state in STOPPED and state.instance.state in RUNNING:
                # What AWS shows while the machine stops; the next round shows that it has
                state.lifecycle_state = "Warmed:Pending:Proceed"
                self._backend.ec2_backend.stop_instances([instance.id])
                self._activities.add(self._moto, f"Stopping EC2 instance: {instance.id}", "it is prepared")
            if instance.leaving and instance.id not in leaving_before:
                self._deregister(instance.id)
                self._activities.add(
                    self._moto, f"Terminating EC2 instance: {instance.id}", "it waits for its lifecycle hooks"
                )
            elif instance.state == "InService":
                self._register(instance.id)

    def _put_where_it_belongs(self, state: Any, *, pooled: bool) -> None:
        """Show an instance in the warm pool or in the group, not in both."""
        source, target = self._moto.instance_states, warm_states(self._moto)
        if not pooled:
            source, target = target, source
        if state in source:
            source.remove(state)
            target.append(state)

    def _take_from_pool(self, instance_id: str, now: float) -> None:
        """Start a prepared machine, which goes through the launching hooks once more."""
        if self._backend.ec2_backend.get_instance(instance_id).state not in RUNNING:
            self._backend.ec2_backend.start_instances([instance_id])
        self.group.started(instance_id, now)
        cause = (
            f"an instance was taken from the warm pool to reach the desired capacity of {self.group.desired}"
        )
        self._activities.add(self._moto, f"Launching a new EC2 instance from warm pool: {instance_id}", cause)

    def _replace_unhealthy(self) -> None:
        # In the warm pool an instance counts as soon as the hook has finished, without a grace period:
        # https://docs.aws.amazon.com/autoscaling/ec2/userguide/warm-pools-health-checks-monitor-view-status.html
        prepared = [instance for instance in self.group.pool() if instance.ready_in_pool]
        for instance in [*self.group.in_service(), *prepared]:
            if not instance.healthy and "ReplaceUnhealthy" not in self.group.spec.suspended:
                self.terminate(instance.id, "it was unhealthy")

    def _launch(self, zone: str, now: float, *, pooled: bool = False) -> None:
        purchase = self._available(zone)
        if purchase is None:
            return
        subnets, zones = self._moto.vpc_zone_identifier, self._moto.availability_zones
        known = {state.instance.id for state in self._moto.instance_states}
        # moto launches into the first subnet that is named; without subnets, into any of the zones.
        self._moto.vpc_zone_identifier, self._moto.availability_zones = self._subnet_of(zone), [zone]
        try:
            self._moto.replace_autoscaling_group_instances(1, self._moto.get_propagated_tags())
        finally:
            self._moto.vpc_zone_identifier, self._moto.availability_zones = subnets, zones
        (state,) = [state for state in self._moto.instance_states if state.instance.id not in known]
        instance = self.group.launch(state.instance.id, zone, now, template=_version(state), pooled=pooled)
        self._bought(state, instance, purchase)
        state.lifecycle_state = instance.state
        self._put_where_it_belongs(state, pooled=pooled)
        self.group.started(state.instance.id, now)
        cause = f"an instance was started to reach the desired capacity of {self.group.desired}"
        description = f"Launching a new EC2 instance: {state.instance.id}"
        if pooled:
            cause = "the warm pool has room for an instance"
            description = f"Launching a new EC2 instance into warm pool: {state.instance.id}"
        self._activities.add(self._moto, description, cause)

    def _available(self, zone: str) -> Purchase | None:
        """Return the best type and kind for which there is capacity; None when there is none now, and AWS tries again later.

        https://docs.aws.amazon.com/autoscaling/ec2/userguide/ts-as-capacity.html
        """
        alone = Purchase(type=str(self._moto.instance_type), spot=spot_alone(self._moto))
        wanted = self.group.next_purchases() or [alone]
        tags = {tag["Key"]: tag["Value"] for tag in self._moto.tags}
        lacking = frozenset((tags.get(SHORTAGE_TAG) or "").split())
        found = next((one for one in wanted if one.type not in lacking), None)
        if found is None and lacking != self._lacking:
            types = ", ".join(one.type for one in wanted)
            cause = f"InsufficientInstanceCapacity: {zone} has no capacity for {types} now"
            self._activities.add(self._moto, "Launching a new EC2 instance", cause, status="Failed")
        self._lacking = lacking if found is None else frozenset()
        return found

    def _bought(self, state: Any, instance: GroupInstance, purchase: Purchase) -> None:
        """Let the machine be of the type and of the kind that was bought."""
        instance.spot, instance.type = purchase.spot, purchase.type
        state.instance.instance_type = state.instance_type = instance.type
        if instance.spot:
            state.instance.lifecycle = "spot"

    def _notify_interruptions(self, now: float) -> None:
        """Give notice to the spot instances that carry ``INTERRUPTION_TAG``; its value becomes the time of their end.

        On AWS the Fault Injection Service sends such notices; here a tag does, so that any program can.
        """
        for instance in [one for one in self.group.instances.values() if one.spot]:
            tags = self._backend.ec2_backend.tags.get(instance.id, {})
            if INTERRUPTION_TAG not in tags or instance.taken_at is not None:
                continue
            until = self._moment(self.group.interrupt(instance.id, now))
            self._backend.ec2_backend.create_tags(
                [instance.id], {INTERRUPTION_TAG: f"{until:%Y-%m-%dT%H:%M:%SZ}"}
            )
            self._activities.add(
                self._moto,
                f"Spot interruption notice: {instance.id}",
                f"EC2 takes it back at {until:%H:%M:%S}",
            )

    def _subnet_of(self, zone: str) -> str | None:
        if not self._moto.vpc_zone_identifier:
            return None
        ids = self._moto.vpc_zone_identifier.split(",")
        subnets = self._backend.ec2_backend.describe_subnets(subnet_ids=ids)
        return next((str(subnet.id) for subnet in subnets if subnet.availability_zone == zone), str(ids[0]))

    def _gone(self, instance_id: str, cause: str) -> None:
        self._deregister(instance_id)
        self._moto.instance_states = [
            state for state in self._moto.instance_states if state.instance.id != instance_id
        ]
        warm = warm_states(self._moto)
        warm[:] = [state for state in warm if state.instance.id != instance_id]
        self._backend.ec2_backend.terminate_instances([instance_id])
        self._activities.add(self._moto, f"Terminating EC2 instance: {instance_id}", cause)

    def _target_groups(self) -> list[Any]:
        known = self._backend.elbv2_backend.target_groups
        return [known[arn] for arn in self._moto.target_group_arns if arn in known]

    def _register(self, instance_id: str) -> None:
        for target_group in self._target_groups():
            target_group.register([{"Id": instance_id, "Port": target_group.port}])

    def _deregister(self, instance_id: str) -> None:
        for target_group in self._target_groups():
            target_group.deregister_terminated_instances([instance_id])


def _version(state: Any) -> int:
    """Return the version of the template that an instance was launched from; 0 without a template."""
    template = state.launch_template
    return int(template["Version"]) if template else 0
