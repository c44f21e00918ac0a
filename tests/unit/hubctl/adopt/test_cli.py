"""`hubctl adopt` from the operator's side: what is refused, with which exit status, and that no secret is shown."""

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hubctl.cli import main
from hubctl.core.terraform.provider_schemas import provider_schemas
from stacks.synthesis_place import LEFT_OVERRIDE
from tests.support.printed import flat

STATES = Path(__file__).parents[3] / "plan" / "fixtures" / "adopt" / "states"
Hubctl = Callable[..., tuple[int, str]]


@pytest.fixture
def hubctl(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Hubctl:
    """Return ``hubctl(*arguments)``: exit status and everything that was printed, as one line."""

    def run(*arguments: str) -> tuple[int, str]:
        folder = [] if "--out" in arguments else ["--out", str(tmp_path / "adoption")]
        monkeypatch.setattr(sys, "argv", ["hubctl", "adopt", *arguments, *folder])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        return int(ended.value.code or 0), flat(printed.out + printed.err)

    return run


@pytest.fixture
def state(tmp_path: Path) -> Callable[..., str]:
    """Return ``state(name, **changes)``: the path of a copy of a lab's state, with top-level keys changed."""

    def write(name: str, **changes: Any) -> str:
        text = (STATES / f"{name}.json").read_text(encoding="utf-8")
        document = json.loads(text.replace("PROVIDER_HOST", provider_schemas().source.split("/")[0]))
        path = tmp_path / f"{name}.tfstate"
        path.write_text(json.dumps({**document, **changes}))
        return str(path)

    return write


@pytest.mark.terraform
def test_a_state_of_the_other_design_is_refused(hubctl: Hubctl, state: Callable[..., str]) -> None:
    code, said = hubctl("--stack", "chef-hub", "--state", state("campus"))
    assert code == 2
    assert "Use --stack aws-lab" in said


@pytest.mark.terraform
def test_a_newer_and_an_empty_state_are_refused(hubctl: Hubctl, state: Callable[..., str]) -> None:
    assert hubctl("--stack", "aws-lab", "--state", state("campus", version=5))[0] == 2
    code, said = hubctl("--stack", "aws-lab", "--state", state("campus", resources=[]))
    assert (code, "holds no resources" in said) == (2, True)


def test_what_a_killed_destroy_left_is_told_and_in_our_own_folder_removed(
    hubctl: Hubctl, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hubctl.adopt.cli.ROOT", tmp_path)
    ours, theirs = tmp_path / "cdktf.out/stacks/aws-lab", tmp_path / "theirs"
    for folder in (ours, theirs):
        folder.mkdir(parents=True)
        (folder / LEFT_OVERRIDE).write_text("{}")
    _, said = hubctl("--stack", "aws-lab", "--from-backend", str(theirs), "--out", str(tmp_path))
    assert f"removed {ours / LEFT_OVERRIDE}" in said
    assert f"warning: {theirs / LEFT_OVERRIDE} lifts the protection of homes" in said
    assert (list(ours.iterdir()), (theirs / LEFT_OVERRIDE).exists()) == ([], True)


def test_a_damaged_state_is_refused(hubctl: Hubctl, tmp_path: Path) -> None:
    (tmp_path / "half").write_text('{"version": 4, "resources": [{"mode": "man')
    code, said = hubctl("--stack", "aws-lab", "--state", str(tmp_path / "half"))
    assert (code, "is not JSON" in said) == (2, True)


def test_binary_rubbish_and_a_missing_file_are_refused(hubctl: Hubctl, tmp_path: Path) -> None:
    (tmp_path / "rubbish").write_bytes(b"\xff\xfe\x00")
    assert hubctl("--stack", "aws-lab", "--state", str(tmp_path / "rubbish"))[0] == 2
    code, said = hubctl("--stack", "aws-lab", "--state", str(tmp_path / "none"))
    assert (code, "there is no file" in said) == (2, True)


@pytest.mark.terraform
def test_a_locked_state_is_refused(hubctl: Hubctl, state: Callable[..., str]) -> None:
    path = Path(state("campus"))
    path.with_name(f".{path.name}.lock.info").write_text('{"ID": "77", "Who": "ada@desk"}')
    code, said = hubctl("--stack", "aws-lab", "--state", str(path))
    assert (code, "locked by ada@desk" in said, "force-unlock 77" in said) == (2, True, True)


def test_a_locked_local_backend_is_refused(hubctl: Hubctl, tmp_path: Path) -> None:
    (tmp_path / ".terraform.tfstate.lock.info").write_text("{}")
    code, said = hubctl("--stack", "aws-lab", "--from-backend", str(tmp_path))
    assert (code, "is locked" in said) == (2, True)


def test_a_backend_that_cannot_be_read_is_refused(
    hubctl: Hubctl, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = tmp_path / "terraform"
    fake.write_text("#!/bin/sh\necho 'Error: Backend initialization required' >&2\nexit 1\n")
    fake.chmod(0o755)
    monkeypatch.setenv("TERRAFORM_BINARY_NAME", str(fake))
    code, said = hubctl("--stack", "aws-lab", "--from-backend", str(tmp_path))
    assert (code, "Backend initialization required" in said, "terraform init" in said) == (2, True, True)


@pytest.mark.parametrize("given", [[], ["--state", "-", "--from-backend", "."]])
def test_exactly_one_source_is_needed(hubctl: Hubctl, given: list[str]) -> None:
    code, said = hubctl("--stack", "aws-lab", *given)
    assert (code, "give one existing state" in said) == (2, True)


def test_standard_input_is_read(hubctl: Hubctl, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("{}"))
    code, said = hubctl("--stack", "aws-lab", "--state", "-")
    assert (code, "standard input is not a Terraform state" in said) == (2, True)


@pytest.mark.node
@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--var", "zonecount=3"], "no setting or variable zonecount"),
        (["--settings", "backend=s3"], "no setting or variable backend"),
        (["--var", "zone_count"], "has no NAME=VALUE"),
        (["--settings", "zone_count=0"], "zone_count = 0"),
        (["--forget", "aws_vpc.none"], "the state has no aws_vpc.none"),
        (["--match", "aws_vpc.lab=aws_vpc.none"], "the state has no aws_vpc.none"),
        (["--match", "aws_vpc.lab=aws_lb.campus"], "the types differ"),
    ],
)
def test_a_wrong_option_is_named(
    hubctl: Hubctl, state: Callable[..., str], given: list[str], said: str
) -> None:
    code, printed = hubctl("--stack", "aws-lab", "--state", state("campus"), *given)
    assert (code, said in printed) == (2, True), printed


@pytest.mark.node
def test_two_candidates_are_refused_and_named(hubctl: Hubctl, state: Callable[..., str]) -> None:
    path = Path(state("campus"))
    document = json.loads(path.read_text())
    gateway = next(r for r in document["resources"] if r["type"] == "aws_internet_gateway")
    document["resources"].append({**gateway, "name": "twin"})
    path.write_text(json.dumps(document))
    code, said = hubctl("--stack", "aws-lab", "--state", str(path))
    assert code == 2
    assert (
        "aws_internet_gateway.lab could be aws_internet_gateway.campus or aws_internet_gateway.twin" in said
    )
    assert "--match aws_internet_gateway.lab=" in said


@pytest.mark.node
def test_refusals_show_no_secret(hubctl: Hubctl, state: Callable[..., str]) -> None:
    path = Path(state("campus"))
    document = json.loads(path.read_text())
    document["resources"] += [
        {
            "mode": "managed",
            "type": "aws_ssm_parameter",
            "name": f"p{number}",
            "provider": "",
            "instances": [
                {
                    "attributes": {"id": f"p{number}", "value": "hush-hush"},
                    "sensitive_attributes": [[{"type": "get_attr", "value": "value"}]],
                }
            ],
        }
        for number in range(2)
    ]
    path.write_text(json.dumps(document))
    _, said = hubctl("--stack", "aws-lab", "--state", str(path), "--forget", "aws_vpc.none")
    assert "hush" not in said
