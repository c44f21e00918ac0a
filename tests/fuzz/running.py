"""Gives a reader made-up input: each gives a result or a refusal in a sentence, and the file stays as it was."""

import random
import shutil
from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from hubctl.core.errors import HubctlError
from stacks.settings.text_files import without_long_words
from tests.fuzz.inputs import further, inputs
from tests.fuzz.readers import Reader
from tests.support.repeatable import repeatable

FURTHER = 19  # inputs that follow each of hypothesis
LONGEST = 6000  # characters of a refusal: whoever reads it reads all of it


class BadRefusalError(AssertionError):
    """A reader refused in a way that helps no one, or changed what it read."""


def attempt(reader: Reader, content: bytes, folder: Path) -> str:
    """Let the reader read the content; return ``read`` or ``refused``. Every other error comes through."""
    path = folder / reader.file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    try:
        reader.read(path)
    except reader.refusals as error:
        check_refusal(error)
        outcome = "refused"
    else:
        outcome = "read"
    if path.read_bytes() != content:
        raise BadRefusalError(f"{reader.name} changed the file that it read")
    return outcome


def check_refusal(error: Exception) -> None:
    """Raise BadRefusalError unless the error says in a few words what is wrong, and nothing of the program's inside."""
    said = without_long_words(
        error.message if isinstance(error, HubctlError) else str(error)
    )  # as it is printed
    if not said.strip() or len(said) > LONGEST or "Traceback" in said:
        raise BadRefusalError(f"no sentence: {said[:200]!r}")
    if isinstance(error, HubctlError) and (error.exit_code != 2 or not error.remedy):
        raise BadRefusalError(f"exit status {error.exit_code}, remedy {error.remedy!r}: {said[:200]}")
    said.encode("utf-8")  # a terminal could not show half a character


def fuzz(reader: Reader, number: int, folder: Path, *, anew: bool) -> Counter[str]:
    """Let the reader read ``number`` made-up inputs; return how many were read and how many refused.

    ``anew`` makes up others each time; else they are the same for the same code. Raises what the reader raised, for the
    smallest input that was found, which the message shows.
    """
    outcomes: Counter[str] = Counter()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)

    chosen = repeatable(
        max_examples=-(-number // (1 + FURTHER)),
        phases=(Phase.explicit, Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )

    @settings(chosen, derandomize=not anew)
    @given(inputs(reader.seeds), st.integers(0, 2**32))
    def read(content: bytes, seed: int) -> None:
        outcomes[attempt(reader, content, folder)] += 1
        for more in further(reader.seeds, random.Random(seed), FURTHER):  # noqa: S311 - not a secret
            try:
                outcomes[attempt(reader, more, folder)] += 1
            except Exception as error:
                error.add_note(f"given {more[:4000]!r}")
                raise

    read()
    return outcomes
