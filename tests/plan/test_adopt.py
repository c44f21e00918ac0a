"""Labs by other authors are taken over: planned from their states, and one really applied, adopted and applied again.

The states in ``fixtures/adopt/states`` were made by applying the configurations beside them; they are planned without
refresh, since what they speak of is gone. The lab ``workshop`` is the one that is really applied.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hubctl.adopt.adoption import adopt
from hubctl.adopt.request import AdoptionOutcome, AdoptionRequest
from hubctl.adopt.state_file import read_state
from hubctl.errors import BadInputError
from hubctl.local_aws.seed import AccountSeed, SeededAccount, seed_account
from hubctl.local_aws.server import LocalAws
from hubctl.terraform.driver import Terraform
from hubctl.terraform.environment import driver_environment

pytestmark = pytest.mark.terraform

FIXTURES = Path(__file__).parent / "fixtures" / "adopt"
HARMLESS = {"no-op", "update", "forget"}
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


def actions(terraform: Terraform, *, refresh: bool) -> list[tuple[str, str]]:
    """Return action and address of every managed resource in a plan."""
    changes = terraform.plan(refresh=refresh).changes
    return [(change.action, change.address) for change in changes if change.mode == "managed"]


def managed(document: Document) -> int:
    return sum(len(r["instances"]) for r in document["resources"] if r["mode"] == "managed")


def without(document: Document, address: str) -> Document:
    kind, name = address.split(".")
    kept = [r for r in document["resources"] if (r["type"], r["name"]) != (kind, name)]
    assert len(kept) == len(document["resources"]) - 1
    return {**document, "resources": kept}


def with_resource(document: Document, kind: str, name: str, provider: str, **attributes: Any) -> Document:
    entry = {
        "mode": "managed",
        "type": kind,
        "name": name,
        "provider": f'provider["{provider}/hashicorp/aws"]',
        "instances": [{"schema_version": 0, "attributes": attributes, "sensitive_attributes": []}],
    }
    return {**document, "resources": [*document["resources"], entry]}


@pytest.mark.parametrize("name", ["seminar", "institute"])
def test_nothing_is_created_destroyed_or_replaced(
    run: Run, lab: Callable[[str], Document], name: str
) -> None:
    document = lab(name)
    outcome = run(document)
    assert outcome.proven, outcome.differences
    assert set(outcome.counts) <= HARMLESS
    assert sum(outcome.counts.values()) == managed(document)
    assert set(outcome.only_here.values()) <= {"left out"}
    assert set(outcome.only_there.values()) <= {"carried on as it is"}
    guessed = {match.ours for match in outcome.matching.matches if match.certainty != "certain"}
    assert guessed <= {"aws_iam_role_policy.lab_instance"}  # one of two policies of one role


def test_an_empty_plan_can_be_had_and_the_app_reads_the_file(
    run: Run,
    lab: Callable[[str], Document],
    aws: LocalAws,
    project: Path,
    adoption_folder: str,
    run_main: Callable[..., Path],
    tmp_path: Path,
) -> None:
    document = lab("campus")
    outcome = run(document, strict=True)
    assert outcome.proven, (outcome.differences, outcome.updates)
    assert set(outcome.counts) == {"no-op"}

    (project / adoption_folder / "aws-lab.json").write_text(outcome.file.text())
    folder = run_main(tmp_path, adoption=adoption_folder) / "aws-lab"
    (folder / "terraform.tfstate").write_text(json.dumps(document))
    terraform = Terraform(folder, driver_environment(aws.environment()))
    terraform.init()
    found = actions(terraform, refresh=False)
    assert [entry for entry in found if entry[0] != "no-op"] == []
    assert len(found) == managed(document)

    # From here, the other profile adds its parts and takes nothing away.
    better = run_main(tmp_path / "better", adoption=adoption_folder, profile="recommended") / "aws-lab"
    (better / "terraform.tfstate").write_text(json.dumps(document))
    terraform = Terraform(better, driver_environment(aws.environment()))
    terraform.init()
    switched = actions(terraform, refresh=False)
    assert {action for action, _ in switched} <= {"no-op", "update", "create"}, switched
    assert ("create", "aws_autoscaling_lifecycle_hook.drain") in switched


def test_a_design_that_differs_is_named_with_a_remedy(
    run: Run, lab: Callable[[str], Document], provider_host: str
) -> None:
    """One listener is missing there, and one machine more is there; each is named, and so is what settles it."""
    document = with_resource(
        without(lab("campus"), "aws_lb_listener.redirect"),
        "aws_instance",
        "bastion",
        provider_host,
        id="i-0123456789abcdef0",
        ami="ami-0123456789abcdef0",
        instance_type="t3.micro",
        user_data="hush-hush",
    )
    outcome = run(document)
    assert not outcome.proven
    found = {(d.action, d.address): d.remedy for d in outcome.differences}
    assert set(found) == {("create", "aws_lb_listener.http"), ("delete", "aws_instance.bastion")}
    assert "--leave-out aws_lb_listener.http" in found["create", "aws_lb_listener.http"]
    assert "--forget 'aws_instance.bastion'" in found["delete", "aws_instance.bastion"]
    assert outcome.only_there["aws_instance.bastion"] == "would be destroyed"

    settled = run(document, leave_out=["aws_lb_listener.http"], forget=["aws_instance.bastion"])
    assert settled.proven, settled.differences
    assert settled.counts["forget"] == 1
    assert "hush-hush" not in settled.file.text()


def test_what_show_prints_serves_as_well(
    run: Run, lab: Callable[[str], Document], aws: LocalAws, tmp_path: Path
) -> None:
    shutil.copy(FIXTURES / "campus" / "main.tf", tmp_path)
    (tmp_path / "terraform.tfstate").write_text(json.dumps(lab("campus")))
    terraform = Terraform(tmp_path, driver_environment(aws.environment()))
    terraform.init()
    outcome = run(terraform.show_state())
    assert outcome.proven, outcome.differences
    assert set(outcome.counts) <= HARMLESS


def test_an_unknown_hosted_zone_is_asked_for(run: Run, lab: Callable[[str], Document]) -> None:
    """Not even AWS knows a zone of this id; one that AWS knows is looked up."""
    document = lab("workshop")
    document["resources"] = [r for r in document["resources"] if r["type"] != "aws_route53_zone"]
    for record in (r for r in document["resources"] if r["type"] == "aws_route53_record"):
        for instance in record["instances"]:
            instance["attributes"]["zone_id"] = "Z0NOTINTHISACCOUNT"
    with pytest.raises(BadInputError, match="does not tell hosted_zone") as asked:
        run(document)
    assert "--var hosted_zone=" in asked.value.remedy


@pytest.mark.apply
@pytest.mark.usefixtures("account")
def test_a_real_lab_is_adopted_applied_and_then_at_rest(
    aws: LocalAws,
    run: Run,
    project: Path,
    adoption_folder: str,
    run_main: Callable[..., Path],
    tmp_path: Path,
) -> None:
    """The whole way of an operator, with refreshes: their apply, hubctl adopt, our apply, and an empty plan."""
    environment = driver_environment(aws.environment())
    theirs = Path(shutil.copytree(FIXTURES / "workshop", tmp_path / "theirs"))
    existing = Terraform(theirs, environment, deadline=600)
    existing.init()
    existing.apply()
    state = theirs / "terraform.tfstate"
    before = state.read_bytes()

    finished = subprocess.run(
        [
            *(sys.executable, "-c", "from hubctl.cli import main; main()"),
            *("adopt", "--stack", "aws-lab", "--from-backend", str(theirs)),
            *("--out", str(project / adoption_folder), "--json"),
        ],
        cwd=project,
        env={**os.environ, **aws.environment(), "PATH": environment["PATH"]},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    outcome = json.loads(finished.stdout)
    assert outcome["proven"]
    assert set(outcome["plan"]) <= HARMLESS
    assert state.read_bytes() == before

    # What is in AWS but in no state is taken in by its id.
    document = json.loads(before)
    gateway = next(r for r in document["resources"] if r["type"] == "aws_internet_gateway")
    document["resources"].remove(gateway)
    identifier = gateway["instances"][0]["attributes"]["id"]
    imported = run(document, refresh=True, imports={"aws_internet_gateway.lab": identifier})
    assert imported.proven, imported.differences
    assert [(found.to, found.id) for found in imported.file.imports] == [
        ("aws_internet_gateway.lab", identifier)
    ]

    folder = run_main(tmp_path / "ours", adoption=adoption_folder) / "aws-lab"
    shutil.copy(state, folder / "terraform.tfstate")
    ours = Terraform(folder, environment, deadline=600)
    ours.init()
    assert {action for action, _ in actions(ours, refresh=True)} <= HARMLESS
    ours.apply()
    assert ours.plan().is_empty
    assert not re.search(r'"module"', (folder / "terraform.tfstate").read_text())
