"""Fixtures for tests with the real Terraform: the synthesized folders, a seeded local AWS, and copies to work in."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from hubctl.core.terraform.driver import Terraform, driver_environment
from hubctl.trial.aws.seed import AccountSeed, seed_account
from hubctl.trial.aws.server import LocalAws
from tests.support.leftovers import shared_folder
from tests.support.waiting import PATIENCE

# Terraform and the provider live for seconds each and spend a third of their work on collecting garbage: theirs is
# collected only when there is much of it.
os.environ.setdefault("GOGC", "off")
os.environ.setdefault("GOMEMLIMIT", "1500MiB")


DOMAIN = "lab.example.test"
VARIABLES: dict[str, dict[str, str]] = {
    "aws-lab": {"domain_name": f"hub.{DOMAIN}", "hosted_zone": DOMAIN},
    "chef-hub": {"deployer_ip": "203.0.113.10/32", "target_domain": DOMAIN},
}


@pytest.fixture(scope="session")
def variables() -> Mapping[str, Mapping[str, str]]:
    """The variables without a default, by stack."""
    return VARIABLES


@pytest.fixture(scope="session")
def run_main(project: Path) -> Callable[..., Path]:
    """Return ``run_main(outdir, **context)``: runs main.py as an operator would, and returns the folder of the stacks."""

    def run(outdir: Path, **context: Any) -> Path:
        finished = subprocess.run(
            [sys.executable, str(project / "main.py")],
            cwd=project,
            env={
                **os.environ,
                "CDKTF_OUTDIR": str(outdir),
                "CDKTF_CONTEXT_JSON": json.dumps({"adoption": "no-adoption", **context}),
            },
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert (finished.returncode, finished.stderr) == (0, "")
        return outdir / "stacks"

    return run


@pytest.fixture(scope="session")
def stacks_of(run_main: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Return ``stacks_of(**context)``: the folder of the stacks as main.py writes them, once for each context.

    It is everybody's: whoever runs Terraform there or writes into it takes a copy.
    """
    made: dict[str, Path] = {}

    def folder(**context: Any) -> Path:
        key = json.dumps(context, sort_keys=True)
        if key not in made:
            made[key] = shared_folder(run_main(tmp_path_factory.mktemp("stacks"), **context))
        return made[key]

    return folder


@pytest.fixture(scope="session")
def synthesized(stacks_of: Callable[..., Path]) -> Path:
    """The folder with both stacks, made with the default settings."""
    return stacks_of()


@pytest.fixture(scope="module")
def local_aws() -> Iterator[LocalAws]:
    """A local AWS with hosted zone, AMIs and key pair, one per module: two that deploy the same stack never meet."""
    with LocalAws() as aws:
        seed_account(aws, AccountSeed(domain=DOMAIN))
        yield aws


@pytest.fixture(scope="module")
def terraform(local_aws: LocalAws) -> Callable[[Path], Terraform]:
    """Return ``terraform(folder)``: the driver, initialized, against the local AWS."""

    def initialized(folder: Path) -> Terraform:
        driver = Terraform(folder, driver_environment(local_aws.environment()))
        driver.init()
        return driver

    return initialized


@pytest.fixture(scope="session")
def synthesize_adopting(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, Path], Path]:
    """Return ``synthesize_adopting(stack, adoption_file)``: the stack's folder, with what that file takes over."""

    def synthesize(stack: str, file: Path) -> Path:
        from cdktf import App

        from stacks.adoption.file import parse_adoption
        from stacks.app import build_stack
        from stacks.settings.loading import check_context

        adoption = parse_adoption(file.read_text(encoding="utf-8"), stack)
        settings, mistakes = check_context({}, {stack: adoption})
        assert not mistakes, mistakes
        outdir = tmp_path_factory.mktemp("adopting")
        app = App(stack_traces=False, outdir=str(outdir))
        build_stack(app, settings, stack)
        app.synth()
        return outdir / "stacks" / stack

    return synthesize


@pytest.fixture
def copy_of(stacks_of: Callable[..., Path], tmp_path: Path) -> Callable[..., Path]:
    """Return ``copy_of(stack, **context)``: that stack's folder alone, copied to where nothing else of the project is."""

    def copied(stack: str, **context: Any) -> Path:
        return Path(shutil.copytree(stacks_of(**context) / stack, tmp_path / "elsewhere" / stack))

    return copied
