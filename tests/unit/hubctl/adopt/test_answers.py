"""The answers file: what one run asks is what the next one reads, whatever stands in the addresses."""

from pathlib import Path

import pytest

from hubctl.adopt.answers import answers_text, merged, read_answers, with_answers
from hubctl.adopt.request import (
    HERE,
    MATCH,
    SETTINGS,
    THERE,
    AdoptionRequest,
    Question,
    UndecidedError,
    as_sentence,
)
from hubctl.core.errors import BadInputError

ODD = 'module.lab["a\\"b é"].aws_instance.x[0]'
NEEDS = [
    Question(part=SETTINGS, name="hosted_zone", proposal=""),
    Question(part=MATCH, name="aws_lb.lab", proposal=ODD, others=("aws_lb.other",)),
    Question(part=THERE, name=ODD, proposal="carry", others=("forget",)),
    Question(part=THERE, name="aws_db_instance.d", proposal="forget", why="its password is a secret"),
    Question(part=HERE, name="aws_lb_listener.http", proposal="leave out", others=("import ID",)),
]
REQUEST = AdoptionRequest(stack="aws-lab", project=Path())


def written(folder: Path, text: str) -> Path:
    path = folder / "aws-lab.answers.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_what_is_written_is_read(tmp_path: Path) -> None:
    answers = merged({}, NEEDS)
    answers[SETTINGS]["hosted_zone"] = "lab.example.test"
    path = written(tmp_path, answers_text(answers, NEEDS, "hubctl adopt --answers x"))
    assert read_answers(path) == answers
    said = path.read_text(encoding="utf-8")
    assert "# its password is a secret" in said
    assert "# or: aws_lb.other" in said
    assert "hubctl adopt --answers x" in said


def test_an_answer_that_is_missing_or_wrong_is_named_with_all_others(tmp_path: Path) -> None:
    text = answers_text(merged({}, NEEDS), NEEDS, "x") + '\n[where]\n"a" = "b"\n'
    path = written(tmp_path, text.replace('"leave out"', '"create"').replace('"carry"', '"burn"'))
    with pytest.raises(BadInputError) as refused:
        read_answers(path)
    for said in ("no part where", "hosted_zone", "it has no answer yet", "'create'", "'burn'"):
        assert said in refused.value.message


def test_a_file_that_waits_for_an_answer_can_be_added_to(tmp_path: Path) -> None:
    path = written(tmp_path, answers_text(merged({}, NEEDS), NEEDS, "x"))
    with pytest.raises(BadInputError, match="it has no answer yet"):
        read_answers(path)
    assert read_answers(path, whole=False) == merged({}, NEEDS)


@pytest.mark.parametrize("text", ["[there", '[there]\n"a" = "carry"\n"a" = "forget"\n', "there = 3\n"])
def test_a_damaged_file_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadInputError):
        read_answers(written(tmp_path, text))
    with pytest.raises(BadInputError, match="no file"):
        read_answers(tmp_path / "none.toml")


def test_answers_stand_for_options_and_what_was_typed_wins() -> None:
    answers = merged({}, NEEDS)
    answers[SETTINGS] = {"hosted_zone": "lab.example.test", "zone_count": 3}
    answers[HERE]["aws_vpc.lab"] = "import vpc-1"
    typed = AdoptionRequest(
        stack="aws-lab",
        project=Path(),
        forget=[ODD],
        settings={"zone_count": "2"},
        imports={"aws_lb_listener.http": "arn"},
    )
    found = with_answers(typed, answers)
    assert found.settings == {"hosted_zone": "lab.example.test", "zone_count": "2"}
    assert (list(found.carry), list(found.forget)) == ([], [ODD, "aws_db_instance.d"])
    assert (list(found.leave_out), found.imports) == (
        [],
        {"aws_lb_listener.http": "arn", "aws_vpc.lab": "vpc-1"},
    )
    assert with_answers(REQUEST, answers).match == {"aws_lb.lab": ODD}
    assert with_answers(REQUEST, answers).carry == [ODD]


def test_further_needs_take_no_answer_away() -> None:
    first = merged({}, NEEDS)
    first[THERE][ODD] = "forget"
    more = Question(part=THERE, name="aws_eip.e", proposal="carry")
    again = merged(first, [*NEEDS, more])
    assert (again[THERE][ODD], again[THERE]["aws_eip.e"]) == ("forget", "carry")


def test_what_stands_in_the_way_of_a_plan_is_one_error_with_the_options() -> None:
    error = UndecidedError(NEEDS[:2], NEEDS[2:])
    assert error.exit_code == 2
    assert "the state does not tell hosted_zone" in error.message
    assert f"aws_lb.lab could be {ODD} or aws_lb.other" in error.message
    assert "--var hosted_zone=…" in error.remedy
    assert f"--match aws_lb.lab='{ODD}'" in error.remedy
    assert [asked.name for asked in error.questions] == [asked.name for asked in NEEDS]
    assert all(asked.name in as_sentence(asked) for asked in NEEDS)
