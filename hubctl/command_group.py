"""A group of commands whose help says each command's first sentence whole, where click would cut it off."""

import click


class CommandGroup(click.Group):
    """A click group with the summaries of its commands wrapped, not shortened."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the section of the commands."""
        commands = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        shown = [(name, command.get_short_help_str(limit=300)) for name, command in commands if command]
        with formatter.section("Commands"):
            formatter.write_dl(shown)
