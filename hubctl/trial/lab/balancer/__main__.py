"""``python -m hubctl.trial.lab.balancer SETTINGS``: serve until a signal, or until the parent is gone.

SETTINGS is a JSON file: see :class:`BalancerSettings`. Prints ``ready`` once the listeners are open.
"""

import asyncio
import contextlib
import json
import logging
import signal
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hubctl.core.errors import HubctlError
from hubctl.core.files import write_whole
from hubctl.trial.aws.environment import isolated_session
from hubctl.trial.lab.balancer.description import describe_balancer, registered
from hubctl.trial.lab.balancer.load_balancer import LocalBalancer
from hubctl.trial.lab.balancer.targets import Target, check_for_ever

LOOK_SECONDS = 1.0
log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class BalancerSettings:
    """Which balancer to be, and where. ``profile`` is the AWS configuration file of the local AWS; ``state`` is written."""

    endpoint_url: str
    region: str
    profile: str
    dns_name: str
    address: str
    certificate: str
    key: str
    speed: float
    state: str


class Clients:
    """The services of the local AWS that are asked; calls block, so they run in threads."""

    def __init__(self, settings: BalancerSettings) -> None:
        session = isolated_session(settings.profile)

        def client(service: str) -> Any:
            return session.client(service, region_name=settings.region, endpoint_url=settings.endpoint_url)

        self.elbv2, self.ec2, self.autoscaling = client("elbv2"), client("ec2"), client("autoscaling")

    def targets(self, arn: str) -> dict[str, tuple[str, int]]:
        """Return the registered targets: id → address, port."""
        ports = registered(self.elbv2, arn)
        if not ports:
            return {}
        answer = self.ec2.describe_instances(InstanceIds=sorted(ports))
        instances = [one for reservation in answer["Reservations"] for one in reservation["Instances"]]
        return {
            one["InstanceId"]: (one["PrivateIpAddress"], ports[one["InstanceId"]])
            for one in instances
            if one.get("PrivateIpAddress")
        }

    def report(self, target: Target) -> None:
        """Tell the auto scaling group of an unhealthy instance; the group's grace period is respected.

        On AWS a group whose health check type is ELB asks the balancer by itself.
        """
        self.autoscaling.set_instance_health(
            InstanceId=target.id, HealthStatus="Unhealthy", ShouldRespectGracePeriod=True
        )


async def serve(settings: BalancerSettings) -> None:
    """Serve until SIGTERM, SIGINT or the end of standard input."""
    clients = Clients(settings)
    description = await asyncio.to_thread(describe_balancer, clients.elbv2, settings.dns_name)
    site = LocalBalancer(
        description, settings.address, Path(settings.certificate), Path(settings.key), speed=settings.speed
    )
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    # A parent that dies closes the pipe.
    threading.Thread(
        target=lambda: (sys.stdin.read(), loop.call_soon_threadsafe(ended.set)), daemon=True
    ).start()
    await site.start()
    assert site.client is not None  # noqa: S101 - start() has made it
    tasks = [
        asyncio.create_task(check_for_ever(targets, site.client, settings.speed))
        for targets in site.targets.values()
    ]
    tasks.append(asyncio.create_task(_follow(site, clients, Path(settings.state))))
    print("ready", flush=True)
    await ended.wait()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await site.stop()


async def _follow(site: LocalBalancer, clients: Clients, state: Path) -> None:
    """Follow who is registered, and tell the group and the state file who is healthy."""
    while True:
        for arn, targets in site.targets.items():
            try:
                site.update(arn, await asyncio.to_thread(clients.targets, arn))
                for target in targets.to_report(time.monotonic()):
                    await asyncio.to_thread(clients.report, target)
            except Exception as error:
                log.warning("the local AWS cannot be asked: %s", error)
        _write(site, state)
        await asyncio.sleep(LOOK_SECONDS)


def _write(site: LocalBalancer, state: Path) -> None:
    """Write who is healthy: instance id → state, reason and requests under way."""
    document = {
        target.id: {"state": target.state, "reason": target.reason, "requests": len(target.tasks)}
        for targets in site.targets.values()
        for target in targets.known.values()
    }
    write_whole(state, json.dumps(document), durable=False)


def main() -> int:
    """Run; return the exit status."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    logging.getLogger("botocore").setLevel(logging.WARNING)
    settings = BalancerSettings(**json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
    with contextlib.suppress(KeyboardInterrupt):
        try:
            asyncio.run(serve(settings))
        except (HubctlError, OSError) as error:
            print(f"error: {error}", file=sys.stderr, flush=True)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
