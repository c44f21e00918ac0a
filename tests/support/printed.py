"""What commands print: as words, whatever the width of the terminal, and with an eye on that width."""

import re

_BOX = re.compile(r"[│┃┏┗┡└├╇┳┻┼┬┴┓┛┩┘┤━─]")
_COMMAND = re.compile(r"`[^`]*`")
# What stands before the first word of a line and stays with it
_LABEL = re.compile(r"\s*(?:(?:ok|skipped|warning|error) +[a-z-]+ +|[→*>-] |\d+\. |[\w ]{1,20}: +)?")
# A line that somebody pastes: how it begins
_TO_PASTE = re.compile(
    r"\s*(?:sudo |echo |export |curl |tee |rm |aws |TF_VAR_\w+=|\S*\.venv/bin/\S+ |'?\S*/bin/hubctl'? )"
)


def flat(text: str) -> str:
    """Return the words of a text with one blank between them."""
    return " ".join(text.split())


def too_wide(text: str, width: int) -> list[str]:
    """Return the lines that are wider than ``width`` though they could have been broken, and cells that were cut."""
    found = []
    for line in text.splitlines():
        if _BOX.search(line):
            found += [line] if len(line.rstrip()) > width or "…" in line else []
        elif len(line) > width and not _is_whole(line):
            found.append(line)
    return found


def _is_whole(line: str) -> bool:
    """Tell whether a line has no blank at which it could be broken: it is one word or command, or to be pasted."""
    if _TO_PASTE.match(line):
        return True
    words = _COMMAND.sub("COMMAND", line).split()
    return len(words) < 2 or len(_LABEL.sub("", _COMMAND.sub("COMMAND", line), count=1).split()) < 2
