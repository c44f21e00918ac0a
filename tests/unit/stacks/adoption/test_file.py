"""The adoption file: its schema, its refusals, and how its settings reach one stack only."""

import json
from pathlib import Path
from typing import Any

import pytest

from stacks.adoption.file import AdoptionFile, AdoptionFileError, parse_adoption, read_adoption
from stacks.settings.loading import SettingsError, check_context, load_settings


def file(**parts: Any) -> AdoptionFile:
    return AdoptionFile.model_validate({"version": 1, "stack": "aws-lab", **parts})


def test_what_is_written_is_read_back_the_same() -> None:
    written = file(
        settings={"zone_count": 3},
        moves=[{"from": 'module.a["x.y"].aws_subnet.s[0]', "to": "aws_subnet.public_1"}],
        imports=[{"to": "aws_vpc.lab", "id": "vpc-1"}],
        forget=["module.a.time_sleep.wait"],
        keep={"aws_lb.lab": {"name": "front", "path": None}},
        ignore={"aws_lb.lab": ["tags"]},
        carry={"aws_key_pair.ops": {"key_name": "ops"}},
    )
    assert parse_adoption(written.text(), "aws-lab") == written
    assert parse_adoption(written.text(), "aws-lab").text() == written.text()


def test_empty_parts_are_not_written() -> None:
    assert set(json.loads(file().text())) == {"version", "stack", "source", "moves"}


def test_a_summary_says_what_is_taken_over() -> None:
    adoption = file(
        moves=[{"from": "aws_vpc.v", "to": "aws_vpc.lab"}],
        keep={"aws_lb.lab": {"name": "front"}},
        ignore={"aws_lb.lab": ["tags", "subnets"]},
    )
    assert adoption.summary() == ("aws-lab takes over an existing deployment: 1 moved, 3 arguments kept")
    assert file().summary().endswith("settings only")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "not JSON"),
        ("[]", "it is a list, not a JSON object"),
        ("{}", "version is None"),
        ('{"version": true}', "version is True"),
        ("[" * 200_000, "nested too deeply"),
        (
            '{"version": 1, "stack": "aws-lab",\n "moves": [], "moves": []}',
            "line 2, column 15: moves is there twice",
        ),
        ('{"version": 1, "stack": "aws-lab",\n "move": []}', "line 2, column 2: move: "),
        ('{"version": 2}', "version is 2"),
        ('{"version": 1}', "stack: "),
        ('{"version": 1, "stack": "chef-hub"}', "for the stack chef-hub"),
        ('{"version": 1, "stack": "aws-lab", "move": []}', "move: "),
        ('{"version": 1, "stack": "aws-lab", "moves": [{"from": "x", "to": "aws_a.b"}]}', "moves.0.from"),
        ('{"version": 1, "stack": "aws-lab", "leave_out": ["module.a.aws_b.c"]}', "leave_out.0"),
    ],
)
def test_everything_else_is_refused(text: str, said: str) -> None:
    with pytest.raises(AdoptionFileError, match=said):
        parse_adoption(text, "aws-lab")


def test_without_a_file_there_is_no_adoption(tmp_path: Path) -> None:
    assert read_adoption(tmp_path / "aws-lab.json", "aws-lab") is None


def test_its_settings_hold_for_its_stack_and_the_context_wins() -> None:
    adoption = file(settings={"profile": "original", "zone_count": 3, "vpc_cidr": "10.9.0.0/16"})
    settings, mistakes = check_context({"zone_count": 4}, {"aws-lab": adoption})
    assert not mistakes
    assert settings.aws_lab.zone_count == 4
    assert settings.aws_lab.vpc_cidr == "10.9.0.0/16"
    assert settings.chef_hub.vpc_cidr != "10.9.0.0/16"
    assert settings.for_stack("aws-lab").common.profile == "original"
    assert settings.for_stack("chef-hub").common.profile == "recommended"


@pytest.mark.parametrize("given", [{"zone_count": 0}, {"zones": 3}])
def test_a_wrong_setting_in_it_is_refused(given: dict[str, Any]) -> None:
    (mistake,) = check_context({}, {"aws-lab": file(settings=given)})[1]
    assert next(iter(given)) in mistake


def test_it_is_found_in_the_folder_of_the_setting(tmp_path: Path) -> None:
    folder = tmp_path / "taken" / "over"
    folder.mkdir(parents=True)
    (folder / "aws-lab.json").write_text(file(settings={"zone_count": 3}).text())
    environment = {"CDKTF_CONTEXT_JSON": '{"adoption": "taken/over"}'}
    assert load_settings(tmp_path, environment).aws_lab.zone_count == 3
    assert load_settings(tmp_path, {}).aws_lab.zone_count == 2
    (folder / "aws-lab.json").write_text("{")
    with pytest.raises(SettingsError, match=r"taken/over/aws-lab\.json: line 1, column 2: it is not JSON"):
        load_settings(tmp_path, environment)


@pytest.mark.parametrize("folder", ["/etc", "../elsewhere", "a/../b", ""])
def test_the_folder_lies_inside_the_project(folder: str) -> None:
    assert "adoption = " in check_context({"adoption": folder})[1][0]
