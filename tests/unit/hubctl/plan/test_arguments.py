from pathlib import Path

import pytest

from hubctl.plan.arguments import read_arguments


def test_variables_and_files_in_every_form_that_terraform_takes() -> None:
    read = read_arguments(
        [
            "-var",
            "a=1",
            "-var=b=x=y",
            "--var",
            'c=["z"]',
            "-var-file",
            "one.tfvars",
            "-var-file=two.tfvars",
            "-out",
            "-var",
        ]
    )
    assert read.variables == {"a": "1", "b": "x=y", "c": '["z"]'}
    assert read.files == (Path("one.tfvars"), Path("two.tfvars"))


@pytest.mark.parametrize(
    ("arguments", "destroy", "as_json", "asks_help"),
    [
        ([], False, False, False),
        (["-destroy", "-json"], True, True, False),
        (["-destroy=false"], False, False, False),
        (["-help"], False, False, True),
        (["-var", "-destroy"], False, False, False),
    ],
)
def test_what_changes_the_end_of_a_plan(
    arguments: list[str], destroy: bool, as_json: bool, asks_help: bool
) -> None:
    read = read_arguments(arguments)
    assert (read.destroy, read.as_json, read.asks_help) == (destroy, as_json, asks_help)
