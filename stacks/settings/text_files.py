"""Text that somebody brought, in whichever encoding an editor, a spreadsheet or a shell wrote it."""

import codecs
import re
from collections.abc import Sequence

# The longer marks come first: that of UTF-32 begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
LONGEST_SHOWN = 60
LONGEST_VALUE = 300
_LONG = re.compile(rf"\S{{{LONGEST_VALUE + 1},}}")
_CALLED = {"utf-8": "UTF-8", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16"}


class TextFileError(ValueError):
    """The bytes are not a text. The message is a clause about the file: ``line 3, byte 0xfc is not UTF-8``."""


def shown(text: str) -> str:
    """Return a text as an error quotes it: on one line, and not longer than a line."""
    return repr(text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 3]}...")


def shown_value(value: object) -> str:
    """Return a value as an error quotes it: the beginning of one that is very long."""
    text = repr(value)
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 3]}..."


def bounded(sentences: Sequence[str], most: int) -> list[str]:
    """Return the first sentences, and how many more there are."""
    rest = len(sentences) - most
    return [*sentences[:most], f"and {rest} more"] if rest > 0 else list(sentences)


def without_long_words(text: str) -> str:
    """Return a message with the beginning of words that no one would read to their end, such as a whole file on one line."""
    return _LONG.sub(lambda word: f"{word[0][: LONGEST_VALUE - 3]}...", text)


def decoded(content: bytes) -> str:
    """Return the text of a file: UTF-8, or UTF-16 or UTF-32 with their byte order mark; the mark is left out.

    UTF-16 without its mark is recognized by the zero bytes of Latin letters.

    Raises:
        TextFileError: It is in no such encoding; the message names the line and the byte.

    """
    mark, encoding = _mark_and_encoding(content)
    body = content[len(mark) :]
    try:
        return body.decode(encoding)
    except UnicodeDecodeError as error:
        before = body[: error.start].decode(encoding, "replace")
        called = _CALLED.get(encoding, "UTF-32")
        found = f"byte 0x{body[error.start]:02x} is" if error.start < len(body) else "its end is"
        raise TextFileError(f"line {before.count(chr(10)) + 1}: {found} not {called}") from error


def encoding_of(content: bytes) -> str:
    """Return the name of the encoding with which a decoder leaves the mark out, where there is one."""
    mark, encoding = _mark_and_encoding(content)
    return {"utf-8": "utf-8-sig"}.get(encoding, encoding[:-3]) if mark else encoding


def _mark_and_encoding(content: bytes) -> tuple[bytes, str]:
    mark, encoding = next(((mark, name) for mark, name in _MARKS if content.startswith(mark)), (b"", ""))
    return mark, encoding or _without_mark(content[:2])


def _without_mark(start: bytes) -> str:
    if len(start) == 2 and start[1] == 0 != start[0]:
        return "utf-16-le"
    if len(start) == 2 and start[0] == 0 != start[1]:
        return "utf-16-be"
    return "utf-8"


class EditedFileError(Exception):
    """A file that people edit cannot be used. ``mistakes`` holds a sentence each, with file, line and column."""

    def __init__(self, mistakes: list[str], remedy: str) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes
        self.remedy = remedy
