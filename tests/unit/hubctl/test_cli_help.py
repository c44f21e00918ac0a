"""The help of all commands: complete, and the same in every place."""

from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from hubctl.cli import hubctl


def commands(
    group: click.Group = hubctl, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))


ALL = dict(commands())


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_a_group_says_what_each_command_is_in_a_whole_sentence(path: tuple[str, ...]) -> None:
    group = CliRunner().invoke(hubctl, [*path[:-1], "--help"], env={"COLUMNS": "80"}).output
    summary = " ".join((ALL[path].help or "").split("\n\n")[0].split()).split(". ")[0].rstrip(".")
    assert f"{path[-1]} {summary}" in " ".join(group.split())


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_every_command_and_option_says_what_it_is(path: tuple[str, ...]) -> None:
    command = ALL[path]
    assert command.help
    assert command.help.split("\n\n", 1)[0].endswith(".")
    assert not [
        option.name for option in command.params if isinstance(option, click.Option) and not option.help
    ]
