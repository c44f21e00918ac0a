"""The command: what it writes, and what it refuses before it writes anything."""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from hubctl.cli import main


@pytest.fixture
def diagram(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    def run(*arguments: str) -> tuple[int, str, str]:
        given = ["hubctl", "diagram", f"--folder={folder}", f"--output={tmp_path / 'pictures'}", *arguments]
        monkeypatch.setattr(sys, "argv", given)
        with pytest.raises(SystemExit) as ended:
            main()
        output, errors = capfd.readouterr()
        return int(ended.value.code or 0), output, errors

    return run


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
def test_writes_the_pictures_asked_for(diagram: Callable[..., tuple[int, str, str]], tmp_path: Path) -> None:
    code, output, _ = diagram("--stack=aws-lab", "--format=svg", "--var=domain_name=lab.example.org")
    assert code == 0
    assert [file.name for file in (tmp_path / "pictures").iterdir()] == ["aws-lab.svg"]
    assert "aws-lab.svg" in output
    assert "lab.example.org" in (tmp_path / "pictures" / "aws-lab.svg").read_text(encoding="utf-8")


def test_without_graphviz_it_says_what_to_install(
    diagram: Callable[..., tuple[int, str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    code, _, errors = diagram()
    assert code == 1
    assert "Graphviz" in errors
    assert "apt-get install graphviz" in errors
    assert not (tmp_path / "pictures").exists()


def test_what_graphviz_refuses_is_named(
    diagram: Callable[..., tuple[int, str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dot = tmp_path / "dot"
    dot.write_text(
        '#!/bin/sh\n[ "$1" = -V ] && echo "dot - graphviz version 9.9.9" >&2 && exit\necho "no memory" >&2; exit 1\n'
    )
    dot.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    code, _, errors = diagram("--stack=aws-lab", "--format=png")
    assert (code, "dot failed: no memory" in errors) == (1, True), errors
    assert not (tmp_path / "pictures").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--stack=other",), "'other' is not one of"),
        (("--format=gif",), "'gif' is not one of"),
        (("--stack=aws-lab", "--var=colour=red"), "aws-lab has no variable colour"),
        (("--stack=aws-lab", "--var=max_size=0"), "max_size"),
        (("--var=max_size",), "is not NAME=VALUE"),
        (("--folder=/nowhere",), "holds no stack aws-lab"),
        (("--output=/dev/null",), "is a file"),
    ],
)
def test_bad_input_ends_with_2_and_writes_nothing(
    diagram: Callable[..., tuple[int, str, str]], tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    code, _, errors = diagram(*arguments)
    assert (code, said in errors) == (2, True), errors
    assert not (tmp_path / "pictures").exists()
