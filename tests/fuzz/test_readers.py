"""Every reader of foreign input takes made-up input, the same each time: a result or a sentence, and never a changed file.

``make fuzz`` gives the same readers others each time, and as many as its option says.
"""

from pathlib import Path

import pytest

from hubctl.core.configuration.synthesized import run_app
from hubctl.core.project_folders import ROOT
from hubctl.core.terraform.driver import driver_environment
from tests.fuzz.readers import NAMES, Reader, readers
from tests.fuzz.running import BadRefusalError, attempt, check_refusal, fuzz

INPUTS = 2000  # for a reader whose share is 1

pytestmark = [pytest.mark.node, pytest.mark.terraform]


@pytest.fixture(scope="module")
def by_name(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Reader]:
    """All readers by name."""
    folder = tmp_path_factory.mktemp("synthesized")
    run_app(ROOT, folder, environment=driver_environment(), settings={"adoption": "no-adoption"})
    return {reader.name: reader for reader in readers(folder)}


def test_all_readers_are_tested(by_name: dict[str, Reader]) -> None:
    assert tuple(by_name) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_good_input_is_read(by_name: dict[str, Reader], name: str, tmp_path: Path) -> None:
    for number, seed in enumerate(by_name[name].seeds):
        assert attempt(by_name[name], seed, tmp_path / str(number)) == "read"


@pytest.mark.parametrize("name", NAMES)
def test_made_up_input_gives_a_result_or_a_sentence(
    by_name: dict[str, Reader], name: str, tmp_path: Path
) -> None:
    reader = by_name[name]
    outcomes = fuzz(reader, max(20, round(INPUTS * reader.share)), tmp_path / "work", anew=False)
    assert outcomes.total() > 0


@pytest.mark.parametrize(
    ("read", "what"),
    [
        (lambda path: [][len(path.read_bytes())], IndexError),
        (lambda path: path.write_bytes(b"changed"), BadRefusalError),
    ],
    ids=["traceback", "changed"],
)
def test_a_reader_that_fails_is_found(tmp_path: Path, read: object, what: type[Exception]) -> None:
    reader = Reader(name="bad", read=read, seeds=(b"{}",))  # type: ignore[arg-type]
    with pytest.raises(what):
        fuzz(reader, 20, tmp_path / "work", anew=False)


def test_a_refusal_that_helps_no_one_is_found() -> None:
    for said in ("", "Traceback (most recent call last)", "x " * 5_000):
        with pytest.raises(BadRefusalError):
            check_refusal(ValueError(said))
