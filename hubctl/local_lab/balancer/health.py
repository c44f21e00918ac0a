"""Health checks of the targets, at the target group's interval."""

import asyncio
import logging

import aiohttp

from hubctl.local_lab.balancer.description import TargetGroup
from hubctl.local_lab.balancer.targets import Target, Targets

log = logging.getLogger(__name__)


async def check_for_ever(targets: Targets, client: aiohttp.ClientSession, speed: float) -> None:
    """Check every target once an interval, which passes ``speed`` times as fast as on AWS."""
    pause = targets.group.interval / speed
    loop = asyncio.get_running_loop()
    while True:
        next_round = loop.time() + pause
        await asyncio.gather(*(check(target, targets, client) for target in list(targets.known.values())))
        await asyncio.sleep(max(0.0, next_round - loop.time()))


async def check(target: Target, targets: Targets, client: aiohttp.ClientSession) -> None:
    """Check one target. The time-out is real: this machine is no faster than an instance."""
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
