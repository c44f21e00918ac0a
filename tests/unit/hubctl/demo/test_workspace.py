"""The demo's folder: synthesis into it, a state that stays local, one demo at a time."""

import json
import os
from pathlib import Path

import pytest

from hubctl.core.errors import BadInputError, HubctlError
from hubctl.demo.workspace import Workspace, demo_context
from stacks.registry import STACKS, chosen_stacks

APP = """
import json, os, pathlib
context = json.loads(os.environ["CDKTF_CONTEXT_JSON"])
assert context["backend"] == "local"
folder = pathlib.Path(os.environ["CDKTF_OUTDIR"]) / "stacks" / "one"
folder.mkdir(parents=True)
(folder / "cdk.tf.json").write_text(json.dumps(BODY))
"""


OWN = {"backend": "local", "adoption": "no-adoption"}


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = Workspace(project=tmp_path)
    made.renew()
    return made


def write_app(workspace: Workspace, terraform: object) -> None:
    text = APP.replace("BODY", repr({"terraform": terraform}))
    (workspace.project / "main.py").write_text(text)


def test_synthesizes_into_its_own_folder(workspace: Workspace) -> None:
    write_app(workspace, {"backend": {"local": {}}})
    workspace.synthesize(["one"], dict(os.environ), lambda: None)
    assert workspace.stack_folder("one") == workspace.project / ".demo" / "cdktf.out" / "stacks" / "one"
    assert (workspace.stack_folder("one") / "cdk.tf.json").exists()


@pytest.mark.parametrize("terraform", [{"backend": {"s3": {}}}, {"cloud": {"organization": "x"}}])
def test_refuses_to_deploy_with_a_state_elsewhere(workspace: Workspace, terraform: object) -> None:
    write_app(workspace, terraform)
    with pytest.raises(HubctlError, match="state of one would not stay on this machine"):
        workspace.synthesize(["one"], dict(os.environ), lambda: None)


def test_a_stack_that_was_not_written_is_named(workspace: Workspace) -> None:
    write_app(workspace, {})
    with pytest.raises(HubctlError, match="did not write the stack two"):
        workspace.synthesize(["one", "two"], dict(os.environ), lambda: None)


def test_a_failing_app_is_quoted_and_logged(workspace: Workspace) -> None:
    (workspace.project / "main.py").write_text("raise SystemExit('profile: no such profile')")
    with pytest.raises(HubctlError, match="profile: no such profile"):
        workspace.synthesize(["one"], dict(os.environ), lambda: None)
    assert "no such profile" in (workspace.logs / "synth.log").read_text()


def test_what_an_earlier_demo_left_is_thrown_away(workspace: Workspace) -> None:
    left = workspace.stack_folder("one")
    left.mkdir(parents=True)
    (left / "terraform.tfstate").write_text("{}")
    workspace.renew()
    assert not left.exists()
    assert workspace.logs.is_dir()


def test_one_demo_at_a_time(workspace: Workspace) -> None:
    with (
        workspace.reserved(),
        pytest.raises(HubctlError, match="runs in this folder already"),
        workspace.reserved(),
    ):
        pass
    with workspace.reserved():
        pass


def test_the_operators_settings_hold_except_for_the_backend() -> None:
    own = json.dumps({"owner": "lab", "backend": {"type": "s3"}})
    assert demo_context(own) == {"owner": "lab", **OWN}
    assert demo_context(None) == OWN


@pytest.mark.parametrize("own", ["{", "[1]"])
def test_settings_that_are_no_object_are_refused(own: str) -> None:
    with pytest.raises(BadInputError, match="CDKTF_CONTEXT_JSON"):
        demo_context(own)


def test_stacks_are_chosen_by_name() -> None:
    assert chosen_stacks(()) == tuple(STACKS.values())
    assert [stack.name for stack in chosen_stacks(("chef-hub",))] == ["chef-hub"]
    assert [stack.name for stack in chosen_stacks(("chef-hub", "aws-lab"))] == ["aws-lab", "chef-hub"]
