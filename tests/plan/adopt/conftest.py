"""A local AWS, the states of labs by other authors, and ``hubctl adopt`` on them."""

import json
import shutil
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hubctl.adopt.adoption import adopt
from hubctl.adopt.request import AdoptionOutcome, AdoptionRequest
from hubctl.adopt.state.state_file import read_state
from hubctl.core.terraform.driver import Terraform, driver_environment
from hubctl.trial.aws.seed import AccountSeed, SeededAccount, seed_account
from hubctl.trial.aws.server import LocalAws

FIXTURES = Path(__file__).parents[1] / "fixtures" / "adopt"
HARMLESS = {"no-op", "forget"}
Document = dict[str, Any]
Run = Callable[..., AdoptionOutcome]


@pytest.fixture(scope="module")
def aws() -> Iterator[LocalAws]:
    with LocalAws(region="eu-central-1") as running:
        yield running


@pytest.fixture(scope="module")
def account(aws: LocalAws) -> SeededAccount:
    return seed_account(aws, AccountSeed(domain="lab.example.test"))


@pytest.fixture(scope="module")
def provider_host(aws: LocalAws, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The host that Terraform knows the provider by; committed states do not name it."""
    folder = tmp_path_factory.mktemp("host")
    shutil.copy(FIXTURES / "campus" / "main.tf", folder)
    Terraform(folder, driver_environment(aws.environment())).init()
    (host,) = {path.parent.parent.name for path in folder.glob(".terraform/providers/*/hashicorp/aws")}
    return host


@pytest.fixture
def lab(provider_host: str, account: SeededAccount) -> Callable[[str], Document]:
    """Return ``lab(name)``: the state of a lab, as if it had been applied to this local AWS."""

    def load(name: str) -> Document:
        text = (FIXTURES / "states" / f"{name}.json").read_text(encoding="utf-8")
        text = text.replace("PROVIDER_HOST", provider_host).replace("HOSTED_ZONE_ID", account.hosted_zone_id)
        document: Document = json.loads(text)
        return document

    return load


@pytest.fixture
def run(aws: LocalAws, project: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return ``run(document, **options)``: adopts a state, without refresh."""
    for name, value in aws.environment().items():
        monkeypatch.setenv(name, value)

    def adopted(document: Document, **options: Any) -> AdoptionOutcome:
        state = read_state(json.dumps(document), "the state")
        return adopt(
            state, AdoptionRequest(**{"stack": "aws-lab", "project": project, "refresh": False, **options})
        )

    return adopted


@pytest.fixture
def adoption_folder(project: Path) -> Iterator[str]:
    """A folder for adoption files, which has to lie inside the project; gone afterwards."""
    name = f"build/adoption-{uuid.uuid4().hex[:8]}"
    (project / name).mkdir(parents=True)
    yield name
    shutil.rmtree(project / name)


@pytest.fixture
def synthesize(project: Path, adoption_folder: str, run_main: Callable[..., Path]) -> Callable[..., Path]:
    """Return ``synthesize(outcome, folder, **context)``: writes the adoption file; returns the folder of aws-lab with it."""

    def synthesized(outcome: AdoptionOutcome, folder: Path, **context: str) -> Path:
        (project / adoption_folder / "aws-lab.json").write_text(outcome.file.text())
        return run_main(folder, adoption=adoption_folder, **context) / "aws-lab"

    return synthesized


@pytest.fixture
def initialized(aws: LocalAws) -> Callable[[Path, str], Terraform]:
    """Return ``initialized(folder, state)``: Terraform in a folder, with the text of a state in its place."""

    def ready(folder: Path, state: str) -> Terraform:
        (folder / "terraform.tfstate").write_text(state)
        terraform = Terraform(folder, driver_environment(aws.environment()))
        terraform.init()
        return terraform

    return ready


def actions(terraform: Terraform, *, refresh: bool) -> list[tuple[str, str]]:
    """Return action and address of every managed resource in a plan."""
    changes = terraform.plan(refresh=refresh).changes
    return [(change.action, change.address) for change in changes if change.mode == "managed"]
