"""The defaults' table: whose row the variables of `recommended` begin with, and who keeps what they have."""

import json
from pathlib import Path
from typing import Any

import pytest

from stacks.adoption.file import AdoptionFile
from stacks.settings import crowd_sizes
from stacks.settings.capacity_guards import type_of
from stacks.settings.loading import check_context
from stacks.settings.text_files import EditedFileError

ROWS = {
    "aws-lab": {"20": {"max_size": 4}, "100": {"max_size": 9, "scale_up_threshold": 9}},
    "chef-hub": {"20": {"worker_max_size": 5}, "100": {"worker_max_size": 12}},
}


@pytest.fixture
def given_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "crowd_sizes.json"
    file.write_text(json.dumps({"as_of": "2026-12", "source": "a test", "stacks": ROWS}))
    monkeypatch.setattr(crowd_sizes, "FILE", file)
    crowd_sizes.forget()
    return file


def lab(**context: Any) -> Any:
    settings, mistakes = check_context(context)
    assert mistakes == []
    return settings.aws_lab


@pytest.mark.usefixtures("given_table")
def test_a_row_gives_the_variables_their_defaults() -> None:
    settings, mistakes = check_context({"sized_for": 100})
    assert mistakes == []
    assert (settings.aws_lab.max_size, settings.aws_lab.scale_up_threshold) == (9, 9)
    assert settings.chef_hub.worker_max_size == 12


@pytest.mark.usefixtures("given_table")
def test_what_is_set_explicitly_wins_over_the_row() -> None:
    assert lab(sized_for=100, max_size=3).max_size == 3


@pytest.mark.usefixtures("given_table")
def test_the_original_profile_and_adopted_states_keep_what_they_have() -> None:
    assert lab(profile="original", sized_for=100).max_size == 4
    adopted = AdoptionFile(version=1, stack="aws-lab", settings={"min_size": 2})
    kept, _ = check_context({}, {"aws-lab": adopted})
    assert (kept.aws_lab.min_size, kept.aws_lab.scale_up_threshold) == (2, 8)
    asked, _ = check_context({"sized_for": 100}, {"aws-lab": adopted})
    assert (asked.aws_lab.min_size, asked.aws_lab.max_size) == (2, 9)


TYPED = {
    "aws-lab": {"20": {}, "100": {"instance_type": "r6i.xlarge", "scale_up_threshold": 19}},
    "chef-hub": {"20": {}, "100": {"worker_instance_type": "r6i.2xlarge"}},
}


def test_a_row_may_name_the_instance_type(given_table: Path) -> None:
    given_table.write_text(json.dumps({"as_of": "2026-12", "source": "a test", "stacks": TYPED}))
    crowd_sizes.forget()
    settings, mistakes = check_context({"sized_for": 100})
    assert mistakes == []
    assert settings.aws_lab.instance_type == "r6i.xlarge"
    assert settings.chef_hub.worker_instance_type == "r6i.2xlarge"
    assert type_of("chef-hub", "recommended", settings.chef_hub) == "r6i.2xlarge"
    assert lab().instance_type == "m6i.xlarge"
    own, mistakes = check_context({"sized_for": 100, "worker_instance_type": "m6i.large"})
    assert mistakes == []
    assert type_of("chef-hub", "recommended", own.chef_hub) == "m6i.large"


def test_guards_know_the_instance_type_of_the_row(given_table: Path) -> None:
    given_table.write_text(json.dumps({"as_of": "2026-12", "source": "a test", "stacks": TYPED}))
    crowd_sizes.forget()
    _, (small,) = check_context({"sized_for": 100, "instance_type": "m6i.xlarge"})
    assert "m6i.xlarge is full before the alarm that adds instances can fire" in small
    _, (uneven,) = check_context({"sized_for": 100, "instance_types": ["m6a.xlarge"]})
    assert "a r6i.xlarge has 32 GiB of memory, but m6a.xlarge has 16 GiB" in uneven


def test_a_text_that_is_not_an_instance_type_is_refused(given_table: Path) -> None:
    rows = {"aws-lab": {"20": {"instance_type": "much memory"}}}
    given_table.write_text(json.dumps({"as_of": "2026-12", "source": "a test", "stacks": rows}))
    crowd_sizes.forget()
    with pytest.raises(EditedFileError, match="instance_type"):
        crowd_sizes.table("aws-lab")


@pytest.mark.usefixtures("given_table")
def test_a_row_that_is_missing_is_refused_with_those_that_there_are() -> None:
    _, mistakes = check_context({"sized_for": 300})
    assert len(mistakes) == 2  # one for each stack
    assert "sized_for = 300" in mistakes[0]
    assert "(20, 100)" in mistakes[0]


def test_a_number_between_the_rows_is_refused_once() -> None:
    _, mistakes = check_context({"sized_for": 70})
    assert len(mistakes) == 1
    assert "Use 20, 50, 100 or 300" in mistakes[0]


def test_a_file_that_cannot_be_used_is_named(given_table: Path) -> None:
    given_table.write_text('{"as_of": "x", "source": "y", "stacks": {"aws-lab": {"many": {"max_size": -1}}}}')
    with pytest.raises(EditedFileError) as caught:
        crowd_sizes.table("aws-lab")
    assert "crowd_sizes.json" in str(caught.value)


def test_every_value_of_the_file_is_one_that_its_setting_takes() -> None:
    crowd_sizes.forget()
    for users in (20, 50, 100, 300):
        if users in crowd_sizes.table("aws-lab") and users in crowd_sizes.table("chef-hub"):
            assert check_context({"sized_for": users})[1] == []
    for stack, group in (("aws-lab", "aws_lab"), ("chef-hub", "chef_hub")):
        known = {name for name, _, _ in type(getattr(check_context({})[0], group)).variables()}
        for values in crowd_sizes.table(stack).values():
            assert set(values) <= known
