"""The words of TF_CLI_ARGS are those that Terraform reads: case 08, and what quotes and signs of shells do."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from hubctl.core.tool_versions import terraform_binary
from hubctl.plan.run import all_arguments, split_words
from tests.support.waiting import PATIENCE

pytestmark = pytest.mark.terraform
DOCUMENT = {"variable": {"a": {"default": "default"}}, "output": {"a": {"value": "${var.a}"}}}
TEXTS = (
    "",
    " ",
    "-var a=one",
    "-var a=one -var=a=two",
    "-var a='x  y'",
    """-var "a=x'y" """,
    """-var 'a=x"y' -lock=false""",
    '-var "a=x\\"y"',
    "-var 'a=x\\\\y'",
    "-var a=x\\ y",
    "-var\n\ta=x\r\n-lock=false",
    '-var a=""',
    "-var a=x;y -var a=z",
    "-var a=x | -var a=z",
    '-var "a=x;y"',
    "-var a=x#y",
    "-var a=$HOME",
    "-var a=`ls -l`",
    "-var a=$(ls -l)",
    "-var a=$'x'",
    "-var a=ä€",
    '-var "a=x',
    "-var a=x\\",
    "-var a=(x)",
    "-var a=x)",
)


def terraform(folder: Path, *command: str, **added: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TF_")}
    (folder / "main.tf.json").write_text(json.dumps(DOCUMENT))
    return subprocess.run(
        [terraform_binary(), *command],
        cwd=folder,
        env=environment | added,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


@pytest.mark.parametrize("text", TEXTS)
def test_the_words_are_those_of_terraform(text: str, tmp_path: Path) -> None:
    added = {"TF_CLI_ARGS_plan": f"-out=planned {text}"}
    if terraform(tmp_path, "plan", **added).returncode != 0:
        assert split_words(text) is None
        return
    shown = json.loads(terraform(tmp_path, "show", "-json", "planned").stdout)
    planned = shown["planned_values"]["outputs"]["a"]["value"]
    told = [each.text.partition("=")[2] for each in all_arguments((), tmp_path, added).definitions]
    assert ["default", *told][-1] == planned


def test_case_08_the_order_of_the_two_variables_is_that_of_terraform(tmp_path: Path) -> None:
    added = {"TF_CLI_ARGS_plan": "-var a=plan", "TF_CLI_ARGS": "-var a=all"}
    ran = terraform(tmp_path, "plan", "-no-color", **added)
    (*_, last) = all_arguments((), tmp_path, added).definitions
    assert f'+ a = "{last.text.removeprefix("a=")}"' in ran.stdout
