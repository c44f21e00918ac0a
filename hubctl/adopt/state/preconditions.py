"""What has to be put right in a state before Terraform can plan with it here: registries, and newer providers.

All of it is found at once, before anything is planned, and named with the commands that mend it. They work on a copy:
Terraform refuses such resources even when they are only to be forgotten, so the adoption file cannot do it.
"""

import json
import re
import shlex
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from hubctl.adopt.state.existing import Existing, ExistingState, natural, with_key
from hubctl.adopt.state.origin import UNKNOWN, Origin
from hubctl.core.command_line import typed
from hubctl.core.errors import BadInputError
from hubctl.core.project_folders import PROVIDER_VERSION
from hubctl.core.terraform.provider_schemas import ResourceSchemas
from hubctl.core.tool_versions import terraform_binary

# Made of attributes; all others are imported by their id. The page of each type in the documentation of the provider says so.
_FORMS: Mapping[str, str] = {
    "aws_autoscaling_lifecycle_hook": "{autoscaling_group_name}/{name}",
    "aws_autoscaling_policy": "{autoscaling_group_name}/{name}",
    "aws_autoscaling_schedule": "{autoscaling_group_name}/{scheduled_action_name}",
    "aws_iam_role_policy_attachment": "{role}/{policy_arn}",
    "aws_lb_listener_certificate": "{listener_arn}_{certificate_arn}",
    "aws_route": "{route_table_id}_{destination_cidr_block}",
    "aws_route_table_association": "{subnet_id}/{route_table_id}",
    "aws_service_discovery_private_dns_namespace": "{id}:{vpc}",
    "aws_volume_attachment": "{device_name}:{volume_id}:{instance_id}",
}
# The provider cannot import these, or only by what a state does not tell.
_NEVER = frozenset(
    {
        "aws_acm_certificate_validation",
        "aws_autoscaling_attachment",
        "aws_iam_policy_attachment",
        "aws_launch_template_version",
        "aws_lb_target_group_attachment",
        "aws_main_route_table_association",
        "aws_security_group_rule",
    }
)
_ADDRESS = re.compile(r'provider\["([^"]+)"\]')
_LEGACY = re.compile(r"(?:^|\.)provider\.([a-z][a-z0-9-]*)")
NAMED = 12  # resources that a message names before it counts the rest


def import_id(resource: Existing) -> str | None:
    """Return the id, None when the resource cannot be imported or an attribute is missing."""
    if resource.type in _NEVER:
        return None
    values = {name: value for name, value in resource.values.items() if isinstance(value, str) and value}
    try:
        return _FORMS.get(resource.type, "{id}").format_map(values)
    except KeyError:
        return None


@dataclass(frozen=True, kw_only=True)
class Counterparts:
    """What is known before a plan: our addresses by existing ones, and settings that only unfit resources tell."""

    ours: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Unfit:
    """What of a state Terraform would refuse here.

    ``providers`` are the addresses of providers to be replaced, each with the one to take its place and the number of
    resources. ``newer`` are resources that a newer provider wrote, with a sentence about each.
    """

    state: ExistingState
    providers: Mapping[str, tuple[str, int]]
    newer: Mapping[str, str]

    def __bool__(self) -> bool:
        """Tell whether there is anything."""
        return bool(self.providers or self.newer)

    def rest(self) -> ExistingState:
        """Return the state without what a newer provider wrote."""
        resources = [resource for resource in self.state.resources if resource.address not in self.newer]
        return replace(self.state, resources=resources)

    def error(self, stack: str, known: Counterparts) -> BadInputError:
        """Return the error that names all of it, with the commands that mend it."""
        ours = known.ours
        said = [
            f"{number} resource{'s are' if number > 1 else ' is'} of the provider {source}; "
            f"{'here it is' if is_known(source) else 'if it is a copy of it, it has to be'} {target}"
            for source, (target, number) in self.providers.items()
        ]
        said += _some([f"{address} {why}" for address, why in self.newer.items()])
        copying, copy = self.state.origin.copying()
        on_copy = f"-state={shlex.quote(str(copy))}"
        commands = [*copying, *(self._replacing(on_copy)), *self._removing(on_copy)]
        options = "".join(f" --import {option}" for option in self._imports(ours))
        options += "".join(f" --settings {_setting(*pair)}" for pair in sorted(known.settings.items()))
        again = f"{typed('adopt')} --stack {stack} --state {shlex.quote(str(copy))}{options}"
        remedy = ["On a copy of the state, which is the one to go on with:"]
        remedy += [f"  `{command}`" for command in commands]
        remedy += [f"Then, with your other options: `{again}`", *self._notes(ours)]
        remedy += _about_copy(self.state.origin, copy)
        return BadInputError(
            "the state cannot be planned with here:\n  " + "\n  ".join(said), remedy="\n".join(remedy)
        )

    def _replacing(self, on_copy: str) -> Iterator[str]:
        for source, (target, _) in self.providers.items():
            yield f"{terraform_binary()} state replace-provider -auto-approve {on_copy} -- {source} {target}"

    def _removing(self, on_copy: str) -> Iterator[str]:
        if self.newer:
            yield f"{terraform_binary()} state rm {on_copy} {' '.join(map(shlex.quote, self.newer))}"

    def _imports(self, ours: Mapping[str, str]) -> Iterator[str]:
        for address in self.newer:
            resource = self.state.at(address)
            identifier = import_id(resource) if resource else None
            if address in ours and identifier:
                yield shlex.quote(f"{ours[address]}={identifier}")

    def _notes(self, ours: Mapping[str, str]) -> Iterator[str]:
        lost = [address for address in self.newer if not self._is_imported(address, ours)]
        if lost:
            yield (
                "In AWS they stay as they are. Terraform then manages no longer: "
                + ", ".join(_some(lost))
                + ". To have one taken in again where it is one of ours: --import ADDRESS=ID."
            )

    def _is_imported(self, address: str, ours: Mapping[str, str]) -> bool:
        resource = self.state.at(address)
        return address in ours and resource is not None and import_id(resource) is not None


def unfit(state: ExistingState, schemas: ResourceSchemas) -> Unfit:
    """Return what of ``state`` Terraform would refuse; ``schemas`` are those of the provider that is used here."""
    providers: dict[str, int] = {}
    for entry in state.document.get("resources") or ():
        source = provider_source(str(entry.get("provider", "")))
        providers[source] = providers.get(source, 0) + len(entry.get("instances") or ())
    replaced = {
        source: (target, number)
        for source, number in sorted(providers.items())
        if (target := _replacement(source, schemas.source))
    }
    return Unfit(state=state, providers=replaced, newer=dict(_newer(state.document, schemas)))


def check_preconditions(
    state: ExistingState, schemas: ResourceSchemas, stack: str, match: Callable[[Unfit], Counterparts]
) -> None:
    """Raise BadInputError with all that Terraform would refuse; ``match`` finds out what it is of ours."""
    found = unfit(state, schemas)
    if found:
        raise found.error(stack, match(found) if found.newer else Counterparts())


def check_forgotten(state: ExistingState, forgotten: Collection[str], stack: str) -> None:
    """Raise BadInputError when Terraform could not let go of what is ``forgotten``.

    To forget a resource, it wants the configuration of the provider that the resource was made with. That of a module, or
    one with an alias, goes with the existing configuration. Taken out of a copy of the state, nothing has to be forgotten.
    """
    bound = []
    for entry in state.document.get("resources") or ():
        module = f"{entry['module']}." if entry.get("module") else ""
        base = f"{module}{entry['type']}.{entry['name']}"
        if entry.get("mode") == "managed" and root_configuration(entry["provider"]) != entry["provider"]:
            keys = [instance.get("index_key") for instance in entry["instances"]]
            bound += [base] if base in forgotten else []
            bound += sorted({with_key(base, key) for key in keys} & set(forgotten) - {base}, key=natural)
    if not bound:
        return
    copying, copy = state.origin.copying()
    removal = (
        f"{terraform_binary()} state rm -state={shlex.quote(str(copy))} {' '.join(map(shlex.quote, bound))}"
    )
    again = f"{typed('adopt')} --stack {stack} --state {shlex.quote(str(copy))}"
    raise BadInputError(
        "Terraform cannot forget these, as their configuration of the provider (of a module, or with an alias) is gone:\n  "
        + "\n  ".join(_some(bound)),
        remedy="\n".join(
            [
                "Take them out of a copy of the state, which is the one to go on with; in AWS they stay as they are:",
                *(f"  `{command}`" for command in (*copying, removal)),
                f"Then, with your other options, but without --forget for these: `{again}`",
                *_about_copy(state.origin, copy),
            ]
        ),
    )


def root_configuration(provider: str) -> str:
    """Return the configuration of a provider without module and alias, as states name it."""
    found = _ADDRESS.search(provider)
    return found[0] if found else provider


def _about_copy(origin: Origin, copy: Path) -> Iterator[str]:
    """Yield what else is to be said about the commands, by where the state came from."""
    if any(UNKNOWN in command for command in origin.copying()[0]):
        yield f"{UNKNOWN} is the folder of the existing configuration."
    if origin.backend:
        yield (
            "Before the first plan of the new stack, the backend needs the copy: "
            f'`{terraform_binary()} -chdir={shlex.quote(str(origin.backend))} state push "$PWD/{copy}"`'
        )


def provider_source(text: str) -> str:
    """Return the address of a provider as ``terraform state replace-provider`` takes it; empty for nonsense.

    Terraform 0.12 wrote ``provider.aws``, which later ones call ``-/aws``.
    """
    if found := _ADDRESS.search(text):
        return found[1] if "/" in found[1] else f"-/{found[1]}"
    legacy = _LEGACY.search(text)
    return f"-/{legacy[1]}" if legacy else ""


def is_known(source: str) -> bool:
    """Tell whether an address names a provider of HashiCorp, under whatever registry, and not another author's."""
    return source.startswith("-/") or source.split("/")[-2] in ("-", "hashicorp")


def _replacement(source: str, here: str) -> str | None:
    """Return the provider to take the place of ``source``, None when it is fine as it is."""
    host, *_ = here.split("/")
    *before, namespace, kind = ["", "", *source.split("/")] if source else ["", "", ""]
    elsewhere = before[-1] not in ("", host)
    if namespace == "-" or (namespace == "hashicorp" and elsewhere):
        return f"hashicorp/{kind}"
    return "hashicorp/aws" if kind == "aws" and namespace != "hashicorp" else None


def _newer(document: Mapping[str, Any], schemas: ResourceSchemas) -> Iterator[tuple[str, str]]:
    found = {}
    for entry in document.get("resources") or ():
        source = provider_source(str(entry.get("provider", "")))
        if entry.get("mode") != "managed" or not source.endswith("/aws"):
            continue
        known = schemas[entry["type"]].get("version", 0) if entry["type"] in schemas else None
        module = f"{entry['module']}." if entry.get("module") else ""
        for instance in entry.get("instances") or ():
            version = instance.get("schema_version") or 0
            if known is None or version > known:
                address = with_key(f"{module}{entry['type']}.{entry['name']}", instance.get("index_key"))
                found[address] = (
                    f"is of a type that AWS provider {PROVIDER_VERSION} does not know"
                    if known is None
                    else f"was written by a newer AWS provider: schema version {version}, "
                    f"where {PROVIDER_VERSION} has {known}"
                )
    yield from sorted(found.items(), key=lambda pair: natural(pair[0]))


def _setting(name: str, value: Any) -> str:
    return shlex.quote(f"{name}={value if isinstance(value, str) else json.dumps(value)}")


def _some(texts: Sequence[str]) -> list[str]:
    more = len(texts) - NAMED
    return [*texts[:NAMED], f"and {more} more"] if more > 1 else list(texts)
