"""The targets of a group: which are healthy, which drain, and which one a request goes to.

Each is checked at the target group's interval.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-target-group-attributes.html
"""

import asyncio
import hashlib
import hmac
import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import aiohttp

from hubctl.trial.lab.balancer.description import TargetGroup

BOOT_SECONDS = 600.0
TargetState = Literal["initial", "healthy", "unhealthy", "draining"]
log = logging.getLogger(__name__)


@dataclass(kw_only=True)
class Target:
    """An instance. ``passed`` and ``failed`` count its last checks in a row; ``tasks`` are the requests under way to it.

    ``since`` and ``drains_until`` are by the clock of who calls :meth:`Targets.update`.
    """

    id: str
    address: str
    port: int
    state: TargetState = "initial"
    reason: str = "no health check has passed yet"
    since: float = 0.0
    was_healthy: bool = False
    passed: int = 0
    failed: int = 0
    drains_until: float | None = None
    tasks: set[asyncio.Task[Any]] = field(default_factory=set)


class Targets:
    """The targets of one group. ``speed`` is how much faster than AWS the group's own time runs."""

    def __init__(self, group: TargetGroup, speed: float = 1.0) -> None:
        self.group = group
        self._speed = speed
        self._key = secrets.token_bytes(32)
        self._turn = 0
        self.known: dict[str, Target] = {}

    def update(self, registered: Mapping[str, tuple[str, int]], now: float) -> list[Target]:
        """Take over who is registered (id → address, port); return targets whose draining is over: they are forgotten.

        "Elastic Load Balancing stops sending requests to targets that are deregistering"; what is in flight goes on until
        the deregistration delay has passed.
        """
        for target_id, (address, port) in registered.items():
            target = self.known.get(target_id)
            if (
                target is None
                or target.state == "draining"
                or (target.address, target.port) != (address, port)
            ):
                self.known[target_id] = Target(id=target_id, address=address, port=port, since=now)
        for target in self.known.values():
            if target.id not in registered and target.state != "draining":
                target.state, target.reason = "draining", "it was deregistered"
                target.drains_until = now + self.group.deregistration_delay / self._speed
        over = [target for target in self.known.values() if (target.drains_until or now) < now]
        for target in over:
            del self.known[target.id]
        return over

    def checked(self, target: Target, problem: str | None) -> bool:
        """Take note of a health check, whose ``problem`` is None when it passed; return whether the state has changed.

        A new target "must pass one health check to be considered healthy"; later the thresholds count.
        """
        before = target.state
        if before == "draining":
            return False
        if problem is None:
            target.passed, target.failed = target.passed + 1, 0
            enough = 1 if target.state == "initial" else self.group.healthy_after
            if target.state != "healthy" and target.passed >= enough:
                target.state, target.reason, target.was_healthy = "healthy", "", True
            return target.state != before
        target.passed, target.failed = 0, target.failed + 1
        if target.failed >= self.group.unhealthy_after:
            target.state, target.reason = "unhealthy", problem
        return target.state != before

    def to_report(self, now: float) -> list[Target]:
        """Return the unhealthy targets that the group should know of.

        The group's grace period is as short as its time is fast, but hosts boot no faster for that: a target that was never
        healthy has :data:`BOOT_SECONDS`.
        """
        return [
            target
            for target in self.known.values()
            if target.state == "unhealthy" and (target.was_healthy or now - target.since > BOOT_SECONDS)
        ]

    def choose(self, cookie: str | None) -> Target | None:
        """Return the target of a request: the one that the cookie names while that is healthy, else the next in turn."""
        healthy = sorted(
            (one for one in self.known.values() if one.state == "healthy"), key=lambda one: one.id
        )
        if self.group.sticky_seconds is not None and cookie is not None:
            for target in healthy:
                if hmac.compare_digest(self.cookie(target), cookie):
                    return target
        if not healthy:
            return None
        self._turn += 1
        return healthy[self._turn % len(healthy)]

    def cookie(self, target: Target) -> str:
        """Return the value of the stickiness cookie, which does not reveal the target that it means."""
        return hmac.new(self._key, target.id.encode(), hashlib.sha256).hexdigest()


async def check_for_ever(targets: Targets, client: aiohttp.ClientSession, speed: float) -> None:
    """Check every target once an interval, which passes ``speed`` times as fast as on AWS."""
    pause = targets.group.interval / speed
    loop = asyncio.get_running_loop()
    while True:
        next_round = loop.time() + pause
        await asyncio.gather(
            *(check_target(target, targets, client) for target in list(targets.known.values()))
        )
        await asyncio.sleep(max(0.0, next_round - loop.time()))


async def check_target(target: Target, targets: Targets, client: aiohttp.ClientSession) -> None:
    """Check one target. The time-out is real: this machine is not faster than an instance."""
    if targets.checked(target, await _problem(target, targets.group, client)):
        log.info("%s is %s %s", target.id, target.state, target.reason)


async def _problem(target: Target, group: TargetGroup, client: aiohttp.ClientSession) -> str | None:
    port = target.port if group.health_port == "traffic-port" else int(group.health_port)
    try:
        async with client.get(
            f"http://{target.address}:{port}{group.health_path}",
            timeout=aiohttp.ClientTimeout(total=group.timeout),
            allow_redirects=False,
            headers={"User-Agent": "ELB-HealthChecker/2.0"},
        ) as answer:
            if answer.status in group.codes:
                return None
            return f"health check answered {answer.status}"
    except TimeoutError:
        return f"health check took more than {group.timeout:g} s"
    except (aiohttp.ClientError, OSError) as error:
        return f"health check failed: {error}"
