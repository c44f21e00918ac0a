"""Turn what ``terraform show -json`` prints for a state back into the form of a state file.

https://developer.hashicorp.com/terraform/internals/json-format describes the former. Provider-private data, such as
time-outs, are not in it; they do not matter to a plan.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from hubctl.errors import BadInputError

_REMEDY = "Give what `terraform show -json` prints in the folder of the existing configuration."


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
        resources = _grouped(root)
    except (KeyError, TypeError, AttributeError) as error:
        raise BadInputError(f"{origin} is damaged: {error}", remedy=_REMEDY) from error
    return {
        "version": 4,
        "terraform_version": document.get("terraform_version", ""),
        "serial": 1,
        # Only has to look like one: this state is planned against and thrown away.
        "lineage": "00000000-0000-0000-0000-000000000000",
        "outputs": {},
        "resources": resources,
        "check_results": None,
    }


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
    hidden = [name for name, mark in (shown.get("sensitive_values") or {}).items() if _any_true(mark)]
    instance: dict[str, Any] = {
        "schema_version": shown.get("schema_version", 0),
        "attributes": dict(shown["values"]),
        "sensitive_attributes": [[{"type": "get_attr", "value": name}] for name in sorted(hidden)],
    }
    if "index" in shown:
        instance["index_key"] = shown["index"]
    if shown.get("tainted"):
        instance["status"] = "tainted"
    if shown.get("depends_on"):
        instance["dependencies"] = list(shown["depends_on"])
    return instance


def _any_true(mark: object) -> bool:
    if isinstance(mark, Mapping):
        return any(_any_true(item) for item in mark.values())
    if isinstance(mark, list):
        return any(_any_true(item) for item in mark)
    return mark is True
