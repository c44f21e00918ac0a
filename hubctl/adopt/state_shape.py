"""The shape of a state of format version 4, as far as anything here reads it; Terraform writes nothing else.

https://github.com/hashicorp/terraform/blob/v1.11.4/internal/states/statefile/version4.go declares it.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hubctl.errors import BadInputError
from stacks.given_json import called
from stacks.given_text import bounded

MOST_MISTAKES = 5
_Name = Annotated[str, Field(pattern=r"^[^\s.\[\]\"]+$")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)


class _Instance(_Part):
    schema_version: Annotated[int, Field(ge=0)] | None = None
    index_key: str | int | None = None
    status: str | None = None
    deposed: str | None = None
    attributes: dict[str, Any] | None = None
    attributes_flat: dict[str, Any] | None = None
    sensitive_attributes: list[Any] | None = None
    dependencies: list[str] | None = None


class _Resource(_Part):
    module: str | None = None
    mode: Literal["managed", "data"]
    type: _Name
    name: _Name
    provider: str = ""
    instances: list[_Instance]


class _State(_Part):
    serial: Annotated[int, Field(ge=0)] | None = None
    lineage: str | None = None
    terraform_version: str | None = None
    outputs: dict[str, dict[str, Any]] | None = None
    resources: list[_Resource]


def check_shape(document: Mapping[str, Any], origin: str, remedy: str) -> None:
    """Raise BadInputError when a state is not of that shape; the message says where and what is there instead."""
    try:
        _State.model_validate(document)
    except ValidationError as error:
        said = [_said(dict(entry)) for entry in error.errors(include_url=False)]
        raise BadInputError(
            f"{origin} is a damaged state: {'; '.join(bounded(said, MOST_MISTAKES))}", remedy=remedy
        ) from error


def _said(entry: dict[str, Any]) -> str:
    steps = [str(step) for step in entry["loc"] if step not in ("str", "int")]
    if entry["type"] == "missing":
        return f"{'.'.join(steps)} is missing"
    given = entry["input"]
    told = repr(given)[:40] if isinstance(given, str | int | float) else called(given)
    return f"{'.'.join(steps)} is {told}: {entry['msg'][0].lower()}{entry['msg'][1:]}"
