from pathlib import Path

import pytest

from hubctl.configuration.variable_values import variable_values
from hubctl.errors import BadInputError

DECLARED = {
    "name": {"type": "string"},
    "size": {"type": "number", "default": 1},
    "zones": {"type": "list(string)", "default": []},
    "on": {"type": "bool", "default": False},
}


@pytest.mark.terraform
def test_later_sources_win_and_types_are_kept(tmp_path: Path) -> None:
    (tmp_path / "terraform.tfvars").write_text(
        'name = "from-file" # a comment\nzones = [\n  "a",\n  "b",\n]\nsize = 2\nother = 3\n'
    )
    (tmp_path / "b.auto.tfvars.json").write_text('{"size": 4}')
    (tmp_path / "a.auto.tfvars").write_text("size = 3\n")
    (tmp_path / "extra.tfvars").write_text("on = true\n")
    found = variable_values(
        DECLARED,
        environment={"TF_VAR_name": "from-env", "TF_VAR_on": "false", "TF_VAR_unknown": "x", "HOME": "/"},
        folder=tmp_path,
        files=[tmp_path / "extra.tfvars"],
        told={"zones": '["c"]'},
    )
    assert found == {"name": "from-file", "size": 4, "on": True, "zones": ["c"]}


def test_the_environment_alone() -> None:
    assert variable_values(DECLARED, environment={"TF_VAR_name": "007", "TF_VAR_size": "7"}) == {
        "name": "007",
        "size": 7,
    }


@pytest.mark.parametrize(
    ("name", "text"),
    [("x.tfvars", "name = \n"), ("x.tfvars.json", "{"), ("x.tfvars", "zones = [var.name]\n")],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(BadInputError, match=name):
        variable_values(DECLARED, environment={}, files=[tmp_path / name])


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(BadInputError, match="no variable nmae"):
        variable_values(DECLARED, environment={}, told={"nmae": "x"})
