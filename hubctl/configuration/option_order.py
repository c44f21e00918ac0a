"""The order of ``--var`` and ``--var-file`` on hubctl's own command line, which click forgets: it keeps one list for each."""

import click

_ORDER = "hubctl.configuration.order"
_OPTIONS = {"variables": "var", "files": "var-file"}


class OrderedCommand(click.Command):
    """A command that keeps in which order ``--var`` and ``--var-file`` were given: for Terraform the last one wins."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments as ever, after a look at their order."""
        if not ctx.resilient_parsing:
            _, _, order = self.make_parser(ctx).parse_args(args=list(args))
            ctx.meta[_ORDER] = [_OPTIONS[each.name] for each in order if each.name in _OPTIONS]
        return super().parse_args(ctx, args)


def given_order() -> list[str]:
    """Return ``var`` and ``var-file`` in the order in which the command that runs was given them."""
    context = click.get_current_context(silent=True)
    return list(context.meta.get(_ORDER, ())) if context else []
