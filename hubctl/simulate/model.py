"""What a simulation runs on and what it measures: the part of a stack that matters, assumptions about the rest, the outcome."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Literal

from hubctl.core.errors import BadInputError
from hubctl.scaling.alarms import Alarm
from hubctl.scaling.group import ScaledGroupSettings
from hubctl.scaling.metrics import percentile
from hubctl.scaling.policies import Policy
from hubctl.scaling.purchasing import Purchase
from hubctl.scaling.scheduled import ScheduledAction
from hubctl.simulate.durations import HOUR
from hubctl.simulate.timeline import Timeline

StackKind = Literal["lab", "hub"]
VCPUS = 4  # of the instances that the assumption of a user's CPU is for


@dataclass(frozen=True, kw_only=True)
class StackModel:
    """A stack as the simulator sees it.

    ``kind`` lab: each instance has its own hub, protects its sessions and drains; a user who finds it full tries again.
    ``kind`` hub: one hub places users on workers, asks for more of them, and refuses beyond ``max_users`` and ``max_servers``.
    ``places`` is how many users of ``user_gib`` GiB an instance holds, ``drain_timeout`` (seconds) how long a leaving one
    waits for them.

    ``packs``: the hub fills the fullest worker first; the Lab's instances beyond the desired ones send users on to others.
    Both keep ``spare_places`` free. ``disk_gib`` is paid for while an
    instance is stopped in the warm pool. Of a group with ``spot`` the first ``on_demand_base`` instances, and
    ``on_demand_percent`` of the others, are not spot. ``actions`` are scheduled, in seconds of the simulation, and
    ``schedule`` is the stack's own one, in seconds since 1970. Of the types in ``unavailable`` AWS has no capacity.
    """

    name: str
    kind: StackKind
    group: ScaledGroupSettings
    policies: tuple[Policy, ...]
    alarms: tuple[Alarm, ...]
    instance_type: str
    places: int
    user_gib: float
    spot: bool
    region: str
    drain_timeout: float = 0.0
    max_users: int | None = None
    max_servers: int | None = None
    packs: bool = False
    spare_places: int = 0
    disk_gib: float = 0.0
    on_demand_base: int = 0
    on_demand_percent: int = 0
    vcpus: int = VCPUS
    actions: tuple[ScheduledAction, ...] = ()
    schedule: tuple[ScheduledAction, ...] = ()
    unavailable: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class SimulationAssumptions:
    """What no stack can know; ``--assume NAME=VALUE`` changes one. Times are in seconds.

    ``launch`` until EC2 runs the machine, ``boot`` from there until its hub or worker answers, ``pull`` of the notebook
    image after that; ``spawn`` of a user's container; ``metric_delay`` until CloudWatch shows a published number;
    ``agent_period`` between runs of the session agent; ``retry`` and ``patience`` of a user who finds no place;
    ``return_after`` until one whose session was lost comes back; ``quick_period`` until the session agent asks for
    instances after a start. CPU in percent of an instance with four vCPUs: ``cpu_per_user``, which is half as much with
    eight; of any: ``idle_cpu``, ``boot_cpu``. ``interruptions_per_hour`` is how often a spot instance is taken away,
    ``spot_notice`` seconds after EC2 says so.

    Of the warm pool: ``start`` until EC2 runs a stopped instance again, from there ``restart`` (stopped) or ``resume``
    (hibernated) until its hub or worker answers, and ``stop`` until a prepared one has stopped. ``schedule_delay`` is how
    late a scheduled action acts: AWS says up to two minutes.
    """

    launch: float = 30.0
    boot: float = 90.0
    pull: float = 0.0
    spawn: float = 8.0
    metric_delay: float = 15.0
    agent_period: float = 60.0
    quick_period: float = 5.0
    retry: float = 20.0
    patience: float = 900.0
    return_after: float = 60.0
    idle_cpu: float = 3.0
    cpu_per_user: float = 10.0
    boot_cpu: float = 60.0
    interruptions_per_hour: float = 0.02
    spot_notice: float = 120.0
    start: float = 15.0
    restart: float = 25.0
    resume: float = 15.0
    stop: float = 30.0
    schedule_delay: float = 120.0

    def changed(self, changes: dict[str, float]) -> "SimulationAssumptions":
        """Return the assumptions with changes; raise BadInputError for a name or a number that makes no sense."""
        known = [field.name for field in fields(self)]
        mistakes = [f"there is no assumption {name}" for name in changes if name not in known]
        mistakes += [
            f"{name} = {value:g} is below 0" for name, value in changes.items() if name in known and value < 0
        ]
        mistakes += [
            f"{name} = 0 would never let time pass"
            for name in ("agent_period", "retry")
            if changes.get(name) == 0
        ]
        if mistakes:
            raise BadInputError(
                "; ".join(mistakes),
                remedy=f"Give numbers from 0 on, above 0 for periods. Known are {', '.join(known)}.",
            )
        return replace(self, **changes)


# The Lab's AMI holds the notebook image, a worker of the hub pulls it before it takes users.
DEFAULTS: dict[StackKind, SimulationAssumptions] = {
    "lab": SimulationAssumptions(),
    "hub": SimulationAssumptions(boot=180.0, pull=120.0),
}


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The results of ``seconds``.

    ``waits`` are seconds from arrival to a running server, of all who got one; ``refusals`` counts the others by reason.
    ``paid`` are the seconds of instances by what they are, ``pool_seconds`` those of stopped ones.
    """

    waits: tuple[float, ...]
    refusals: Mapping[str, int]
    lost: int
    interrupted: int
    seconds: float
    paid: Mapping[Purchase, float]
    session_seconds: float
    most_instances: int
    places: int
    timeline: Timeline
    pool_seconds: float = 0.0

    def wait(self, percent: float) -> float | None:
        """Return a percentile of the waits in seconds, None when no user got a server."""
        return percentile(self.waits, percent) if self.waits else None

    @property
    def refused(self) -> int:
        """How many users got no server."""
        return sum(self.refusals.values())

    @property
    def hours(self) -> float:
        """Hours that were simulated."""
        return self.seconds / HOUR

    @property
    def instance_seconds(self) -> float:
        """Seconds that instances were paid for."""
        return sum(self.paid.values())

    @property
    def spot_seconds(self) -> float:
        """Seconds that spot instances were paid for."""
        return sum(seconds for bought, seconds in self.paid.items() if bought.spot)

    @property
    def instance_hours(self) -> float:
        """Hours that instances were paid for."""
        return self.instance_seconds / HOUR

    @property
    def utilization(self) -> float:
        """The share of the paid places in which a user worked, 0 to 1."""
        paid = self.instance_seconds * self.places
        return self.session_seconds / paid if paid else 0.0
