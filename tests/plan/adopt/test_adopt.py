"""Labs by other authors are taken over, planned from their states.

The states in ``fixtures/adopt/states`` were made by applying the configurations beside them; they are planned without
refresh, since what they speak of is gone.
"""

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hubctl.cli import main
from hubctl.core.errors import BadInputError
from hubctl.core.terraform.driver import Terraform
from tests.plan.adopt.conftest import FIXTURES, Document, Run, actions
from tests.support.printed import flat

pytestmark = pytest.mark.terraform


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


def test_a_state_as_show_prints_it_has_an_empty_plan_and_the_app_reads_the_file(
    run: Run,
    lab: Callable[[str], Document],
    synthesize: Callable[..., Path],
    initialized: Callable[[Path, str], Terraform],
    tmp_path: Path,
) -> None:
    document = lab("campus")
    (tmp_path / "theirs").mkdir()
    shutil.copy(FIXTURES / "campus" / "main.tf", tmp_path / "theirs")
    shown = initialized(tmp_path / "theirs", json.dumps(document)).show_state()
    outcome = run(shown, strict=True)
    assert outcome.proven, (outcome.differences, outcome.updates)
    assert set(outcome.counts) == {"no-op"}
    assert outcome.counts["no-op"] == managed(document)
    assert set(outcome.only_here.values()) <= {"left out"}
    assert set(outcome.only_there.values()) <= {"carried on as it is"}

    terraform = initialized(synthesize(outcome, tmp_path), json.dumps(document))
    found = actions(terraform, refresh=False)
    assert [entry for entry in found if entry[0] != "no-op"] == []
    assert len(found) == managed(document)

    # From here, the other profile adds its parts and takes nothing away.
    better = initialized(
        synthesize(outcome, tmp_path / "better", profile="recommended"), json.dumps(document)
    )
    changes = better.preview(refresh=False).changes
    switched = [(change.action, change.address) for change in changes if change.mode == "managed"]
    assert {action for action, _ in switched} <= {"no-op", "update", "create"}, switched
    assert ("create", "aws_autoscaling_lifecycle_hook.drain") in switched


def test_a_design_that_differs_is_asked_about_and_settled(
    run: Run,
    lab: Callable[[str], Document],
    provider_host: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """One listener is missing there, and one machine more is there; each is named, asked about, and then settled."""
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
    assert {(asked.part, asked.name) for asked in outcome.questions} == {
        ("there", "aws_instance.bastion"),
        ("here", "aws_lb_listener.http"),
    }

    state = tmp_path / "terraform.tfstate"
    state.write_text(json.dumps(document))
    answers = iter(["burn", "forget", "leave out"])
    monkeypatch.setattr("click.prompt", lambda *_args, **_options: next(answers))
    arguments = ["--stack", "aws-lab", "--state", str(state), "--no-refresh", "--out", str(tmp_path)]
    monkeypatch.setattr(sys, "argv", ["hubctl", "adopt", "--interactive", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    said = capsys.readouterr()
    assert ended.value.code == 0, said
    assert 'write "carry" or "forget"' in flat(said.err)
    assert list(answers) == []
    file = json.loads((tmp_path / "aws-lab.json").read_text())
    assert (file["forget"], file["leave_out"]) == (["aws_instance.bastion"], ["aws_lb_listener.http"])
    written = (tmp_path / "aws-lab.answers.toml").read_text()
    assert '"aws_instance.bastion" = "forget"' in written
    assert "hush-hush" not in (tmp_path / "aws-lab.json").read_text() + written + said.out + said.err


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
