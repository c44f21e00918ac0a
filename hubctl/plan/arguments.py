"""Terraform's own arguments, as far as what is said of a plan depends on them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hubctl.configuration.definitions import Definition
from hubctl.plan.words import environment_words

_VALUED = (
    "var",
    "var-file",
    "out",
    "target",
    "replace",
    "state",
    "lock-timeout",
    "parallelism",
    "generate-config-out",
)
NO = ("0", "f", "F", "false", "False", "FALSE")  # what Terraform reads as no (strconv.ParseBool of Go)


@dataclass(frozen=True, kw_only=True)
class PlanArguments:
    """What arguments of ``terraform plan`` say.

    Attributes:
        definitions: ``-var`` and ``-var-file`` in the order given; paths start at the folder.
        destroy: Whether everything would be destroyed.
        as_json: Whether standard output is a stream for programs.
        asks_help: Whether Terraform only explains itself.
        no_input: Whether Terraform is told not to ask for what is missing.
        out: Path of ``-out``, as given; None where no plan file is asked for.

    """

    definitions: tuple[Definition, ...]
    destroy: bool
    as_json: bool
    asks_help: bool
    no_input: bool = False
    out: Path | None = None


def all_arguments(arguments: Sequence[str], folder: Path, environment: Mapping[str, str]) -> PlanArguments:
    """Read the arguments with those that the environment adds to them."""
    return read_arguments([*environment_words(environment), *arguments], folder)


def read_arguments(arguments: Sequence[str], folder: Path) -> PlanArguments:
    """Read what matters of a plan in ``folder``; whatever is wrong with the arguments is Terraform's to say."""
    options = list(_options(arguments))
    names = {name for name, _ in options}
    flags = {name: value not in NO for name, value in options}  # the last one counts
    return PlanArguments(
        definitions=tuple(
            Definition.value(value) if name == "var" else Definition.file(value, folder)
            for name, value in options
            if name in ("var", "var-file")
        ),
        destroy=flags.get("destroy", False),
        as_json=flags.get("json", False),
        asks_help=bool(names & {"help", "h"}),
        no_input=not flags.get("input", True),
        out=next((Path(value) for name, value in reversed(options) if name == "out"), None),
    )


def _options(arguments: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield names without hyphens and values; Terraform takes ``-name value`` and ``-name=value``, with one hyphen or two."""
    rest = iter(arguments)
    for argument in rest:
        if not argument.startswith("-"):
            continue
        name, separator, value = argument.lstrip("-").partition("=")
        yield name, value if separator or name not in _VALUED else next(rest, "")
