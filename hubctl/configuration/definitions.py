"""What is given to Terraform variables: by the command line, in the order given, which Terraform obeys, and from elsewhere."""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

from hubctl.errors import BadInputError

# What these name belongs to this process: Terraform would open descriptors of its own.
_DESCRIPTORS = ("/dev/fd/", "/dev/stdin", "/proc/")


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
        """Return the text that a variable has from the command line, else from the environment; None where it has none."""
        told = [each.text for each in self.definitions if each.name == name]
        return told[-1].partition("=")[2] if told else self.texts.get(name)

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
