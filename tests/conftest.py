"""Fixtures that all tests share: synthesis of a stack, golden files, and the project's folder."""

import difflib
import json
import logging
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

PROJECT = Path(__file__).resolve().parent.parent
pytest_plugins = ("tests.support.aws_models", "tests.support.leftovers", "tests.support.selection")

# A test that fails shows what went wrong inside the local AWS that it used.
logging.getLogger("hubctl.trial.aws").setLevel(logging.INFO)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="write golden files anew instead of comparing"
    )


@pytest.fixture(scope="session")
def project() -> Path:
    """The project's folder."""
    return PROJECT


@pytest.fixture(scope="session")
def synth(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., dict[str, Any]]]:
    """Give ``synth(stack_name, **context)``: the stack's Terraform JSON, made in this process and remembered.

    It is everybody's: whoever changes it takes a copy.
    """
    made: dict[str, dict[str, Any]] = {}
    texts: dict[str, str] = {}

    def synthesize(stack_name: str, **context: Any) -> dict[str, Any]:
        key = json.dumps(context, sort_keys=True)
        if key not in made:
            made[key] = _synthesize(context, tmp_path_factory.mktemp("synth"))
            texts[key] = json.dumps(made[key])
        configuration: dict[str, Any] = made[key][stack_name]
        return configuration

    yield synthesize
    changed = [key for key, text in texts.items() if json.dumps(made[key]) != text]
    assert not changed, f"a test of this process changed the JSON that all share, of {', '.join(changed)}"


def _synthesize(context: Mapping[str, Any], outdir: Path) -> dict[str, Any]:
    from cdktf import App

    from stacks.app import build  # imports cdktf: only for tests that need it
    from stacks.settings.loading import check_context

    settings, mistakes = check_context(context)
    assert not mistakes, mistakes
    app = App(stack_traces=False, outdir=str(outdir))
    stacks = build(app, settings)
    for stack in stacks.values():
        stack.check_addresses()
    return {name: stack.to_terraform() for name, stack in stacks.items()}


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Return ``golden(file_name, text)``: compares with the file, or writes it with --update-golden.

    A bare name lies in tests/golden/; a path, such as docs/reference/settings.md, starts at the project's folder.
    """
    update = bool(request.config.getoption("--update-golden"))

    def compare(file_name: str, text: str) -> None:
        file = PROJECT / (file_name if "/" in file_name else f"tests/golden/{file_name}")
        if update:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
            return
        assert file.is_file(), f"{file.name} is missing: run pytest --update-golden and review what it wrote"
        expected = file.read_text(encoding="utf-8")
        difference = "\n".join(
            difflib.unified_diff(expected.splitlines(), text.splitlines(), "golden", "now", lineterm="")
        )
        assert text == expected, (
            f"{file.name} differs; if that is meant, run pytest --update-golden\n{difference}"
        )

    return compare
