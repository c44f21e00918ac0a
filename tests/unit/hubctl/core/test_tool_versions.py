"""Missing and old tools: all of them reported at once, whatever they print."""

import sys
from pathlib import Path

import pytest

from hubctl.core.tool_versions import check_tools

GOOD = {
    "node": "echo v20.11.1",
    "npm": "echo 10.2.4",
    "terraform": """echo '{"terraform_version": "1.11.4", "platform": "linux_amd64"}'""",
}


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH that holds nothing but good fake tools, to be replaced or removed."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.delenv("TERRAFORM_BINARY_NAME", raising=False)
    for name, script in GOOD.items():
        fake(folder, name, script)
    return folder


def fake(folder: Path, name: str, script: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_good_tools_pass(tools: Path) -> None:
    assert tools.is_dir()
    assert check_tools() == []


def test_everything_missing_is_reported_at_once(tools: Path) -> None:
    for name in GOOD:
        (tools / name).unlink()
    assert [problem.tool for problem in check_tools()] == ["Node", "npm", "Terraform"]


def test_everything_too_old_is_reported_at_once_with_both_versions(tools: Path) -> None:
    fake(tools, "node", "echo v18.19.0")
    fake(tools, "terraform", """echo '{"terraform_version": "1.5.7"}'""")
    assert [problem.message for problem in check_tools()] == [
        "Node 20 or newer is needed, found 18.19.0",
        "Terraform 1.9 or newer is needed, found 1.5.7",
    ]
    assert all("install" in problem.remedy for problem in check_tools())


@pytest.mark.parametrize(
    ("tool", "script"),
    [
        ("node", "echo 'Warning: something 1.2.3'; echo v22.0.0; echo 'deprecated 0.1' >&2"),
        ("npm", "echo 'npm WARN config 1.0 is old' >&2; echo 11.0.0"),
        (
            "terraform",
            "echo 'There are some problems with the CLI configuration:' >&2; "
            """echo 'Warning: 0.1.2'; echo '{"terraform_version":"1.12.0","platform":"linux_amd64"}'; exit 1""",
        ),
        ("terraform", r"""printf '\377\376 garbage {"terraform_version": "1.9.0"}'"""),
    ],
)
def test_warnings_and_garbage_beside_the_version_do_no_harm(tools: Path, tool: str, script: str) -> None:
    fake(tools, tool, script)
    assert check_tools() == []


@pytest.mark.parametrize(
    ("tool", "script", "words"),
    [
        ("node", "exit 1", "it prints nothing"),
        ("npm", "echo 'cannot find module' >&2; exit 1", "cannot find module"),
        ("terraform", "echo 'exec format error' >&2; exit 126", "exec format error"),
    ],
)
def test_a_tool_that_names_no_version_is_quoted(tools: Path, tool: str, script: str, words: str) -> None:
    fake(tools, tool, script)
    (problem,) = check_tools()
    assert "names no version" in problem.message
    assert words in problem.message


def test_a_file_that_cannot_be_run_is_reported(tools: Path) -> None:
    (tools / "node").write_bytes(b"\x00\x01")
    (problem,) = check_tools()
    assert problem.tool == "Node"


def test_terraform_can_have_another_name(tools: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tools / "terraform").rename(tools / "terraform-1.11")
    monkeypatch.setenv("TERRAFORM_BINARY_NAME", "terraform-1.11")
    assert check_tools() == []


def test_a_python_without_venv_is_reported(tools: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert tools.is_dir()
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    (problem,) = check_tools()
    assert "no module 'ensurepip'" in problem.message
