"""What a state holds, read from its stored form, as ``terraform state pull`` prints it.

``terraform show -json`` tells the same, but loads the provider's schemas first, which takes seconds.
"""

import json
from collections.abc import Mapping
from typing import Any

from hubctl.core.errors import HubctlError
from hubctl.core.files import object_or_none

FORMAT = 4


def read_stored_state(text: str) -> dict[str, Any]:
    """Return the document of a pulled state; an empty one for no state.

    Raises HubctlError when it is not a state of the known format.
    """
    if not text.strip():
        return {}
    document = object_or_none(text)
    if document is None:
        raise HubctlError(
            f"terraform state pull printed no state: {text[:200]!r}",
            remedy="Check that `terraform` on PATH is Terraform itself and not a wrapper around it.",
        )
    if document.get("version") != FORMAT:
        raise HubctlError(
            f"the state has format version {document.get('version')!r}; {FORMAT} is known",
            remedy="Use the version of Terraform that docs/install.md names.",
        )
    return document


def managed_resources(state: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the managed resources of the root module, one for each instance: ``address``, ``type``, ``name``, ``values``."""
    return [
        {
            "address": f"{entry['type']}.{entry['name']}{_key(instance)}",
            "type": entry["type"],
            "name": entry["name"],
            "values": instance.get("attributes") or {},
        }
        for entry in state.get("resources", ())
        if entry["mode"] == "managed" and not entry.get("module")
        for instance in entry["instances"]
    ]


def output_value(state: Mapping[str, Any], name: str) -> Any:
    """Return the value of an output, None when the state has no such output."""
    return (state.get("outputs") or {}).get(name, {}).get("value")


def _key(instance: Mapping[str, Any]) -> str:
    key = instance.get("index_key")
    return "" if key is None else f"[{json.dumps(key)}]"
