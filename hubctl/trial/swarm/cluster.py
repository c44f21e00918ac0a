"""The trial cluster as a whole: local AWS, leader, and the workers that the auto scaling group asks for."""

import contextlib
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from hubctl.core.console import err
from hubctl.core.errors import HubctlError
from hubctl.trial.aws.server import LocalAws
from hubctl.trial.hosts import cookbook_files
from hubctl.trial.hosts.announcement import new_password
from hubctl.trial.hosts.engine_disk import loaded_disk
from hubctl.trial.hosts.host import Host
from hubctl.trial.hosts.image import HUB_IMAGE, NOTEBOOK_IMAGE, image_archive
from hubctl.trial.hosts.machine import ENDS_WITH_STARTER, Tell
from hubctl.trial.hosts.shared_files import shared_files
from hubctl.trial.swarm.account import WorkerGroup, prepare_account, renew_image
from hubctl.trial.swarm.converge import converge_leader, converge_worker
from hubctl.trial.swarm.fleet import WorkerFleet
from hubctl.trial.swarm.nodes import SwarmHostInputs, furnish_leader
from hubctl.trial.swarm.ready import wait_for_followers, wait_for_hub, wait_for_workers
from hubctl.trial.swarm.settings import (
    ADMINISTRATORS,
    HOSTNAME,
    LocalSwarmSettings,
    clear_cluster_leftovers,
    reserve_cluster,
)
from stacks.chef_hub.profiles import WORKERS_LAUNCHING_HOOK

HOST_PROGRAMS = Path(__file__).resolve().parents[1] / "hosts"
DOMAIN = HOSTNAME.partition(".")[2]


class Cluster:
    """Leader and workers on this machine, for as long as the ``with`` block lasts. Needs root.

    Raises HubctlError when something does not come up; everything that was started is stopped again.
    """

    def __init__(self, settings: LocalSwarmSettings, tell: Tell = err.say) -> None:
        self.settings = settings
        self.password = new_password()
        self._leaders = 1
        self._tell = tell
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def workers(self) -> list[Host]:
        """The workers that there are now."""
        return list(self.fleet.hosts.values())

    @property
    def hosts(self) -> list[Host]:
        """Leader and workers."""
        return [self.leader, *self.workers]

    def stop(self) -> None:
        """Stop everything that was started, and delete the hosts' disks; images stay in the cache."""
        self._stack.close()

    def _start(self) -> None:
        self._stack.enter_context(reserve_cluster(self.settings.state))
        clear_cluster_leftovers(self.settings.state, self.settings.network)
        image = image_archive(self.settings.cache, self._tell)
        self._engine = loaded_disk(self.settings.cache, image, self._tell)
        share = shared_files(self.settings.shared, self.settings.shared_mib)
        self._stack.enter_context(share)
        network = self.settings.network
        network.create()
        self._stack.callback(network.delete)
        self._tell("starting the local AWS")
        self.aws = self._stack.enter_context(LocalAws(scaling_speed=self.settings.speed))
        # The local AWS listens on loopback only: this lets the hosts reach it at the bridge's address.
        self._helper("relay.py", network.gateway, str(self._port), str(self._port))
        metadata_file = self.settings.state / "instances.json"
        metadata_file.unlink(missing_ok=True)
        self._metadata = (
            f"{network.gateway}:{self._helper('metadata_service.py', network.gateway, str(metadata_file))}"
        )
        self.inputs = self._inputs(image)
        self.fleet = WorkerFleet(self.aws, self.inputs, self.settings, metadata_file)
        self._stack.callback(self.fleet.stop)
        self._stack.callback(self._stop_leader)
        self._tell("starting leader and workers")
        self.leader = self._host("leader", 1, self._engine)
        furnish_leader(self.leader, self.inputs)
        self.leader.launch()
        self.fleet.begin(self.settings.workers, self._engine)
        for host in self.hosts:
            host.wait_until_ready()
            self._tell(f"{host.name} is up")
        wait_for_workers(self.leader, len(self.workers))
        wait_for_hub(self.leader, HOSTNAME)
        self._stack.enter_context(self.fleet.following())
        self._tell("the hub answers")

    def renew_worker_image(self, name: str) -> str:
        """Apply a newer machine image of the workers, as an operator does; it reaches them by `hubctl rollout start`.

        Return the version of the launch template that has it. The notebook image is on that machine image already.
        """
        version = renew_image(self.aws, self.inputs.attributes["autoscaling_group"], domain=DOMAIN, name=name)
        self.fleet.engines[version] = self._engine
        return version

    def replace_leader(self, *, orderly: bool) -> None:
        """Destroy the leader, its disk too, and bring up another one at another address, as Terraform and Chef do.

        ``orderly`` shuts it down first, as EC2 does; else it is gone from one moment to the next. The certificate stays, as
        it lies on the shared files.
        """
        names = ("fullchain.pem", "privkey.pem", "source")
        files = [f"{cookbook_files.CERTIFICATE_FOLDER}/{name}" for name in names]
        certificate = {path: self.leader.run("cat", path) for path in files}
        before = self.leader
        (before.stop if orderly else before.kill)()
        before.erase()
        self._leaders += 1
        # Counted from the end, so that workers' numbers stay apart.
        self.leader = self._host(f"leader-{self._leaders}", 200 - self._leaders, self._engine)
        running = [worker for worker in self.workers if worker.running()]
        self._publish_leader()
        # An instance of EC2 needs minutes until its engine runs, and workers look every half minute.
        wait_for_followers(running, self.leader.address)
        furnish_leader(self.leader, self.inputs)
        for path, content in certificate.items():
            self.leader.write(path, content, mode=0o600)
        self.leader.launch()
        self.leader.wait_until_ready()
        wait_for_workers(self.leader, len(running))
        wait_for_hub(self.leader, HOSTNAME)

    def _publish_leader(self) -> None:
        """Register the new leader's address, as Terraform does once the instance is there and before it is up."""
        self.aws.client("servicediscovery").register_instance(
            ServiceId=self.inputs.attributes["services"]["swarm"]["id"],
            InstanceId="swarm_svc_master",
            Attributes={"AWS_INSTANCE_IPV4": self.leader.address},
        )

    def change_hub(self, **hub: object) -> None:
        """Change settings of the hub, as Chef does: write the file, restart the hub, wait until it answers."""
        self.inputs.attributes["hub"] |= hub
        settings = cookbook_files.hub_settings_file(self.inputs.attributes, "chef-hub")
        path = f"{cookbook_files.CONFIG_FOLDER}/settings.json"
        # Written on the running host: its file system has the upper folder open.
        self.leader.run("tee", path, stdin=json.dumps(settings, indent=2))
        self.restart_hub()

    def converge(self, **hub: object) -> list[str]:
        """Change settings of the hub, and do what the next Chef run would do on all hosts; return the files that changed.

        Raises HubctlError when that run would fail.
        """
        wanted = {**self.inputs.attributes["hub"], **hub}
        inputs = replace(self.inputs, attributes={**self.inputs.attributes, "hub": wanted})
        changed = converge_leader(self.leader, inputs)
        self.inputs.attributes["hub"] = wanted
        for worker in self.workers:
            converge_worker(worker, self.inputs)
        wait_for_hub(self.leader, HOSTNAME)
        return changed

    def change_certificate(self, source: str, *, chain: str = "", key: str = "") -> None:
        """Change where the certificate comes from, and do what the next Chef run would do on the leader.

        ``chain`` and ``key`` are paths there, for the source ``files``; that certificate has to be for the users' domains too,
        as the trial's own is. Raises HubctlError when that run would fail.
        """
        tls = {"source": source, "certificate_file": chain, "key_file": key}
        converge_leader(self.leader, replace(self.inputs, attributes={**self.inputs.attributes, "tls": tls}))
        self.inputs.attributes["tls"] = tls
        wait_for_hub(self.leader, HOSTNAME)

    def give_notebook_image(self, worker: Host, image: str) -> None:
        """Bring a worker another notebook image, and let it say so, as the timer on a worker does after its pull.

        No registry is there to pull from: it is the same image under another name.
        """
        worker.run("docker", "tag", NOTEBOOK_IMAGE, image)
        variables = {"CHEF_HUB_NOTEBOOK_IMAGE": image, "STATE_DIRECTORY": cookbook_files.IMAGES_FOLDER}
        words = [f"{name}={value}" for name, value in variables.items()]
        worker.run_as_unit("env", *words, f"{cookbook_files.PROGRAM_FOLDER}/offer-worker", seconds=120)

    def restart_hub(self) -> None:
        """Stop the hub's container, which its unit then starts anew; the proxy's stays."""
        self.leader.run("docker", "stop", "--time", "30", "jupyterhub")
        wait_for_hub(self.leader, HOSTNAME)

    def _inputs(self, image: Path) -> SwarmHostInputs:
        chosen = self.settings
        attributes = cookbook_files.contract(
            hub_image=HUB_IMAGE,
            notebook_image=NOTEBOOK_IMAGE,
            login={
                "authenticator": "test",
                "allow_test_login": True,
                "allow_all": True,
                "admin_users": list(ADMINISTRATORS),
            },
            **{
                name: getattr(chosen, name)
                for name in (
                    "max_users",
                    "max_cluster_memory_gib",
                    "max_disk_percent",
                    "user_memory_gib",
                    "user_cpus",
                    "user_disk_gib",
                    "idle_timeout_minutes",
                    "start_timeout_seconds",
                    "growth_timeout_seconds",
                    "spare_places",
                    "user_domains",
                )
            },
        )
        attributes["hub_hostname"] = HOSTNAME
        if chosen.pool:
            attributes["launching_hook"] = WORKERS_LAUNCHING_HOOK
        attributes["services"]["swarm"]["id"] = prepare_account(
            self.aws,
            domain=DOMAIN,
            group=WorkerGroup(
                name=attributes["autoscaling_group"],
                hook=attributes["lifecycle_hook"],
                workers=chosen.workers,
                maximum=chosen.max_workers,
                pool=chosen.pool,
                launching_hook=WORKERS_LAUNCHING_HOOK,
            ),
        )
        aws = {
            "AWS_ENDPOINT_URL": f"http://{self.settings.network.gateway}:{self._port}",
            "AWS_ACCESS_KEY_ID": "local-aws",
            "AWS_SECRET_ACCESS_KEY": "local-aws",
        }
        return SwarmHostInputs(
            attributes=attributes, aws=aws, metadata=self._metadata, image=image, password=self.password
        )

    @property
    def _port(self) -> int:
        return int(self.aws.endpoint_url.rpartition(":")[2])

    def _helper(self, script: str, *arguments: str) -> str:
        """Start a helper on this machine that lives as long as the cluster; return the first line that it writes."""
        command = [*ENDS_WITH_STARTER, sys.executable, str(HOST_PROGRAMS / script), *arguments]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None  # noqa: S101 - it was asked for
        self._stack.callback(process.stdout.close)
        self._stack.callback(process.wait)
        self._stack.callback(process.kill)
        line = process.stdout.readline().strip()
        if not line:
            raise HubctlError(f"{script} did not start", remedy="Try again.")
        return line

    def _host(self, name: str, number: int, engine: Path | None) -> Host:
        disk = self.settings.state / "hosts" / name
        return Host(
            name=name,
            number=number,
            disk=disk,
            shared=self.settings.shared,
            engine=engine,
            network=self.settings.network,
        )

    def _stop_leader(self) -> None:
        if hasattr(self, "leader"):
            self.leader.kill()
            self.leader.erase()
