"""Terraform's own arguments, as far as the cost of a plan depends on them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

_VALUED = ("var", "var-file", "out", "target", "replace", "state", "lock-timeout", "parallelism")


@dataclass(frozen=True, kw_only=True)
class PlanArguments:
    """What arguments of ``terraform plan`` say.

    Attributes:
        variables: Texts of ``-var`` by name.
        files: Paths of ``-var-file``, as given.
        destroy: Whether everything would be destroyed.
        as_json: Whether standard output is a stream for programs.
        asks_help: Whether Terraform only explains itself.
        no_input: Whether Terraform is told not to ask for what is missing.
        out: Path of ``-out``, as given; None where no plan file is asked for.

    """

    variables: dict[str, str]
    files: tuple[Path, ...]
    destroy: bool
    as_json: bool
    asks_help: bool
    no_input: bool = False
    out: Path | None = None


def read_arguments(arguments: Sequence[str]) -> PlanArguments:
    """Read what matters; whatever is wrong with the arguments is Terraform's to say."""
    options = list(_options(arguments))
    names = {name for name, _ in options}
    pairs = (value.partition("=") for name, value in options if name == "var")
    return PlanArguments(
        variables={name.strip(): value for name, separator, value in pairs if separator},
        files=tuple(Path(value) for name, value in options if name == "var-file"),
        destroy=any(name == "destroy" and value != "false" for name, value in options),
        as_json=any(name == "json" and value != "false" for name, value in options),
        asks_help=bool(names & {"help", "h"}),
        no_input=any(name == "input" and value == "false" for name, value in options),
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
