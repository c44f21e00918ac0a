"""One run of the command: the next one is printed whole, without a secret, and answers that stand there are kept.

The adoption file is never written over another one unasked, and one that is not proven goes elsewhere.
"""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from hubctl.adopt.answers import read_answers
from hubctl.adopt.given_settings import stand_ins
from hubctl.adopt.request import AdoptionRequest, Question, UndecidedError
from hubctl.adopt.run import Run, check_writable, next_command, run_adoption, target, write_file
from hubctl.adopt.state.source import local_state_of
from hubctl.core.errors import BadInputError
from stacks.adoption.file import AdoptionFile, read_adoption


def a_run(folder: Path, *options: tuple[str, str | None], answers: Path | None = None) -> Run:
    return Run(
        state="-",
        backend=None,
        folder=folder,
        answers=answers,
        options=options,
        force=False,
        as_json=False,
    )


def test_the_next_command_has_every_option(tmp_path: Path) -> None:
    run = a_run(
        tmp_path,
        ("--stack", "chef-hub"),
        ("--carry", 'module.a["x y"].aws_eip.e'),
        ("--var", "zone_count=3"),
        ("--no-refresh", None),
    )
    line = next_command(run, tmp_path / "chef-hub.answers.toml")
    assert "adopt --stack chef-hub --carry 'module.a[\"x y\"].aws_eip.e'" in line
    assert "--var zone_count=3 --no-refresh" in line
    assert line.endswith(f"--answers {tmp_path}/chef-hub.answers.toml")


def test_what_stands_in_for_a_secret_is_nothing_that_exists() -> None:
    """A rule of the same value would not be kept, and change with what the operator tells later."""
    assert stand_ins(["hosted_zone"], "") == {}
    first = stand_ins(["deployer_ip"], "")["deployer_ip"]
    other = stand_ins(["deployer_ip", "hosted_zone"], f'["{first}"]')["deployer_ip"]
    assert other != first


def _adopting(monkeypatch: pytest.MonkeyPatch, *questions: Question) -> None:
    def adopt(*_: object, **__: object) -> None:
        raise UndecidedError(questions)

    monkeypatch.setattr("hubctl.adopt.run.adopt", adopt)
    monkeypatch.setattr("hubctl.adopt.run.state_from", lambda *_: object())


def asked(*names: str) -> Sequence[Question]:
    return [Question(part="settings", name=name, proposal="") for name in names]


def test_what_is_missing_is_written_down_and_answers_that_stand_there_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    request = AdoptionRequest(stack="aws-lab", project=tmp_path)
    path = tmp_path / "aws-lab.answers.toml"
    _adopting(monkeypatch, *asked("hosted_zone"))
    with pytest.raises(BadInputError, match="does not tell hosted_zone"):
        run_adoption(a_run(tmp_path, ("--stack", "aws-lab")), request)
    path.write_text(path.read_text().replace('"hosted_zone" = ""', '"hosted_zone" = "lab.example.test"'))

    _adopting(monkeypatch, *asked("hosted_zone", "domain_name"))
    with pytest.raises(BadInputError):
        run_adoption(a_run(tmp_path, ("--stack", "aws-lab")), request)
    found = read_answers(path, whole=False)["settings"]
    assert found == {"hosted_zone": "lab.example.test", "domain_name": ""}
    assert f"--answers {path}" in capsys.readouterr().err


def test_questions_come_to_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer that settles nothing is not asked for again and again."""
    _adopting(monkeypatch, *asked("hosted_zone"))
    said = iter(["lab.example.test"])
    with pytest.raises(BadInputError, match="questions are still open"):
        run_adoption(
            a_run(tmp_path), AdoptionRequest(stack="aws-lab", project=tmp_path), ask=lambda _: next(said)
        )


@pytest.mark.parametrize(("backend", "local"), [(None, True), ("local", True), ("s3", False)])
def test_only_a_state_in_a_file_has_to_be_copied(tmp_path: Path, backend: str | None, local: bool) -> None:
    (tmp_path / "terraform.tfstate").write_text("{}")
    if backend is not None:
        (tmp_path / ".terraform").mkdir()
        noted = {"version": 3, "backend": {"type": backend}}
        (tmp_path / ".terraform" / "terraform.tfstate").write_text(json.dumps(noted))
    assert local_state_of(None, tmp_path) == (tmp_path / "terraform.tfstate" if local else None)
    assert local_state_of("some.tfstate", None) == Path("some.tfstate").absolute()
    assert local_state_of("-", None) is None


def file(**settings: object) -> AdoptionFile:
    return AdoptionFile.model_validate({"version": 1, "stack": "aws-lab", "settings": settings})


def test_a_file_is_written_and_read(tmp_path: Path) -> None:
    path = target(tmp_path / "a" / "b", "aws-lab", proven=True)
    write_file(path, file(zone_count=3), overwrite=False)
    assert read_adoption(path, "aws-lab") == file(zone_count=3)
    write_file(path, file(zone_count=3), overwrite=False)  # the same again is no conflict


def test_another_file_is_not_written_over_unasked(tmp_path: Path) -> None:
    path = target(tmp_path, "aws-lab", proven=True)
    write_file(path, file(zone_count=3), overwrite=False)
    with pytest.raises(BadInputError, match="exists and differs") as refused:
        write_file(path, file(zone_count=4), overwrite=False)
    assert '-    "zone_count": 3' in refused.value.message
    assert "--force" in refused.value.remedy
    assert read_adoption(path, "aws-lab") == file(zone_count=3)
    write_file(path, file(zone_count=4), overwrite=True)
    assert read_adoption(path, "aws-lab") == file(zone_count=4)


def test_what_is_not_proven_lies_where_no_stack_reads_it(tmp_path: Path) -> None:
    assert target(tmp_path, "aws-lab", proven=False).name == "aws-lab.draft.json"


def test_where_nothing_can_be_written_is_said_before_and_after_planning(tmp_path: Path) -> None:
    taken = tmp_path / "file"
    taken.write_text("")
    with pytest.raises(BadInputError, match="is not a folder") as refused:
        check_writable(taken / "adoption")
    assert "--out" in str(refused.value.remedy)
    with pytest.raises(BadInputError, match="no adoption file can be written"):
        write_file(taken / "adoption" / "aws-lab.json", file(), overwrite=False)
    check_writable(tmp_path / "new" / "folder")
    assert not (tmp_path / "new").exists()
