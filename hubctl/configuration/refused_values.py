"""What Terraform refuses about values of variables, in its own words, with the names that the operator knows."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from hubctl.configuration.definitions import Given
from hubctl.errors import BadInputError
from hubctl.processes import Finished
from hubctl.terraform.messages import error_text, messages

CONFIGURATION = "variables.tf.json"  # where the reader declares the variables, the first on the second line
LONGEST = 80  # letters of a value that an error repeats
# Parts of the words of Terraform that speak of the reader's own files
_DECLARED = re.compile(rf"\s+declared at {re.escape(CONFIGURATION)}:[\d,-]+")
_VALUE_FOR = re.compile(r"<value for var\.([\w-]+)>")


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
