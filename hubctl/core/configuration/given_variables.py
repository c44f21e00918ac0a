"""``NAME=VALUE`` on a command line."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import click

from hubctl.core.configuration.variable_values import Definition, all_values
from hubctl.core.errors import BadInputError
from hubctl.core.files import json_or_text
from stacks.registry import STACKS
from stacks.settings.text_files import shown

# A comma of --compare before the next NAME=; others belong to a value, such as a list
_BETWEEN = re.compile(r",(?=\s*[A-Za-z_][\w-]*\s*=)")
_ORDER = "hubctl.core.configuration.order"
_OPTIONS = {"variables": "var", "files": "var-file"}


def split_pairs(text: str) -> list[str]:
    """Return the parts of ``NAME=VALUE,NAME=VALUE``."""
    return _BETWEEN.split(text)


def given_values(declared: Mapping[str, Any], pairs: Mapping[str, str]) -> dict[str, Any]:
    """Return what texts are as values of variables, whose ``variable`` blocks are ``declared``: Terraform reads them.

    Raises:
        BadInputError: There is no such variable, or Terraform refuses a text as its value.

    """
    definitions = [Definition.value(f"{name}={text}") for name, text in pairs.items()]
    found = all_values(declared, environment={}, definitions=definitions)
    return {name: found[name] for name in pairs}


def read_pairs(texts: Iterable[str], option: str) -> dict[str, str]:
    """Read NAME=VALUE texts.

    Raises:
        BadInputError: A text has no name, or no equals sign.

    """
    pairs: dict[str, str] = {}
    wrong = []
    for text in texts:
        name, separator, value = text.partition("=")
        if not separator or not name.strip():
            wrong.append(text)
            continue
        pairs[name.strip()] = value.strip()
    if wrong:
        raise BadInputError(
            f"{option}: {', '.join(map(shown, wrong))} is not NAME=VALUE",
            remedy=f'Write {option} "scale_up_threshold=6".',
        )
    return pairs


def read_numbers(texts: Sequence[str], option: str) -> dict[str, float]:
    """Read NAME=NUMBER texts; raise BadInputError for what is none."""
    pairs = {name: _value(text) for name, text in read_pairs(texts, option).items()}
    wrong = [
        name
        for name, value in pairs.items()
        if not isinstance(value, int | float) or isinstance(value, bool) or not _is_finite(value)
    ]
    if wrong:
        raise BadInputError(
            f"{option}: {', '.join(shown(f'{name}={pairs[name]}')[1:-1] for name in wrong)} is not a number",
            remedy=f"Write {option} boot=120.",
        )
    return {name: float(value) for name, value in pairs.items()}


def _is_finite(number: float) -> bool:
    try:
        return math.isfinite(number)
    except OverflowError:  # a whole number of hundreds of digits
        return False


def check_variables(stack: str, variables: dict[str, Any]) -> None:
    """Refuse values that the stack's settings would refuse; thresholds that flap may be looked at.

    Raises:
        BadInputError: The message names every mistake.

    """
    model = STACKS[stack].settings
    given = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in variables.items()
        if name in model.model_fields
    }
    if "scaling_guards" in model.model_fields:
        given["scaling_guards"] = False
    _, mistakes = model.check(given)
    if mistakes:
        raise BadInputError(
            "\n".join(map(str, mistakes)), remedy="docs/reference/settings.md lists what is possible."
        )


def _value(text: str) -> Any:
    value = json_or_text(text)
    return value if isinstance(value, int | float | bool | str) else text


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
