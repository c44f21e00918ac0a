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
