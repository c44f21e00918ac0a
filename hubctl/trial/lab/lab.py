"""The Lab as a whole: local AWS with the applied stack, one host per instance, the balancer in front of them."""

import contextlib
import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict
from types import TracebackType
from typing import Any, Self

from hubctl.core.console import err
from hubctl.trial.aws.server import LocalAws
from hubctl.trial.hosts.announcement import new_password
from hubctl.trial.hosts.engine_disk import loaded_disk
from hubctl.trial.hosts.image import IMAGE_CACHE, image_archive
from hubctl.trial.hosts.machine import Tell
from hubctl.trial.hosts.shared_files import self_signed
from hubctl.trial.lab.balancer.__main__ import BalancerSettings
from hubctl.trial.lab.deployment import (
    STACK,
    DeployedLab,
    apply_newer_image,
    apply_settings,
    apply_stack,
    apply_values,
    synthesize_stack,
)
from hubctl.trial.lab.fleet import LabFleet
from hubctl.trial.lab.helpers import clear_lab_leftovers, helper, reserve_lab
from hubctl.trial.lab.host import LabHostInputs, loaded_image, runtime
from hubctl.trial.lab.instances import (
    LabGroupReader,
    LabInstance,
    LabMetadataService,
    settings_of_user_data,
)
from hubctl.trial.lab.settings import (
    DOMAIN,
    LAB_HOSTS,
    NAME,
    REGION,
    LocalLabSettings,
)

FIRST_SECONDS = 900.0


class Lab:
    """A Lab on this machine for as long as the ``with`` block lasts. Needs root.

    Raises HubctlError when something does not come up; everything that was started is stopped again.
    """

    deployed: DeployedLab
    fleet: LabFleet
    aws: LocalAws

    def __init__(self, settings: LocalLabSettings, tell: Tell = err.say) -> None:
        settings.check()
        self.settings = settings
        self.password = new_password()
        self._say = tell
        self._began = time.monotonic()
        self._stack = contextlib.ExitStack()
        self._ending = threading.Event()

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

    def tell(self, sentence: str) -> None:
        """Say something, with the seconds since the start."""
        self._say(f"{time.monotonic() - self._began:5.0f} s  {sentence}")

    @property
    def address(self) -> str:
        """Where the balancer listens."""
        return LAB_HOSTS.gateway

    @property
    def certificate(self) -> str:
        """The balancer's certificate, in PEM."""
        return self.settings.certificate.read_text(encoding="utf-8")

    def stop(self) -> None:
        """Stop everything that was started, and delete the hosts' disks; images and users' files stay."""
        self._ending.set()
        self._stack.close()

    def target_health(self) -> dict[str, dict[str, Any]]:
        """Return what the balancer says of its targets: instance id → ``state``, ``reason``, ``requests``."""
        return self.settings.target_health()

    def healthy(self) -> list[str]:
        """Return the instances to which the balancer sends users."""
        return sorted(name for name, health in self.target_health().items() if health["state"] == "healthy")

    def wait_until(self, what: str, there: Callable[[], bool], seconds: float) -> None:
        """Wait for a condition; raise TimeoutError that names it."""
        deadline = time.monotonic() + seconds
        while not there():
            if time.monotonic() > deadline:
                raise TimeoutError(f"gave up waiting for {what} after {seconds:.0f} s")
            time.sleep(0.2)

    def renew_image(self, name: str) -> None:
        """Apply a newer machine image, as an operator does; it reaches instances by `hubctl rollout start`."""
        apply_newer_image(self.deployed, self.aws, name)
        self.tell(f"{STACK} is applied with the image {name}")

    def change(self, **values: Any) -> None:
        """Apply other values of the stack's variables, as an operator does; instances that are launched later have them."""
        apply_values(self.deployed, self.aws, values)
        self.tell(
            f"{STACK} is applied with {', '.join(f'{name} = {value}' for name, value in values.items())}"
        )

    def reshape(self, settings: LocalLabSettings) -> None:
        """Synthesize and apply the stack with other settings of its shape, as an operator does who has changed them."""
        apply_settings(self.deployed, self.aws, settings)
        self.tell(f"{STACK} is synthesized anew and applied")

    def _start(self) -> None:
        settings = self.settings
        self._stack.enter_context(reserve_lab(settings))
        clear_lab_leftovers(settings)
        for folder in (settings.homes, settings.work, settings.hosts):
            folder.mkdir(parents=True, exist_ok=True)
        settings.homes.chmod(0o755)
        self.tell(
            f"synthesizing and applying {STACK} to a local AWS, {settings.speed:g} times as fast as AWS"
        )
        self.aws = self._stack.enter_context(LocalAws(region=REGION, scaling_speed=settings.speed))
        pool = self._stack.enter_context(ThreadPoolExecutor(max_workers=1))
        self._stack.callback(self._ending.set)
        deployment = pool.submit(self._deploy)
        images = self._images()
        self._stack.callback(LAB_HOSTS.delete)
        LAB_HOSTS.create()
        port = self.aws.endpoint_url.rpartition(":")[2]
        relay = helper(
            "relay", "hubctl.trial.hosts.relay", LAB_HOSTS.gateway, port, port, folder=settings.work
        )
        self._stack.enter_context(relay)
        metadata = LabMetadataService(LAB_HOSTS.gateway, REGION, self.aws.client("sts"))
        self._stack.enter_context(metadata.serving())
        inputs = LabHostInputs(
            homes=settings.homes,
            **images,
            metadata=metadata.at,
            endpoint=f"http://{LAB_HOSTS.gateway}:{port}",
            speed=settings.speed,
        )
        instances = LabGroupReader(self.aws, NAME)
        self.fleet = LabFleet(
            instances, metadata, inputs, settings.hosts, welcome=self._allow_test_login, tell=self.tell
        )
        self._stack.callback(self.fleet.stop)
        self.fleet.start()
        self._await(deployment)
        self._stack.enter_context(
            helper("balancer", "hubctl.trial.lab.balancer", self._balancer_file(), folder=settings.work)
        )
        self.fleet.wait_for_service(settings.min_size, FIRST_SECONDS)
        self.wait_until("a healthy instance", lambda: bool(self.healthy()), FIRST_SECONDS)
        self.tell(f"the Lab answers at {self.deployed.url}")

    def _images(self) -> dict[str, Any]:
        image = image_archive(IMAGE_CACHE, self.tell)
        loaded = loaded_image(loaded_disk(IMAGE_CACHE, image, self.tell), self.settings.work / "image")
        own = self.settings.state / "cache"  # of the Lab alone, as the trial Swarm needs no runtime
        return {"image": self._stack.enter_context(loaded), "runtime": runtime(own, self.tell)}

    def _deploy(self) -> DeployedLab:
        folder = synthesize_stack(self.settings)
        return apply_stack(folder, self.aws, ending=self._ending)

    def _await(self, deployment: Future[DeployedLab]) -> None:
        self.deployed = deployment.result()
        self.tell(f"{STACK} is applied")

    def _allow_test_login(self, instance: LabInstance) -> None:
        """Put the password of the test login where the instance looks for it."""
        self.aws.client("ssm").put_parameter(
            Name=f"{settings_of_user_data(instance.user_data)['parameter_prefix']}/hub/login/test-password",
            Value=self.password,
            Type="SecureString",
            Overwrite=True,
        )

    def _balancer_file(self) -> str:
        work = self.settings.work
        certificate, key = self_signed(DOMAIN)
        self.settings.certificate.write_text(certificate, encoding="utf-8")
        (work / "key.pem").touch(mode=0o600)
        (work / "key.pem").write_text(key, encoding="utf-8")
        settings = BalancerSettings(
            endpoint_url=self.aws.endpoint_url,
            region=REGION,
            profile=self.aws.environment()["AWS_CONFIG_FILE"],
            dns_name=self.deployed.dns_name,
            address=LAB_HOSTS.gateway,
            certificate=str(self.settings.certificate),
            key=str(work / "key.pem"),
            speed=self.settings.speed,
            state=str(work / "targets.json"),
        )
        file = work / "balancer.json"
        file.write_text(json.dumps(asdict(settings)), encoding="utf-8")
        return str(file)
