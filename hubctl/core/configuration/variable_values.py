"""The values of Terraform variables, as Terraform itself reads them.

Terraform is asked: it plans a private folder that declares the same variables and shows them as an output. So definition
files, ``TF_VAR_`` texts and ``-var`` mean here what they mean in a plan, in every notation, in Terraform's order, and with
its conversions (``"8"`` and ``8.0`` are 8 where the type is number).
https://developer.hashicorp.com/terraform/language/values/variables#variable-definition-precedence
"""

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self

from hubctl.core.errors import BadInputError, HubctlError
from hubctl.core.processes import Finished, run_program
from hubctl.core.temporary import private_folder
from hubctl.core.terraform.plan import error_text, messages
from hubctl.core.tool_versions import terraform_binary

# What these name belongs to this process: Terraform would open its own descriptors.
_DESCRIPTORS = ("/dev/fd/", "/dev/stdin", "/proc/")
CONFIGURATION = "variables.tf.json"  # where the reader declares the variables, the first on the second line
LONGEST = 80  # letters of a value that an error repeats
# Parts of the words of Terraform that speak of the reader's own files
_DECLARED = re.compile(rf"\s+declared at {re.escape(CONFIGURATION)}:[\d,-]+")
_VALUE_FOR = re.compile(r"<value for var\.([\w-]+)>")
PREFIX = "TF_VAR_"
SECONDS = 300.0
PLAN = "values.tfplan"
OUTPUT = "values"
# Not validations, which may speak of what is not there, and not that it is sensitive: its value is needed.
_ASPECTS = ("type", "default", "nullable")
_WITHOUT_DEFAULT = {"default": None, "nullable": True}  # to have no value is not for this reader to refuse


@dataclass(frozen=True, kw_only=True)
class Definition:
    """One ``-var`` (``NAME=VALUE``) or one ``-var-file`` (a path).

    Attributes:
        option: Which of the two.
        text: As it was typed; a path is absolute.
        content: What was read from a file that can be read only once, such as ``<(sops -d ...)``; None for others.

    """

    option: Literal["var", "var-file"]
    text: str
    content: bytes | None = None

    @classmethod
    def value(cls, text: str) -> Self:
        """Return ``-var`` with this text."""
        return cls(option="var", text=text)

    @classmethod
    def file(cls, text: str, folder: Path | None = None) -> Self:
        """Return ``-var-file`` with a path that starts at ``folder``, by default where hubctl was started."""
        return cls(option="var-file", text=str((folder or Path.cwd()).absolute() / text))

    @property
    def name(self) -> str | None:
        """The variable's name; None for files."""
        return self.text.partition("=")[0] if self.option == "var" else None

    @property
    def is_read_once(self) -> bool:
        """Whether the file is a pipe or a descriptor of this process, so that Terraform cannot read it as well."""
        if self.option != "var-file" or self.text.startswith(_DESCRIPTORS):
            return self.option == "var-file"
        try:
            return Path(self.text).is_fifo()
        except OSError:  # what is wrong with it is Terraform's to say
            return False

    def read(self) -> "Definition":
        """Return the same with its content where it can be read only once. Raises BadInputError."""
        if not self.is_read_once or self.content is not None:
            return self
        try:
            content = Path(self.text).read_bytes()
        except OSError as error:
            raise BadInputError(
                f"--var-file {self.text} cannot be read: {error.strerror}", remedy="Name another file."
            ) from error
        return Definition(option="var-file", text=self.text, content=content)


@dataclass(frozen=True, kw_only=True)
class Given:
    """All that gives values to variables.

    Attributes:
        texts: Texts of ``TF_VAR_`` variables by the name of the Terraform variable.
        files: Files that Terraform loads by itself.
        definitions: What the command line says.

    """

    texts: Mapping[str, str]
    files: Sequence[Path]
    definitions: Sequence[Definition]

    @property
    def nothing(self) -> bool:
        """Whether every variable keeps its default."""
        return not self.texts and not self.files and not self.definitions

    def text(self, name: str) -> str | None:
        """Return the text that a variable has from the command line, else from the environment; None where it has no value."""
        typed = [each.text for each in self.definitions if each.name == name]
        return typed[-1].partition("=")[2] if typed else self.texts.get(name)

    @property
    def real_names(self) -> dict[str, str]:
        """The files of the folder that :meth:`laid_out` fills, with what they are called elsewhere."""
        read = {_copy(number, each): each.text for number, each in self._read()}
        return {file.name: str(file) for file in self.files} | read

    def laid_out(self, folder: Path) -> list[str]:
        """Put the files where Terraform looks for them in a ``folder``; return the arguments that it takes there.

        Raises:
            BadInputError: A file can be read only once, and has not been read.
            OSError: The folder cannot be written.

        """
        for file in self.files:
            (folder / file.name).symlink_to(file)  # a copy would hide what is wrong with the file itself
        for number, each in self._read():
            (folder / _copy(number, each)).write_bytes(each.content or b"")
        return [f"-{each.option}={self._path(number, each)}" for number, each in enumerate(self.definitions)]

    def _path(self, number: int, each: Definition) -> str:
        if each.content is not None:
            return _copy(number, each)
        if each.is_read_once:
            raise BadInputError(
                f"-var-file={each.text} can be read only once, and Terraform has to",
                remedy="Give a file that stays.",
            )
        return each.text

    def _read(self) -> list[tuple[int, Definition]]:
        return [(number, each) for number, each in enumerate(self.definitions) if each.content is not None]


def _copy(number: int, read: Definition) -> str:
    return f"read-{number}{'.json' if read.text.endswith('.json') else '.tfvars'}"


def read_definitions(
    variables: Sequence[str], files: Sequence[str | os.PathLike[str]], order: Iterable[str] = ()
) -> tuple[Definition, ...]:
    """Return what ``--var`` and ``--var-file`` say.

    ``order`` names the options as they were given, each ``var`` or ``var-file``; without it, files come first.

    Raises:
        BadInputError: A text is not NAME=VALUE; the message names all. Or a pipe cannot be read.

    """
    wrong = [text for text in variables if not text.partition("=")[0].strip() or "=" not in text]
    if wrong:
        raise BadInputError(
            "\n".join(f"--var {text!r} is not NAME=VALUE" for text in wrong), remedy="Write --var max_size=8."
        )
    values = [
        Definition.value("=".join((text.partition("=")[0].strip(), text.partition("=")[2])))
        for text in variables
    ]
    rest = {
        "var": iter(values),
        "var-file": iter([Definition.file(os.fspath(file)).read() for file in files]),
    }
    given = [next(rest[option]) for option in order]
    return (*given, *rest["var-file"], *rest["var"])


def refusal(planned: Finished, declared: Mapping[str, Any], given: Given) -> BadInputError:
    """Return the error that says what Terraform refuses: each mistake with the file and line, or the variable and its text."""
    said = list(dict.fromkeys(_mistakes(planned.output, declared, given)))
    if not said:
        said = [error_text(planned.output, planned.errors)]
    listed = said[0] if len(said) == 1 else "".join(f"\n  - {each}" for each in said).lstrip(" ")
    return BadInputError(
        f"Terraform refuses the variables:{'' if len(said) > 1 else ' '}{listed}",
        remedy="Correct what is named; docs/reference/settings.md lists the variables with their types.",
    )


def _mistakes(output: str, declared: Mapping[str, Any], given: Given) -> Iterator[str]:
    for message in messages(output.splitlines()):
        diagnostic = message.get("diagnostic") or {}
        if diagnostic.get("severity") == "error":
            words = [diagnostic.get("summary", ""), _told(diagnostic.get("detail", ""), given)]
            where = _where(diagnostic.get("range") or {}, declared, given)
            yield ": ".join(part for part in (where, *words) if part)


def _told(detail: str, given: Given) -> str:
    text = _DECLARED.sub("", " ".join(detail.split()))
    for name, real in given.real_names.items():
        pattern = rf"(?<![\w./-]){re.escape(name)}(?![\w.-]*\w)"
        text = re.sub(pattern, real.replace("\\", r"\\"), text)
    return text


def _where(place: Mapping[str, Any], declared: Mapping[str, Any], given: Given) -> str:
    """Return the variable with its text where Terraform speaks of it, else file and line."""
    file, line = str(place.get("filename", "")), (place.get("start") or {}).get("line")
    if found := _VALUE_FOR.fullmatch(file):
        return _assigned(found[1], declared, given)
    if file == CONFIGURATION:
        names = list(declared)
        return _assigned(names[line - 2], declared, given) if line and 2 <= line < len(names) + 2 else ""
    return f"{given.real_names.get(file, file)}, line {line}" if file else ""


def _assigned(name: str, declared: Mapping[str, Any], given: Given) -> str:
    text = given.text(name)
    if text is None or declared.get(name, {}).get("sensitive"):
        return name
    shown = text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
    return f"{name} = {shown!r}"


def variable_values(
    declared: Mapping[str, Any],
    *,
    environment: Mapping[str, str],
    folder: Path | None = None,
    definitions: Sequence[Definition] = (),
) -> dict[str, Any]:
    """Return the values given to variables that are not their defaults.

    Args:
        declared: The ``variable`` blocks of the configuration.
        environment: Where ``TF_VAR_`` variables are; those of no variable are left out, as Terraform does.
        folder: The synthesized folder, whose definition files count; None for none.
        definitions: What the command line says, in its order.

    Raises:
        BadInputError: A ``-var`` names no variable, or Terraform refuses a value or a file; the message has its words.
        HubctlError: Terraform cannot be started.

    """
    found = all_values(declared, environment=environment, folder=folder, definitions=definitions)
    return _given(declared, found)


def all_values(
    declared: Mapping[str, Any],
    *,
    environment: Mapping[str, str],
    folder: Path | None = None,
    definitions: Sequence[Definition] = (),
) -> dict[str, Any]:
    """Return the value of every variable, its default where nothing is given, and None where it has no value.

    Takes and raises what :func:`variable_values` does. Terraform is not started when nothing is given.
    """
    unknown = sorted({each.name for each in definitions if each.name is not None} - set(declared))
    if unknown:
        raise BadInputError(
            f"there is no variable {', '.join(unknown)}",
            remedy="docs/reference/settings.md lists the Terraform variables of the stacks.",
        )
    texts = {name: text for name in declared if (text := environment.get(PREFIX + name)) is not None}
    given = Given(texts=texts, files=tuple(_automatic_files(folder)), definitions=definitions)
    if given.nothing:
        return {name: block.get("default") for name, block in declared.items()}
    return _evaluated(declared, given)


def planned_values(declared: Mapping[str, Any], document: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the values that are not defaults in a plan, from the JSON of ``terraform show -json PLAN``.

    That holds them as they were given: a number may be a text there. They are converted like those of a file in JSON.
    Returns None when the plan tells nothing of variables. Raises what :func:`variable_values` does.
    """
    variables = document.get("variables")
    if not isinstance(variables, Mapping):
        return None
    values = {
        name: entry.get("value")
        for name, entry in variables.items()
        if name in declared and isinstance(entry, Mapping)
    }
    if not values:
        return {}
    content = json.dumps(values).encode()
    file = Definition(option="var-file", text="planned.tfvars.json", content=content)
    return _given(declared, _evaluated(declared, Given(texts={}, files=(), definitions=(file,))))


def _given(declared: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value
        for name, value in values.items()
        # Not compared in Python, where True is 1
        if json.dumps(value, sort_keys=True) != json.dumps(declared[name].get("default"), sort_keys=True)
    }


def _automatic_files(folder: Path | None) -> Iterator[Path]:
    """Yield the files of a folder that Terraform may load by itself; which of them it does, and in which order, it knows."""
    try:
        names = sorted(os.listdir(folder)) if folder is not None else []  # noqa: PTH208 (of dangling links, too)
    except OSError:  # Terraform looks for none there, either
        return
    for name in names:
        if name in ("terraform.tfvars", "terraform.tfvars.json") or name.endswith(
            (".auto.tfvars", ".auto.tfvars.json")
        ):
            yield Path(folder or "", name).absolute()


def _evaluated(declared: Mapping[str, Any], given: Given) -> dict[str, Any]:
    try:
        with private_folder("variables") as private:
            return _planned_output(private, declared, given)
    except OSError as error:
        raise HubctlError(
            f"Terraform cannot read the variables: {error.filename or 'a temporary folder'}: {error.strerror}",
            remedy="Free some space, or name a folder that can be written in TMPDIR.",
        ) from error


def _planned_output(folder: Path, declared: Mapping[str, Any], given: Given) -> dict[str, Any]:
    (folder / CONFIGURATION).write_text(_configuration(declared), encoding="utf-8")
    settings = folder / "empty.rc"  # the operator's settings of Terraform change nothing here
    settings.touch()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TF_")}
    environment |= {PREFIX + name: text for name, text in given.texts.items()}
    environment |= {"CHECKPOINT_DISABLE": "1", "TF_CLI_CONFIG_FILE": str(settings)}

    def run(*arguments: str) -> Finished:
        return run_program(
            [terraform_binary(), *arguments], folder=folder, environment=environment, deadline=SECONDS
        )

    options = ["-input=false", "-json", "-lock=false", "-refresh=false", f"-out={PLAN}"]
    planned = run("plan", *options, *given.laid_out(folder))
    if planned.exit_code != 0:
        raise refusal(planned, declared, given)
    shown = run("show", "-json", PLAN)
    try:
        values = json.loads(shown.output, parse_int=_whole)["planned_values"]["outputs"][OUTPUT]["value"]
        return {name: values[name] for name in declared}
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise HubctlError(
            f"terraform show printed no values of variables: {(shown.output or shown.errors)[:60]!r}",
            remedy="Check that `terraform` on PATH is Terraform itself and not a wrapper around it.",
        ) from error


def _whole(digits: str) -> float:
    """Return a whole number; one of more digits than Python takes is beyond every bound."""
    try:
        return int(digits)
    except ValueError:
        return float(digits)


def _configuration(declared: Mapping[str, Any]) -> str:
    """Return a configuration that declares the variables and shows them.

    The block of each variable is a line, the first one the second line: Terraform's errors name lines.
    """
    blocks = []
    for name, block in declared.items():
        kept = {aspect: block[aspect] for aspect in _ASPECTS if aspect in block}
        if "default" not in block:
            kept |= _WITHOUT_DEFAULT
        blocks.append(f"{json.dumps(name)}: {json.dumps(kept)}")
    shown = {OUTPUT: {"value": {name: f"${{var.{name}}}" for name in declared}}}
    variables = ",\n".join(blocks)
    return f'{{"variable": {{\n{variables}\n}}, "output": {json.dumps(shown)}}}\n'
