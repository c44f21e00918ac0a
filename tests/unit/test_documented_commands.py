"""Every command in the documentation exists as it is written. tests/plan/test_documented_commands.py runs them."""

from pathlib import Path

import pytest

from tests.support.documentation import pages, programs, runs, shell

pytestmark = pytest.mark.terraform

PROJECT = Path(__file__).resolve().parent.parent.parent
PAGES = pages.pages(PROJECT)
# Texts in backticks that start like a command and are none, each with what it is
NO_COMMANDS = {
    "terraform plan failed … credentials": "a message",
    "npm failed": "a message",
}


def _name(page: Path) -> str:
    return str(page.relative_to(PROJECT))


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_blocks_are_fenced_and_name_their_language(page: Path) -> None:
    assert not list(pages.indented_lines(page)), "fence these with ```, and name their language"
    unknown = [block.line for block in pages.blocks(PROJECT, page) if block.language not in pages.LANGUAGES]
    assert not unknown, f"blocks at lines {unknown}: use one of {sorted(pages.LANGUAGES)}"


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_commands_in_blocks_exist(page: Path) -> None:
    wrong = []
    for block in pages.blocks(PROJECT, page):
        for line in shell.lines(block.script() or ""):
            for words in shell.commands(line):
                try:
                    programs.check(words, exactly=True)
                except programs.UnknownCommandError as error:
                    wrong.append(f"{block.page}:{block.line}: {' '.join(words)}: {error}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_commands_in_sentences_exist(page: Path) -> None:
    wrong = []
    for text in pages.inline(page):
        first = text.split(maxsplit=1)[0] if text else ""
        name = Path(first).name if first.startswith((".venv/bin/", "node_modules/.bin/")) else first
        if (name not in programs.CHECKERS and name not in programs.KNOWN) or text in NO_COMMANDS:
            continue
        for words in shell.commands(text):
            try:
                programs.check([word for word in words if word != "…"], exactly=False)
            except programs.UnknownCommandError as error:
                wrong.append(f"`{text}`: {error}")
    assert not wrong, "\n".join(wrong)


def test_every_command_is_run_or_there_is_a_reason_and_no_reason_is_left_over() -> None:
    typed = [
        words
        for page in PAGES
        for block in pages.blocks(PROJECT, page)
        for line in shell.lines(block.script() or "")
        for words in shell.commands(line)
    ]
    unknown = []
    for words in typed:
        try:
            runs.kind(words)
        except KeyError as error:
            unknown.append(str(error))
    assert not unknown, "\n".join(unknown)
    used = {reason for words in typed for reason in runs.reasons(words)}
    assert not set(runs.NOT_RUN) - used, "no page has these: take them out of NOT_RUN"


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("hubctl simulat --stack aws-lab", "has no command simulat"),
        ("hubctl simulate --stack aws-lab --sceanrio exam", "No such option"),
        ("hubctl simulate --stack other --scenario exam", "is not one of"),
        ("make dmeo", "no target dmeo"),
        ("make demo STCK=aws-lab", "no variable STCK"),
        ("terraform plann", "has no command plann"),
        ("terraform plan -outt plan", "no option -outt"),
        ("cdktf deploy --auto-aprove", "no option --auto-aprove"),
        ("aws ssm put-parameters --name x", "no operation put-parameters"),
        ("aws ssm put-parameter --nam x", "no option --nam"),
        (".venv/bin/python mian.py", "is not a file of the project"),
        ("python -m hubctl.nothing", "no module hubctl.nothing"),
        ("images/build-container --push x", "is not a file of the project"),
        ("packer bild .", "not known"),
        ("kubectl get pods", "is not a program"),
    ],
)
def test_what_does_not_exist_is_found(line: str, problem: str) -> None:
    (words,) = shell.commands(line)
    with pytest.raises(programs.UnknownCommandError, match=problem):
        programs.check(words, exactly=True)


def test_the_shell_text_is_taken_apart() -> None:
    script = """
    export A=1 B=2   # a remark
    umask 077 && document=$(mktemp)
    for name in a b; do
      read -rsp "$name: " value && echo
      printf %s "$value" | jq -R . >"$document"
    done
    X='{"a": 1}' .venv/bin/python main.py \\
      --last
    """
    assert len(shell.lines(script)) == 4
    found = [words for line in shell.lines(script) for words in shell.commands(line)]
    assert [words[0] for words in found] == [
        "export", "mktemp", "umask", "read", "echo", "printf", "jq", ".venv/bin/python",
    ]  # fmt: skip
    assert found[-1] == [".venv/bin/python", "main.py", "--last"]
