"""Read an existing state: a state file of format version 4, or what ``terraform show -json`` prints."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hubctl.adopt.state.existing import Existing, ExistingState, with_key
from hubctl.adopt.state.origin import Origin
from hubctl.core.errors import BadInputError
from hubctl.core.files import object_or_none
from stacks.settings.json_text import JsonTextError, called, read_json
from stacks.settings.text_files import bounded

MOST_MISTAKES = 5
_Name = Annotated[str, Field(pattern=r"^[^\s.\[\]\"]+$")]
_REMEDY = "Give what `terraform show -json` prints in the folder of the existing configuration."
FORMAT = 4
_PROVIDER = re.compile(r'provider\["(?:[^"/]+/)??(?:([^"/]+)/)?([^"/]+)"\](?:\.([A-Za-z0-9_-]+))?')
_CALLED = {None: "hashicorp", "-": "hashicorp"}  # before providers had sources, all of them were HashiCorp's
_LEGACY = re.compile(r"(?:^|\.)provider\.([a-z][a-z0-9-]*)(?:\.([A-Za-z0-9_-]+))?$")
_REFRESH = (
    "Run `terraform apply -refresh-only` with Terraform 0.13 or later in the existing configuration first."
)
_CORRUPT = "Give a whole state: the state file itself, `terraform state pull`, or `terraform show -json`."


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
    shown = repr(given)[:40] if isinstance(given, str | int | float) else called(given)
    return f"{'.'.join(steps)} is {shown}: {entry['msg'][0].lower()}{entry['msg'][1:]}"


def state_from_shown(document: Mapping[str, Any], origin: str) -> dict[str, Any]:
    """Return the state as a state file holds it. Raises BadInputError for a plan, a damaged or a newer document."""
    if "resource_changes" in document or "planned_values" in document:
        raise BadInputError(f"{origin} is a plan, not a state", remedy=_REMEDY)
    major = str(document["format_version"]).partition(".")[0]
    if major not in ("0", "1"):
        raise BadInputError(
            f"{origin} has format version {document['format_version']}; 1 is known",
            remedy="It was written by a newer Terraform. Give the state file itself, as `terraform state pull` prints it.",
        )
    try:
        root = (document.get("values") or {}).get("root_module") or {}
        outputs = (document.get("values") or {}).get("outputs") or {}
        outputs = {name: output for name, output in outputs.items() if "type" in output}
        resources = _grouped(root)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise BadInputError(f"{origin} is damaged: {reason(error)}", remedy=_REMEDY) from error
    return {
        "version": 4,
        "terraform_version": document.get("terraform_version", ""),
        "serial": 1,
        # Only has to look like one: this state is planned against and thrown away.
        "lineage": "00000000-0000-0000-0000-000000000000",
        "outputs": outputs,
        "resources": resources,
        "check_results": None,
    }


def reason(error: Exception) -> str:
    """Return what is wrong with a document, from the error of reading it."""
    return f"{error} is missing" if isinstance(error, KeyError) else str(error)


def _grouped(root: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return one entry a resource, with its instances, as a state file has it."""
    grouped: dict[tuple[str, ...], dict[str, Any]] = {}
    for module, shown in _all(root):
        identity = (module, shown["mode"], shown["type"], shown["name"])
        entry = grouped.setdefault(
            identity,
            {
                **({"module": module} if module else {}),
                "mode": shown["mode"],
                "type": shown["type"],
                "name": shown["name"],
                "provider": f'provider["{shown["provider_name"]}"]',
                "instances": [],
            },
        )
        entry["instances"].append(_instance(shown))
    return list(grouped.values())


def _all(module: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    address = module.get("address", "")
    for resource in module.get("resources", ()):
        yield address, resource
    for child in module.get("child_modules", ()):
        yield from _all(child)


def _instance(shown: Mapping[str, Any]) -> dict[str, Any]:
    instance: dict[str, Any] = {
        "schema_version": shown.get("schema_version", 0),
        "attributes": dict(shown["values"]),
        "sensitive_attributes": list(_marked(shown.get("sensitive_values") or {})),
    }
    if "index" in shown:
        instance["index_key"] = shown["index"]
    if shown.get("tainted"):
        instance["status"] = "tainted"
    if shown.get("depends_on"):
        instance["dependencies"] = list(shown["depends_on"])
    return instance


def _marked(mark: object, *steps: Mapping[str, Any]) -> Iterator[list[Mapping[str, Any]]]:
    """Yield the path to everything that is marked, as a state file has it."""
    if mark is True and steps:
        yield list(steps)
    elif isinstance(mark, Mapping):
        for name in sorted(mark):
            yield from _marked(mark[name], *steps, {"type": "get_attr", "value": name})
    elif isinstance(mark, list):
        for number, item in enumerate(mark):
            index = {"value": number, "type": "number"}
            yield from _marked(item, *steps, {"type": "index", "value": index})


class _OldFormError(Exception):
    """Attributes without their types; Terraform 0.12 leaves them so until it has refreshed the resource."""


def read_state(text: str, origin: str, source: Origin | None = None) -> ExistingState:
    """Read a state from its text; ``origin`` is the name that errors use, ``source`` where it came from.

    Raises BadInputError when it is not a state, of another format version, or empty.
    """
    if not text.strip():
        raise BadInputError(f"{origin} is empty: there is no state to take over", remedy=_CORRUPT)
    source = source or Origin()
    try:
        document = read_json(text)
    except JsonTextError as error:
        raise BadInputError(f"{origin} is not a state: {_not_json(text, error)}", remedy=_CORRUPT) from error
    if not isinstance(document, dict):
        raise BadInputError(f"{origin} is JSON, but not a state", remedy=_CORRUPT)
    if "format_version" in document:
        source = replace(source, form="shown")
        document = state_from_shown(document, origin)
    _check_version(document, origin)
    check_shape(document, origin, _CORRUPT)
    try:
        found = list(_resources(document))
        serial = int(document.get("serial") or 0)
    except _OldFormError as error:
        raise BadInputError(f"{origin} has {error} in the form of Terraform 0.11", remedy=_REFRESH) from error
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise BadInputError(f"{origin} is a damaged state: {reason(error)}", remedy=_CORRUPT) from error
    managed = [resource for resource in found if not resource.is_lookup]
    if not managed:
        raise BadInputError(
            f"{origin} holds no resources: there is nothing to take over",
            remedy="Give the state of the existing deployment; `terraform state list` shows what it holds.",
        )
    return ExistingState(
        resources=managed,
        lookups=[resource for resource in found if resource.is_lookup],
        lineage=str(document.get("lineage", "")),
        serial=serial,
        terraform_version=str(document.get("terraform_version", "")),
        document=document,
        origin=source,
    )


def provider_of(text: str) -> str:
    """Return source and alias of a provider as a state names it: ``hashicorp/aws.west``; ``unknown`` for nonsense.

    Up to 0.12, Terraform named it without its source, as in ``module.lab.provider.aws.west``.
    """
    if legacy := _LEGACY.search(text):
        return ".".join(part for part in (f"hashicorp/{legacy[1]}", legacy[2]) if part)
    match = _PROVIDER.search(text)
    if match is None:
        return "unknown"
    namespace, kind, alias = match.groups()
    return ".".join(part for part in (f"{_CALLED.get(namespace, namespace)}/{kind}", alias) if part)


def check_not_locked(path: Path) -> None:
    """Raise BadInputError when Terraform holds the lock of the state file at ``path``."""
    if not path.name:
        return  # the folder itself, or the top of all: no state
    lock = path.with_name(f".{path.name}.lock.info")
    try:
        info = object_or_none(lock.read_bytes()) or {}
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError:
        info = {}
    who = f"{info.get('Who', 'somebody')} ({info.get('Operation', 'an operation')}, since {info.get('Created', '?')})"
    raise BadInputError(
        f"{path} is locked by {who}: it may change at any moment",
        remedy="Wait until that run has ended. If it died, release the lock with "
        f"`terraform force-unlock {info.get('ID', 'ID')}` in the folder of the existing configuration.",
    )


def _check_version(document: Mapping[str, Any], origin: str) -> None:
    version = document.get("version")
    if "encrypted_data" in document:
        raise BadInputError(f"{origin} is encrypted", remedy="Give what `tofu state pull` prints.")
    if not isinstance(version, int) or isinstance(version, bool):
        raise BadInputError(f"{origin} is not a Terraform state: it names no version", remedy=_CORRUPT)
    if "backend" in document and "resources" not in document:
        raise BadInputError(
            f"{origin} only says where the state is kept",
            remedy="Give what `terraform state pull` prints, or the folder of the existing configuration: --from-backend DIR.",
        )
    if version > FORMAT:
        raise BadInputError(
            f"{origin} has state format version {version}; only version {FORMAT} is known",
            remedy="It was written by a newer Terraform. Use a release of this project that knows it.",
        )
    if version < FORMAT:
        raise BadInputError(
            f"{origin} has state format version {version}; version {FORMAT} is needed",
            remedy=_REFRESH,
        )


def _resources(document: Mapping[str, Any]) -> Iterator[Existing]:
    resources = document["resources"]
    if not isinstance(resources, list):
        raise TypeError("its resources are not a list")
    for entry in resources:
        module = f"{entry['module']}." if entry.get("module") else ""
        base = f"{module}{entry['type']}.{entry['name']}"
        provider = provider_of(entry.get("provider", ""))
        for instance in entry["instances"]:
            if instance.get("deposed"):
                continue  # an object that a replacement left behind; the plan names it
            if "attributes_flat" in instance:
                raise _OldFormError(base)
            values = instance["attributes"]
            if not isinstance(values, dict):
                raise TypeError(f"{base} has no attributes")
            key = instance.get("index_key")
            yield Existing(
                address=with_key(base, key),
                resource=base,
                type=entry["type"],
                name=entry["name"],
                key=key,
                provider=provider,
                values=values,
                sensitive=frozenset(_sensitive(instance)),
                is_lookup=entry["mode"] == "data",
                tainted=instance.get("status") == "tainted",
            )


def _sensitive(instance: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names of top-level attributes that hold something sensitive."""
    for path in instance.get("sensitive_attributes") or ():
        steps = path if isinstance(path, list) else [path]
        if steps and isinstance(steps[0], Mapping) and isinstance(steps[0].get("value"), str):
            yield steps[0]["value"]


def _not_json(text: str, error: Exception) -> str:
    """Say what a text is instead, as far as its beginning shows."""
    start = text.lstrip("\ufeff \r\n\t")
    if re.match(
        r"(# |data\.)?[\w.\[\]\"-]+:?$|resource |terraform |provider ", start.partition("\n")[0].rstrip()
    ):
        return "it is configuration, or what `terraform show` or `terraform state list` print for people"
    return str(error)
