"""Values of variables are those of Terraform."""

import json
import math
import os
import stat
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from hubctl.core.configuration.variable_values import (
    Definition,
    all_values,
    planned_values,
    read_definitions,
    variable_values,
)
from hubctl.core.errors import BadInputError, HubctlError
from tests.support.waiting import PATIENCE

pytestmark = pytest.mark.terraform

DECLARED: Mapping[str, Any] = {
    "name": {"type": "string"},
    "size": {"type": "number", "default": 1, "nullable": False},
    "share": {"type": "number", "default": None},
    "zones": {"type": "list(string)", "default": []},
    "names": {"type": "set(string)", "default": []},
    "on": {"type": "bool", "default": False},
    "limits": {"type": "object({users=optional(number, 30), title=string})", "default": None},
    "anything": {"type": "any", "default": None},
    "untyped": {"default": "x"},
    "address": {"type": "string", "default": "", "sensitive": True},
}


@dataclass(frozen=True, kw_only=True)
class Odd:
    """One odd input: files of the folder, ``TF_VAR_`` variables and arguments of Terraform."""

    title: str
    files: Mapping[str, str | bytes] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    arguments: Sequence[str] = ()


ODD = (
    Odd(title="a byte order mark", files={"terraform.tfvars": '\ufeffname = "x"\nsize = 8\n'}),
    Odd(
        title="comments before names",
        files={
            "terraform.tfvars": '/* a */ size = 8 // b\n# on = true\n/*\nname = "no"\n*/ name = "yes" # c\n'
        },
    ),
    Odd(
        title="line ends of Windows",
        files={"a.auto.tfvars": b'name = "x"\r\nsize = 8\r\nzones = [\r\n"a",\r\n]\r\n'},
    ),
    Odd(
        title="definitions inside a text",
        files={"terraform.tfvars": "name = <<-EOT\n  size = 9\n  on = true\n  EOT\nsize = 3\n"},
    ),
    Odd(
        title="two on a line of JSON", files={"terraform.tfvars.json": '{"size": "8", "name": "${not.read}"}'}
    ),
    Odd(title="null", files={"terraform.tfvars": 'size = null\non = null\nname = "x"\n'}),
    Odd(
        title="HCL in the environment",
        environment={"name": "x", "zones": '["us-east-1a","us-east-1b",]', "size": "8.0", "share": "1e3"},
    ),
    Odd(
        title="objects, sets and texts of any type",
        environment={
            "name": "[1",
            "limits": '{title="a", more=1}',
            "names": '["b", "a", "b"]',
            "anything": "{a=1}",
        },
    ),
    Odd(
        title="a text where no type is",
        environment={"name": "007", "untyped": "8", "on": "true", "size": "007"},
    ),
    Odd(
        title="dollars, line ends and letters of other scripts",
        environment={
            "name": "${var.size}%{if}\n\t\x7f“é”<&>\u2028",
            "zones": '["$${x}", "\\u00e9", "a\\nb"]',
        },
    ),
    Odd(title="a very long text", environment={"name": "long " * 20_000}),
    Odd(
        title="unknown names",
        files={"terraform.tfvars": 'name = "x"\nother = 3\n'},
        environment={"other": "["},
    ),
    Odd(
        title="the last one wins, a file",
        files={"six.tfvars": "size = 6\n", "terraform.tfvars": 'name = "x"\nsize = 2\n'},
        arguments=("-var=size=10", "-var-file=six.tfvars"),
    ),
    Odd(
        title="the last one wins, a value",
        files={"six.tfvars": "size = 6\n", "terraform.tfvars": 'name = "x"\nsize = 2\n'},
        arguments=("-var-file=six.tfvars", "-var=size=10"),
    ),
    Odd(
        title="files that are loaded by themselves, in their order",
        files={
            "terraform.tfvars": 'name = "x"\nsize = 2\n',
            "terraform.tfvars.json": '{"size": 3, "share": 0.1}',
            "b.auto.tfvars.json": '{"size": 4}',
            "a.auto.tfvars": "size = 5\non = true\n",
            "none.tfvars": "size = 6\n",
        },
        environment={"size": "7", "share": "0.2"},
    ),
    Odd(
        title="an environment that a file makes good",
        files={"terraform.tfvars": "size = 2\n"},
        environment={"size": "many", "name": ""},
    ),
    Odd(title="equals signs", arguments=("-var=name=a=b", '-var=zones=["x=y"]', "-var=untyped=")),
)


def definitions(odd: Odd, folder: Path) -> list[Definition]:
    options = [argument.removeprefix("-").partition("=") for argument in odd.arguments]
    return [
        Definition.value(text) if option == "var" else Definition.file(text, folder)
        for option, _, text in options
    ]


def given(odd: Odd) -> dict[str, str]:
    return {f"TF_VAR_{name}": text for name, text in odd.environment.items()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "stack"


@pytest.fixture
def lay(folder: Path) -> Callable[..., Path]:
    """Return ``lay(files)``: writes files of definitions, and returns their folder."""

    def write(files: Mapping[str, str | bytes]) -> Path:
        folder.mkdir()
        for name, content in files.items():
            (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        return folder

    return write


@pytest.mark.parametrize("odd", ODD, ids=[odd.title for odd in ODD])
def test_values_are_those_that_terraform_plans(odd: Odd, lay: Callable[..., Path]) -> None:
    folder = lay(odd.files)
    outputs = {name: {"value": f"${{var.{name}}}", "sensitive": name == "address"} for name in DECLARED}
    (folder / "main.tf.json").write_text(json.dumps({"variable": DECLARED, "output": outputs}))
    environment = {name: text for name, text in os.environ.items() if not name.startswith("TF_")} | given(odd)
    for command in (
        ["terraform", "plan", "-input=false", "-out=planned", *odd.arguments],
        ["terraform", "show", "-json", "planned"],
    ):
        ran = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=True
        )
    document = json.loads(ran.stdout)
    planned = document["planned_values"]["outputs"]
    expected = {name: planned.get(name, {}).get("value") for name in DECLARED}

    read = all_values(DECLARED, environment=given(odd), folder=folder, definitions=definitions(odd, folder))
    assert json.dumps(read) == json.dumps(expected)  # 8 and 8.0, 1 and true are not the same here
    of_the_plan = planned_values(DECLARED, document)
    assert of_the_plan == {
        name: value for name, value in expected.items() if value != DECLARED[name].get("default")
    }


def test_what_is_a_default_is_not_among_the_given(lay: Callable[..., Path]) -> None:
    folder = lay({"terraform.tfvars": 'size = 1\nname = "x"\non = true\n'})
    assert variable_values(DECLARED, environment={}, folder=folder) == {"name": "x", "on": True}


@pytest.mark.parametrize(
    ("odd", "said"),
    [
        (Odd(title="", files={"terraform.tfvars": "\n\nsize = \n"}), ["{folder}/terraform.tfvars, line 3"]),
        (Odd(title="", files={"terraform.tfvars": '"size" = 8\n'}), ["line 1", "must not be quoted"]),
        (Odd(title="", files={"terraform.tfvars.json": '\ufeff{"size": 8}'}), ["tfvars.json, line 1"]),
        (Odd(title="", files={"a.auto.tfvars.json": "{"}), ["{folder}/a.auto.tfvars.json, line 1"]),
        (
            Odd(title="", files={"terraform.tfvars": "zones = [var.name]\n"}),
            ["terraform.tfvars, line 1", "not allowed"],
        ),
        (
            Odd(title="", files={"terraform.tfvars": 'size = "many"\n'}),
            ["terraform.tfvars, line 1", "not suitable for var.size: a number is required"],
        ),
        (
            Odd(title="", files={"terraform.tfvars": "size = 1\nsize = 2\n"}),
            ["terraform.tfvars, line 2", "already set at {folder}/terraform.tfvars:1"],
        ),
        (Odd(title="", files={"terraform.tfvars": b"\xff\xfes\x00"}), ["terraform.tfvars, line 1", "UTF-8"]),
        (
            Odd(title="", environment={"size": "many"}),
            ["size = 'many'", "TF_VAR_size", "a number is required"],
        ),
        (Odd(title="", environment={"zones": "[a"}), ["zones = '[a'"]),
        (
            Odd(title="", environment={"zones": '["a"', "anything": "{"}),
            ["zones = '[\"a\"'", "anything = '{'"],
        ),
        (Odd(title="", environment={"on": "x" * 500}), [f"on = '{'x' * 80}…'"]),
        (Odd(title="", arguments=["-var=size=1", "-var=size=many"]), ["size = 'many'", "-var"]),
        (Odd(title="", arguments=["-var=size"]), ["not correctly specified"]),
        (Odd(title="", arguments=["-var=color=red"]), ["no variable color"]),
        (Odd(title="", arguments=["-var-file=none.tfvars"]), ["{folder}/none.tfvars does not exist"]),
        (Odd(title="", arguments=["-var-file=."]), ["is a directory"]),
    ],
)
def test_what_terraform_refuses_is_one_error_with_its_words(
    odd: Odd, said: list[str], lay: Callable[..., Path]
) -> None:
    folder = lay(odd.files)
    with pytest.raises(BadInputError) as refused:
        variable_values(DECLARED, environment=given(odd), folder=folder, definitions=definitions(odd, folder))
    for text in said:
        assert text.replace("{folder}", str(folder)) in refused.value.message
    assert "variables.tf.json" not in refused.value.message
    assert "hubctl-variables-" not in refused.value.message


def test_a_number_of_very_many_digits_is_one() -> None:
    read = variable_values(DECLARED, environment={"TF_VAR_size": "9" * 5000, "TF_VAR_share": "1e300"})
    assert read == {"size": math.inf, "share": 10**300}


def test_a_sensitive_value_is_not_repeated() -> None:
    declared = {"pin": {"type": "number", "sensitive": True}}
    with pytest.raises(BadInputError, match="pin: Invalid value") as refused:
        variable_values(declared, environment={"TF_VAR_pin": "secret"})
    assert "secret" not in refused.value.message


def test_files_that_are_none_count_as_for_terraform(lay: Callable[..., Path]) -> None:
    folder = lay({"real": "size = 4\n"})
    (folder / "terraform.tfvars").symlink_to("gone")
    assert variable_values(DECLARED, environment={}, folder=folder) == {}
    (folder / "a.auto.tfvars").symlink_to("real")
    assert variable_values(DECLARED, environment={}, folder=folder) == {"size": 4}
    (folder / "b.auto.tfvars").mkdir()
    with pytest.raises(BadInputError, match=r"b\.auto\.tfvars"):
        variable_values(DECLARED, environment={}, folder=folder)


def test_the_operators_own_settings_of_terraform_change_nothing(
    lay: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in {
        "TF_LOG": "TRACE",
        "TF_WORKSPACE": "none",
        "TF_DATA_DIR": "/nowhere",
        "TF_CLI_ARGS": "-nonsense",
        "TF_CLI_ARGS_plan": "-destroy -out=/nowhere/plan",
        "TF_CLI_CONFIG_FILE": "/nowhere/terraform.rc",
        "TF_INPUT": "maybe",
    }.items():
        monkeypatch.setenv(name, text)
    folder = lay({"terraform.tfvars": "size = 4\n"})
    assert variable_values(DECLARED, environment={}, folder=folder) == {"size": 4}


def test_the_folder_is_private_and_does_not_stay(
    lay: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrapper, seen = tmp_path / "wrapper", tmp_path / "seen"
    wrapper.write_text(f'#!/bin/sh\npwd > {seen}\nstat -c %a . >> {seen}\nexec terraform "$@"\n')
    wrapper.chmod(0o755)
    monkeypatch.setenv("TERRAFORM_BINARY_NAME", str(wrapper))
    assert variable_values(DECLARED, environment={"TF_VAR_name": "secret"}) == {"name": "secret"}
    there, mode = seen.read_text().splitlines()
    assert mode == "700"
    assert not Path(there).exists()
    folder = lay({"terraform.tfvars": "size = \n"})
    with pytest.raises(BadInputError):
        variable_values(DECLARED, environment={}, folder=folder)
    assert not Path(seen.read_text().splitlines()[0]).exists()
    assert stat.S_IMODE((folder / "terraform.tfvars").stat().st_mode) == 0o644


def test_terraform_is_started_only_when_something_is_given(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERRAFORM_BINARY_NAME", "no-such-terraform")
    assert variable_values(DECLARED, environment={"TF_VAR_other": "x", "HOME": "/"}, folder=folder) == {}
    assert all_values(DECLARED, environment={})["size"] == 1
    with pytest.raises(HubctlError, match="no-such-terraform cannot be started"):
        variable_values(DECLARED, environment={"TF_VAR_name": "x"})


def test_a_temporary_folder_that_cannot_be_made_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "gone"))
    with pytest.raises(HubctlError, match="gone") as refused:
        variable_values(DECLARED, environment={"TF_VAR_name": "x"})
    assert "TMPDIR" in refused.value.remedy


def test_a_plan_that_tells_nothing_of_variables() -> None:
    assert planned_values(DECLARED, {}) is None
    assert planned_values(DECLARED, {"variables": {}}) == {}
    assert planned_values(DECLARED, {"variables": {"other": {"value": 3}}}) == {}


def test_pipes_are_read_once_and_named_in_errors(lay: Callable[..., Path]) -> None:
    def piped(text: str) -> Path:
        read, write = os.pipe()
        os.write(write, text.encode())
        os.close(write)
        return Path(f"/dev/fd/{read}")

    good = piped("size = 5\n")
    read = read_definitions((), (good,))
    os.close(int(good.name))
    for _ in range(2):  # for each stack
        assert variable_values(DECLARED, environment={}, definitions=read) == {"size": 5}
    bad = piped("\nsize = \n")
    read = read_definitions((), (bad,))
    os.close(int(bad.name))
    with pytest.raises(BadInputError, match=f"{bad}, line 2"):
        variable_values(DECLARED, environment={}, definitions=read)
    fifo = lay({}) / "fifo"
    os.mkfifo(fifo)
    with pytest.raises(BadInputError, match="can be read only once"):
        variable_values(DECLARED, environment={}, definitions=[Definition.file(str(fifo))])
    with pytest.raises(BadInputError, match="/dev/fd/999 cannot be read"):
        read_definitions((), (Path("/dev/fd/999"),))


def test_definitions_keep_the_order_given() -> None:
    read = read_definitions([" a =1", "b=x=y"], [Path("/f")], ["var", "var-file", "var"])
    assert [(each.option, each.text) for each in read] == [
        ("var", "a=1"),
        ("var-file", "/f"),
        ("var", "b=x=y"),
    ]
    assert [each.option for each in read_definitions(["a=1"], [Path("/f")])] == ["var-file", "var"]
    with pytest.raises(BadInputError, match=r"'a' is not NAME=VALUE\n.*'=b' is not NAME=VALUE"):
        read_definitions(["a", "=b", "c="], [])
