from pathlib import Path

import pytest

from hubctl.plan.run import all_arguments, read_arguments

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
