"""What somebody may bring instead of what is expected: any bytes, any text, and good input with something wrong in it."""

import copy
import json
import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from hypothesis import strategies as st

Edit = tuple[int, float, Any]

ODD_VALUES: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 7, 2**31, 2**63, 10**40, 0.5, -0.0, 1e308, "", " ", "x", "é", "\u0000", "a\nb", "\ud7ff",
    "x" * 3000, "0", "1.5", "-1", "1e9", "true", "null", "NaN", "${aws_vpc.a.id}", "${", "%{", "../..", "/", "arn:aws:s3:::b",
    "10.0.0.0/8", "999.1.1.1/40", "::/0", "m6i.large", "a.b", ".", "2026-13-45", "2026-11-30T10:00:00Z", "eu-west-1", [], {},
    [[]], [{}], [None], ["a", 1], {"a": None}, {"": ""}, {"a": {"b": [{"c": 1}]}}, [["a"] * 3] * 3,
)  # fmt: skip
ODD_KEYS = (
    "",
    "x",
    "é",
    "0",
    "version",
    "resources",
    "a.b",
    "__class__",
    "x" * 300,
    "type",
    "null",
    "Settings",
)
TOKENS = (
    b"\xef\xbb\xbf", b"\xff\xfe", b"\x00", b"\xff", b"\xc3", b"\xed\xa0\x80",
    b"\r\n", b"\n\n", b"\r", b"\t", b"\x1b[31m", b",", b",,",
    b";", b'"', b"'", b"\\", b"\\ud800", b"{", b"}", b"[", b"]", b"[" * 400, b'{"a":' * 300, b"(", b"#", b"//", b"=", b"==", b":",
    b"null", b"NaN", b"-Infinity", b"1e999", b"9" * 5000, b"-1", b"1,5",
    b"0x10", b"${x}", b"<<EOT", b"\xe2\x80\xae", b"..", b"%s",
)  # fmt: skip
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "latin-1", "cp1252", "cp037")


def inputs(seeds: Sequence[bytes]) -> st.SearchStrategy[bytes]:
    """Return a strategy of inputs for a reader; ``seeds`` are good ones."""
    documents = [document for document in map(_document, seeds) if document is not None]
    ways: list[st.SearchStrategy[bytes]] = [edited(seeds), edited(seeds), texts(), st.binary(max_size=120)]
    if documents:
        ways += [altered(documents)] * 4
    return st.one_of(ways)


def further(seeds: Sequence[bytes], dice: random.Random, number: int) -> Iterator[bytes]:
    """Yield more inputs of the same kinds; a hundred times as fast, and without a way to find the smallest one."""
    documents = [document for document in map(_document, seeds) if document is not None]
    for _ in range(number):
        if documents and dice.random() < 0.6:
            values = (ODD_VALUES, ODD_VALUES, ODD_KEYS)[dice.randrange(3)]
            edits = [
                (dice.randrange(5), dice.random(), dice.choice(values)) for _ in range(dice.randint(1, 3))
            ]
            yield _altered(dice.choice(documents), edits)
        else:
            cuts = [
                (dice.randrange(6), dice.random(), dice.choice(TOKENS)) for _ in range(dice.randint(0, 4))
            ]
            yield _edited(dice.choice(seeds), cuts)


def texts() -> st.SearchStrategy[bytes]:
    """Return a strategy of any text in any encoding."""
    encoded: Callable[[str, str], bytes] = lambda text, encoding: text.encode(encoding, errors="replace")  # noqa: E731
    return st.builds(encoded, st.text(max_size=60), st.sampled_from(ENCODINGS))


def edited(seeds: Sequence[bytes]) -> st.SearchStrategy[bytes]:
    """Return a strategy of good input with some bytes cut off, doubled, changed, or put in."""
    edit = st.tuples(st.integers(0, 5), st.floats(0, 1), st.sampled_from(TOKENS))
    return st.builds(_edited, st.sampled_from(list(seeds)), st.lists(edit, min_size=0, max_size=4))


def altered(documents: Sequence[Any]) -> st.SearchStrategy[bytes]:
    """Return a strategy of JSON that is right, with values in it that no one expects there."""
    edit = st.tuples(
        st.integers(0, 4), st.floats(0, 1), st.one_of(st.sampled_from(ODD_VALUES), st.sampled_from(ODD_KEYS))
    )
    return st.builds(_altered, st.sampled_from(list(documents)), st.lists(edit, min_size=1, max_size=3))


def _document(seed: bytes) -> Any:
    try:
        return json.loads(seed)
    except ValueError:
        return None


def _edited(seed: bytes, edits: Sequence[Edit]) -> bytes:
    for kind, where, token in edits:
        at = int(where * len(seed))
        upto = min(len(seed), at + 1 + int(where * 1000) % 40)
        seed = (
            seed[:at],
            seed[:at] + seed[upto:],
            seed[:upto] + seed[at:],
            seed[:at] + token + seed[at:],
            seed[:at] + token + seed[upto:],
            seed[:at] + bytes((byte ^ 32) for byte in seed[at:upto]) + seed[upto:],
        )[kind]
    return seed


def _altered(document: Any, edits: Sequence[Edit]) -> bytes:
    top = [copy.deepcopy(document)]
    for kind, where, value in edits:
        places = list(_places(top))
        holder, key = places[int(where * len(places)) % len(places)]
        if kind == 0 and isinstance(holder, dict):
            del holder[key]
        elif kind == 1 and isinstance(holder, dict):
            holder[str(value)[:300]] = holder.pop(key)
        elif kind == 1 and holder is not top:
            holder.append(copy.deepcopy(holder[key]))
        elif kind == 2 and isinstance(holder[key], str):
            holder[key] = holder[key] + str(value)
        else:
            holder[key] = copy.deepcopy(value)
    return json.dumps(top[0]).encode()


def _places(value: Any) -> Any:
    """Yield every place in a document: what holds it, and at which key."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in list(items):
        yield value, key
        if isinstance(item, dict | list):
            yield from _places(item)
