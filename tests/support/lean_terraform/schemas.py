"""Cuts the AWS provider's schemas down to those of the resources that the project names."""

import re
from collections.abc import Iterable
from pathlib import Path

_TYPE = re.compile(r"\baws_[a-z0-9_]+")
_MODULE = re.compile(r"\bcdktf_cdktf_provider_aws\.(?:data_)?(aws_)?(\w+)")
_NAMING = frozenset({".json", ".md", ".py", ".rb", ".tf", ".tfstate"})
# Fields of the message GetProviderSchema.Response that are maps from a type's name to its schema
# https://github.com/hashicorp/terraform/blob/v1.11.0/docs/plugin-protocol/tfplugin5.8.proto
_MAPS = (2, 3)  # resources, data sources
_BYTES = 2  # the wire type of all its fields, https://protobuf.dev/programming-guides/encoding/


def types_named_in(folders: Iterable[Path]) -> frozenset[str]:
    """Return the types, such as ``aws_vpc``, that files below the folders name, themselves or by the bindings' module."""
    found: set[str] = set()
    for folder in folders:
        for file in folder.rglob("*"):
            if file.suffix in _NAMING and file.is_file():
                text = file.read_text(encoding="utf-8", errors="replace")
                found.update(_TYPE.findall(text))
                found.update(f"aws_{name}" for _, name in _MODULE.findall(text))
    return frozenset(found)


def trimmed(response: bytes, types: frozenset[str]) -> bytes:
    """Return an encoded GetProviderSchema.Response without the resources and data sources of other types."""
    kept = bytearray()
    at = 0
    while at < len(response):
        start = at
        tag, at = _number(response, at)
        if tag & 7 != _BYTES:
            raise ValueError(f"field {tag >> 3} of the schemas has the wire type {tag & 7}")
        length, at = _number(response, at)
        end = at + length
        if tag >> 3 not in _MAPS or _key(response, at) in types:
            kept += response[start:end]
        at = end
    return bytes(kept)


def _key(response: bytes, at: int) -> str:
    """Return the key of the entry of a map that starts there; it is the entry's first field."""
    _, at = _number(response, at)
    length, at = _number(response, at)
    return response[at : at + length].decode()


def _number(response: bytes, at: int) -> tuple[int, int]:
    """Return the number that starts there, seven bits a byte, and where it ends."""
    number = shift = 0
    while True:
        byte = response[at]
        number |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return number, at
