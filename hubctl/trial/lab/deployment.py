"""The aws-lab stack, synthesized and applied to the local AWS."""

import shutil
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hubctl.core.configuration.synthesized import JSON, run_app
from hubctl.core.errors import HubctlError
from hubctl.core.project_folders import ROOT
from hubctl.core.terraform.driver import Terraform, driver_environment
from hubctl.trial.aws.seed import DEFAULT_IMAGES, AccountSeed, seed_account
from hubctl.trial.aws.server import LocalAws
from hubctl.trial.lab.settings import ZONE, LocalLabSettings

STACK = "aws-lab"
APPLY_SECONDS = 900.0
# Prefixes of what an operator has set for stacks in an account: the trial's sizes are those of its settings.
_OPERATORS = ("TF_VAR_", "AWS_", "CDKTF_")
GRACE = 3.0  # seconds: nothing of a trial's state is worth waiting for


@dataclass(frozen=True, kw_only=True)
class DeployedLab:
    """What the stack's outputs say, and the folder that it was applied in."""

    folder: Path
    url: str
    dns_name: str
    group: str


def synthesize_stack(settings: LocalLabSettings, name: str = "cdktf.out") -> Path:
    """Synthesize the app with the Lab's settings; return the stack's folder. Raises HubctlError with the app's own words."""
    output = settings.work / name
    shutil.rmtree(output, ignore_errors=True)
    environment = driver_environment(drop=_OPERATORS)
    run_app(ROOT, output, environment=environment, settings=settings.context(), alone=True)
    return output / "stacks" / STACK


def apply_stack(folder: Path, aws: LocalAws, *, ending: threading.Event) -> DeployedLab:
    """Prepare what an account would have, and apply the stack; stop when ``ending`` is set.

    Raises HubctlError with Terraform's own words.
    """

    def stop_when_told() -> None:
        if ending.is_set():
            raise HubctlError("stopped", remedy="Run it again.")

    seed_account(aws, AccountSeed(domain=ZONE))
    terraform = _terraform(folder, aws, stop_when_told)
    terraform.init()
    terraform.apply()
    outputs = terraform.output()
    return DeployedLab(
        folder=folder,
        url=str(outputs["lab_url"].value),
        dns_name=str(outputs["alb_dns_name"].value),
        group=str(outputs["autoscaling_group_name"].value),
    )


def apply_newer_image(deployed: DeployedLab, aws: LocalAws, image: str) -> None:
    """Put another machine image into the account, and apply the stack again: the launch template gets a version more.

    ``image`` is a name such as ``jupyterhub-lab-2026.12.1``. Raises HubctlError with Terraform's own words.
    """
    seed_account(aws, AccountSeed(domain=ZONE, images=(*DEFAULT_IMAGES, image)))
    _terraform(deployed.folder, aws, None).apply()


def apply_values(deployed: DeployedLab, aws: LocalAws, values: Mapping[str, Any]) -> None:
    """Apply the stack again with other values of its variables. Raises HubctlError with Terraform's own words."""
    _terraform(deployed.folder, aws, None).apply(variables=values)


def apply_settings(deployed: DeployedLab, aws: LocalAws, settings: LocalLabSettings) -> None:
    """Synthesize the stack with other settings, and apply it over what is there. Raises HubctlError with the reason."""
    folder = synthesize_stack(settings, "cdktf.out.new")
    shutil.copy(folder / JSON, deployed.folder / JSON)
    _terraform(deployed.folder, aws, None).apply()


def _terraform(folder: Path, aws: LocalAws, on_tick: Callable[[], None] | None) -> Terraform:
    return Terraform(
        folder,
        driver_environment(aws.environment(), drop=_OPERATORS),
        deadline=APPLY_SECONDS,
        on_tick=on_tick,
        grace=GRACE,
    )
