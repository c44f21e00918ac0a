"""JSON from outside: files, standard input, parameters, what other programs print. One error for whatever is wrong with it."""

from pathlib import Path
from typing import Any

from hubctl.errors import BadInputError
from stacks.given_json import GivenJsonError, read_json, read_object


def given_object(content: bytes | str, name: str, *, remedy: str) -> dict[str, Any]:
    """Return the JSON object in what somebody gave; ``name`` is what errors call it.

    Raises:
        BadInputError: It is in no known encoding, not JSON, nested too deeply, or not an object; line and column are named.

    """
    try:
        return read_object(content)
    except GivenJsonError as error:
        raise BadInputError(error.of(name), remedy=remedy) from error


def given_file(file: Path, *, remedy: str) -> dict[str, Any]:
    """Return the JSON object in a file. Raises BadInputError, also when the file cannot be read."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise BadInputError(f"{file} cannot be read: {error.strerror}", remedy=remedy) from error
    return given_object(content, str(file), remedy=remedy)


def object_or_none(content: bytes | str) -> dict[str, Any] | None:
    """Return the JSON object in a text, None where it is anything else: what that means is for the caller to say."""
    try:
        return read_object(content)
    except GivenJsonError:
        return None


def json_or_text(text: str) -> Any:
    """Return the JSON value that a text is, and the text itself where it is none."""
    try:
        return read_json(text)
    except GivenJsonError:
        return text
