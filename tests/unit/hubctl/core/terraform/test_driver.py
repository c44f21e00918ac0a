"""The driver against the real Terraform, with configurations that need no provider from anywhere."""

import os
from pathlib import Path
from typing import Any

import psutil
import pytest

from hubctl.core.configuration.variable_values import all_values
from hubctl.core.errors import HubctlError
from hubctl.core.terraform.driver import Terraform, variable_environment
from hubctl.core.terraform.plan import Plan
from tests.support.waiting import PATIENCE

pytestmark = pytest.mark.terraform

ENVIRONMENT = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "CHECKPOINT_DISABLE": "1"}

CONFIGURATION = """
variable "size" { type = number }
variable "secret" {
  type      = string
  sensitive = true
}
resource "terraform_data" "first" { input = var.size }
resource "terraform_data" "second" { triggers_replace = var.size }
output "size" { value = var.size }
output "secret" {
  value     = var.secret
  sensitive = true
}
"""
VARIABLES = {"size": 3, "secret": "s3cret"}


@pytest.fixture
def terraform(tmp_path: Path) -> Terraform:
    (tmp_path / "main.tf").write_text(CONFIGURATION)
    driver = Terraform(tmp_path, ENVIRONMENT, deadline=PATIENCE)
    driver.init()
    return driver


def test_plans_applies_reads_and_destroys(terraform: Terraform) -> None:
    terraform.validate()
    first = terraform.plan(variables=VARIABLES)
    assert first.counts == {"create": 2}
    assert not first.is_empty
    assert first.changed_outputs == ("secret", "size")

    terraform.apply(variables=VARIABLES)
    second = terraform.plan(variables=VARIABLES)
    assert second.is_empty
    assert second.counts == {"no-op": 2}
    outputs = terraform.output()
    assert (outputs["size"].value, outputs["size"].sensitive) == (3, False)
    assert (outputs["secret"].value, outputs["secret"].sensitive) == ("s3cret", True)
    resources = terraform.show_state()["values"]["root_module"]["resources"]
    assert {resource["address"] for resource in resources} == {
        "terraform_data.first",
        "terraform_data.second",
    }

    terraform.destroy(variables=VARIABLES)
    assert "values" not in terraform.show_state()


def test_names_what_changes_and_why_something_is_replaced(terraform: Terraform) -> None:
    terraform.apply(variables=VARIABLES)
    plan = terraform.plan(variables={**VARIABLES, "size": 4})
    assert plan.counts == {"update": 1, "replace": 1}
    assert plan.describe() == [
        "update terraform_data.first (input, output)",
        "replace terraform_data.second (id, triggers_replace) because of triggers_replace",
        "change output size",
    ]


def test_sees_moves_and_forgotten_resources(terraform: Terraform) -> None:
    terraform.apply(variables=VARIABLES)
    changed = CONFIGURATION.replace('"first"', '"renamed"').replace(
        'resource "terraform_data" "second" { triggers_replace = var.size }',
        """removed {
          from = terraform_data.second
          lifecycle { destroy = false }
        }
        moved {
          from = terraform_data.first
          to   = terraform_data.renamed
        }""",
    )
    (terraform.folder / "main.tf").write_text(changed)
    plan = terraform.plan(variables=VARIABLES)
    assert plan.counts == {"no-op": 1, "forget": 1, "move": 1}
    assert not plan.is_empty
    assert "no-op terraform_data.renamed moved from terraform_data.first" in plan.describe()


def test_a_kept_plan_file_can_be_read_and_applied(terraform: Terraform, tmp_path: Path) -> None:
    kept = tmp_path / "kept.plan"
    plan = terraform.plan(variables=VARIABLES, out=kept)
    assert terraform.show_plan(kept) == plan
    terraform.apply(kept)
    assert terraform.output()["size"].value == 3


def test_a_failure_carries_terraforms_own_words_without_frames(terraform: Terraform) -> None:
    (terraform.folder / "main.tf").write_text('resource "terraform_data" "x" { nonsense = 1 }')
    with pytest.raises(HubctlError) as caught:
        terraform.validate()
    assert "Unsupported argument" in caught.value.message
    assert 'on main.tf line 1, in resource "terraform_data" "x":' in caught.value.message
    assert "│" not in caught.value.message


def test_a_missing_variable_fails_instead_of_asking(terraform: Terraform) -> None:
    with pytest.raises(HubctlError, match="No value for required variable"):
        terraform.plan()


def sleeping(folder: Path) -> Terraform:
    (folder / "main.tf").write_text(
        """resource "terraform_data" "slow" {
          provisioner "local-exec" { command = "exec sleep 987" }
        }"""
    )
    driver = Terraform(folder, ENVIRONMENT, deadline=PATIENCE)
    driver.init()
    return driver


def running_sleeps(folder: Path) -> set[int]:
    """Return the sleeps that a Terraform in this folder has started."""
    return {
        process.pid
        for process in psutil.process_iter(["cmdline", "cwd"])
        if (process.info["cmdline"] or [""])[0] == "sleep" and process.info["cwd"] == str(folder.resolve())
    }


def test_an_interrupt_leaves_no_process_behind(tmp_path: Path) -> None:
    terraform = sleeping(tmp_path)

    def interrupt() -> None:
        if running_sleeps(tmp_path):
            raise KeyboardInterrupt

    interrupted = Terraform(tmp_path, ENVIRONMENT, deadline=PATIENCE, on_tick=interrupt, grace=PATIENCE)
    with pytest.raises(KeyboardInterrupt):
        interrupted.apply()
    assert running_sleeps(tmp_path) == set()
    assert not (terraform.folder / ".terraform.tfstate.lock.info").exists()


def test_a_deadline_ends_a_run_that_hangs(tmp_path: Path) -> None:
    sleeping(tmp_path)
    with pytest.raises(HubctlError, match="did not end within 2 s"):
        Terraform(tmp_path, ENVIRONMENT, deadline=2, grace=1).apply()
    assert running_sleeps(tmp_path) == set()


def test_a_missing_terraform_is_said_plainly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERRAFORM_BINARY_NAME", "no-such-terraform")
    with pytest.raises(HubctlError, match="no-such-terraform cannot be started"):
        Terraform(tmp_path, ENVIRONMENT).validate()


def test_a_wrapper_that_prints_no_json_is_said_plainly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrapper = tmp_path / "wrapper"
    wrapper.write_text("#!/bin/sh\necho hello\n")
    wrapper.chmod(0o755)
    monkeypatch.setenv("TERRAFORM_BINARY_NAME", str(wrapper))
    with pytest.raises(HubctlError, match="printed no JSON"):
        Terraform(tmp_path, ENVIRONMENT).output()


def test_a_preview_tells_the_same_changes_as_a_plan(terraform: Terraform) -> None:
    first = terraform.preview(variables=VARIABLES)
    assert first.counts == {"create": 2}
    assert first.changed_outputs == ("secret", "size")
    terraform.apply(variables=VARIABLES)
    assert terraform.preview(variables=VARIABLES) == Plan(changes=())

    moved = CONFIGURATION.replace('"first"', '"renamed"').replace("3", "4")
    moved += "moved {\n  from = terraform_data.first\n  to = terraform_data.renamed\n}\n"
    (terraform.folder / "main.tf").write_text(moved)
    for size in (3, 4):
        variables = {**VARIABLES, "size": size}
        plan, preview = terraform.plan(variables=variables), terraform.preview(variables=variables)
        expected = {
            (change.address, change.action, change.mode, change.previous_address)
            for change in plan.changes
            if not change.is_no_op
        }
        found = {(c.address, c.action, c.mode, c.previous_address) for c in preview.changes}
        assert found == expected
        assert preview.changed_outputs == plan.changed_outputs
        assert not preview.is_empty


def test_a_preview_that_fails_says_what_terraform_said(terraform: Terraform) -> None:
    with pytest.raises(HubctlError, match="terraform plan failed") as error:
        terraform.preview(variables={"size": "many", "secret": "s3cret"})
    assert "Error: Invalid value for input variable" in error.value.message
    assert "a number is required" in error.value.message
    assert "@level" not in error.value.message


@pytest.mark.parametrize(
    "value", ["${x}%{if}", ["${x}", "%{if}", '"', "$${x}", "é\n"], {"a": ["${x}"], "b": 1.5}, 8, True, None]
)
def test_variables_arrive_as_they_are_whatever_stands_in_them(value: Any) -> None:
    declared = {"given": {"type": "any", "default": "default"}}
    if isinstance(value, str):
        declared = {"given": {"type": "string", "default": "default"}}
    assert all_values(declared, environment=variable_environment({"given": value})) == {"given": value}
