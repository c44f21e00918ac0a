"""From shell text to the simple commands in it; as much of the language as the documentation uses."""

import re
import shlex
from collections.abc import Iterator

_COMMENT = re.compile(r"(^|\s)#.*$", re.MULTILINE)
_SUBSTITUTION = re.compile(r"\$\(([^()]*)\)")
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=.*", re.DOTALL)
_OPERATORS = frozenset(";&|()<>")
_KEYWORDS = {"do", "then", "else", "while", "if", "!", "{", "}"}
_ENDS = {"done", "fi"}


def lines(script: str) -> list[str]:
    """Return the logical lines of a script, without comments: loops and continued lines stay whole."""
    joined = _COMMENT.sub("", script).replace("\\\n", " ")
    found: list[str] = []
    depth = 0
    for line in joined.splitlines():
        if not line.strip():
            continue
        if depth:
            found[-1] += "\n" + line
        else:
            found.append(line)
        words = re.findall(r"\b(?:do|done)\b", line)
        depth += words.count("do") - words.count("done")
    return found


def commands(line: str) -> Iterator[list[str]]:
    """Yield the words of each simple command of a logical line: no assignments, redirections or keywords."""
    for inner in _SUBSTITUTION.findall(line):
        yield from commands(inner)
    for part in _SUBSTITUTION.sub("SUBSTITUTED", line).splitlines():
        lexer = shlex.shlex(part, posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        lexer.commenters = ""
        words: list[str] = []
        skip = False
        for token in lexer:
            if token and set(token) <= _OPERATORS:
                skip = bool(set(token) & set("<>"))
                if not skip:
                    yield from _simple(words)
                    words = []
            elif skip:
                skip = False
            else:
                words.append(token)
        yield from _simple(words)


def _simple(words: list[str]) -> Iterator[list[str]]:
    while words and (words[0] in _KEYWORDS or _ASSIGNMENT.fullmatch(words[0])):
        words = words[1:]
    if words and words[0] == "for":
        return
    if words and words[0] not in _ENDS:
        yield words
