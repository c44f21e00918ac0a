"""All variables without a value are named at once, with what they are and with lines to paste."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from hubctl.core.configuration.synthesized import (
    described,
    missing_in,
    missing_variables,
    need_variables,
    to_paste,
)
from hubctl.core.configuration.variable_values import Definition
from hubctl.core.errors import HubctlError
from stacks.registry import STACK_NAMES

DECLARED = {
    "hosted_zone": {"type": "string", "description": "zone that holds the domain"},
    "domain_name": {"type": "string", "description": "name of the lab"},
    "key_name": {"type": "string", "default": None},
    "max_size": {"type": "number", "default": 4},
}
Folder = Callable[..., Path]


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("domain_name", "hosted_zone"):
        monkeypatch.delenv(f"TF_VAR_{name}", raising=False)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    def write(**terraform: Mapping[str, Any]) -> Path:
        document = {"variable": DECLARED, "terraform": terraform or {"backend": {"local": {}}}}
        (tmp_path / "cdk.tf.json").write_text(json.dumps(document), encoding="utf-8")
        return tmp_path

    return write


def test_what_has_a_default_or_a_value_is_not_missing() -> None:
    assert [each.name for each in missing_variables(DECLARED, {})] == ["domain_name", "hosted_zone"]
    assert [each.name for each in missing_variables(DECLARED, {"domain_name": "a.b"})] == ["hosted_zone"]
    assert missing_variables({}, {}) == ()


@pytest.mark.terraform
def test_each_source_of_terraform_counts(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    there = folder()
    monkeypatch.setenv("TF_VAR_domain_name", "hub.example.org")
    assert [each.name for each in missing_in(there)] == ["hosted_zone"]
    told = [Definition.value("hosted_zone=example.org"), Definition.value("unknown=x")]
    assert missing_in(there, told) == ()
    (there / "a.auto.tfvars.json").write_text('{"hosted_zone": "example.org"}', encoding="utf-8")
    assert missing_in(there) == ()


@pytest.mark.terraform
def test_a_file_that_is_named_counts(folder: Folder, tmp_path: Path) -> None:
    file = tmp_path / "more.tfvars.json"
    file.write_text('{"hosted_zone": "example.org", "domain_name": "example.org"}', encoding="utf-8")
    assert missing_in(folder(), [Definition.file(str(file))]) == ()


@pytest.mark.terraform
def test_case_06_a_file_with_a_byte_order_mark_and_a_comment_before_a_name_counts(folder: Folder) -> None:
    there = folder()
    (there / "terraform.tfvars").write_text(
        '\ufeffdomain_name = "hub.example.org"\n/* the zone */ hosted_zone = "example.org"\n',
        encoding="utf-8",
    )
    assert missing_in(there) == ()
    (there / "terraform.tfvars").write_text(
        'domain_name = null\nhosted_zone = "example.org"\n', encoding="utf-8"
    )
    assert [each.name for each in missing_in(there)] == ["domain_name"]


@pytest.mark.parametrize("terraform", [{"cloud": {"organization": "acme"}}, {"backend": {"remote": {}}}])
def test_what_a_workspace_of_terraform_cloud_has_is_not_known(
    folder: Folder, terraform: dict[str, Any]
) -> None:
    assert missing_in(folder(**terraform)) == ()


def test_the_message_has_descriptions_and_lines_to_paste(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = folder()
    monkeypatch.chdir(there)
    missing = missing_in(there)
    assert described(missing).splitlines() == [
        "2 variables have no value",
        "       - domain_name: name of the lab",
        "       - hosted_zone: zone that holds the domain",
    ]
    lines = to_paste(missing, there).splitlines()
    assert "  export TF_VAR_domain_name=hub.YOUR.DOMAIN" in lines
    assert "  export TF_VAR_hosted_zone=YOUR.DOMAIN" in lines
    assert lines[-1].endswith("into terraform.tfvars.")
    (there / "elsewhere").mkdir()
    monkeypatch.chdir(there / "elsewhere")
    assert f"into {there}/terraform.tfvars." in to_paste(missing, there)


@pytest.mark.terraform
def test_commands_that_need_them_say_so(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(HubctlError, match="aws-lab: 2 variables have no value") as refused:
        need_variables("aws-lab", folder())
    assert refused.value.exit_code == 1
    monkeypatch.setenv("TF_VAR_domain_name", "hub.example.org")
    with pytest.raises(HubctlError, match="aws-lab: 1 variable has no value"):
        need_variables("aws-lab", folder())
    monkeypatch.setenv("TF_VAR_hosted_zone", "example.org")
    need_variables("aws-lab", folder())


@pytest.mark.parametrize("stack", STACK_NAMES)
def test_every_variable_that_a_stack_needs_has_an_example(
    synth: Callable[..., dict[str, Any]], stack: str
) -> None:
    missing = missing_variables(synth(stack)["variable"], {})
    assert missing
    for each in missing:
        assert each.description
        assert "YOUR" in each.export, each.export
