"""Arguments of Terraform: which matter, and how the words of TF_CLI_ARGS are split."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from hubctl.core.tool_versions import terraform_binary
from hubctl.plan.run import all_arguments, read_arguments, split_words
from tests.support.waiting import PATIENCE

FOLDER = Path("/stack")


def test_variables_and_files_in_every_form_that_terraform_takes_and_in_their_order() -> None:
    read = read_arguments(
        [
            "-var",
            "a=1",
            "-var=b=x=y",
            "-var-file",
            "one.tfvars",
            "--var",
            'c=["z"]',
            "-generate-config-out",
            "-var",
            "-var-file=/two.tfvars",
            "-out",
            "-var",
        ],
        FOLDER,
    )
    assert [(each.option, each.text) for each in read.definitions] == [
        ("var", "a=1"),
        ("var", "b=x=y"),
        ("var-file", "/stack/one.tfvars"),
        ("var", 'c=["z"]'),
        ("var-file", "/two.tfvars"),
    ]
    assert read.out == Path("-var")


@pytest.mark.parametrize(
    ("arguments", "destroy", "as_json", "asks_help"),
    [
        ([], False, False, False),
        (["-destroy", "-json"], True, True, False),
        (["-destroy=false", "-json=0"], False, False, False),
        (["-destroy", "-destroy=F", "-json=F", "-json=1"], False, True, False),
        (["-help"], False, False, True),
        (["-var", "-destroy"], False, False, False),
    ],
)
def test_what_changes_the_end_of_a_plan(
    arguments: list[str], destroy: bool, as_json: bool, asks_help: bool
) -> None:
    read = read_arguments(arguments, FOLDER)
    assert (read.destroy, read.as_json, read.asks_help) == (destroy, as_json, asks_help)


def test_case_08_what_the_environment_adds_comes_before() -> None:
    environment = {"TF_CLI_ARGS": "-var size=2 -json", "TF_CLI_ARGS_plan": "-var size=1 -out='a b'"}
    read = all_arguments(["-var=size=3", "-input=f"], FOLDER, environment)
    assert [each.text for each in read.definitions] == ["size=1", "size=2", "size=3"]
    assert (read.as_json, read.no_input, read.out) == (True, True, Path("a b"))


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
    read = [each.text.partition("=")[2] for each in all_arguments((), tmp_path, added).definitions]
    assert ["default", *read][-1] == planned


def test_case_08_the_order_of_the_two_variables_is_that_of_terraform(tmp_path: Path) -> None:
    added = {"TF_CLI_ARGS_plan": "-var a=plan", "TF_CLI_ARGS": "-var a=all"}
    ran = terraform(tmp_path, "plan", "-no-color", **added)
    (*_, last) = all_arguments((), tmp_path, added).definitions
    assert f'+ a = "{last.text.removeprefix("a=")}"' in ran.stdout
