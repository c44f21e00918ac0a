"""Where an adoption is tried: the stack synthesized into a private folder, beside a copy of the state."""

import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from hubctl.adopt.state.existing import ExistingState, is_aws
from hubctl.adopt.state.preconditions import root_configuration
from hubctl.adopt.state.state_file import provider_of
from hubctl.core.command_line import typed
from hubctl.core.errors import BadInputError, HubctlError
from hubctl.core.terraform.driver import Terraform, TerraformError, driver_environment
from hubctl.core.terraform.provider_schemas import provider_schemas
from stacks.adoption.file import AdoptionError, AdoptionFile
from stacks.settings.loading import check_context

STATE = "terraform.tfstate"
Steps = list[dict[str, Any]]  # of a value in a state, as its sensitive_attributes name it


class PlanFailedError(HubctlError):
    """No plan could be made: it is not known whether something would change. Exits with 3.

    ``said`` holds all of Terraform's errors, where ``message`` leaves out some of very many.
    """

    exit_code = 3
    said = ""


class Workbench:
    """One stack in ``folder``, which the caller keeps private and deletes: it will hold a copy of the state."""

    def __init__(self, stack: str, folder: Path, context: Mapping[str, Any]) -> None:
        """Take the settings of the project, which win over those of an adoption file."""
        self._stack = stack
        self._folder = folder
        self._context = {**context, "backend": "local"}
        self._terraform: Terraform | None = None
        self.stack_folder = folder / "stacks" / stack

    def synthesize(self, file: AdoptionFile) -> dict[str, Any]:
        """Write the stack with ``file`` laid over it; return its Terraform JSON. Raises BadInputError."""
        settings, mistakes = check_context(self._context, {self._stack: file})
        if mistakes:
            raise BadInputError(
                "the settings for this state cannot be used:\n  " + "\n  ".join(mistakes),
                remedy="Set them with --settings NAME=VALUE or --var NAME=VALUE.",
            )
        # Starts Node, so only once it is needed; the first import also silences Node's banners.
        from stacks.app import build_stack  # isort: skip
        from cdktf import App

        from stacks.adoption.checks import GUARD, GUARD_TYPE

        app = App(stack_traces=False, outdir=str(self._folder))
        try:
            stack = build_stack(app, settings, self._stack)
            stack.check_addresses()
        except AdoptionError as error:
            raise BadInputError(str(error), remedy="Correct the option that names it.") from error
        app.synth()
        path = self.stack_folder / "cdk.tf.json"
        document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        _lift_protection(document)
        guards = document.get("data", {}).get(GUARD_TYPE, {})
        guards.pop(GUARD, None)
        if not guards:
            document.get("data", {}).pop(GUARD_TYPE, None)
        path.write_text(json.dumps(document, indent=2), encoding="utf-8")
        return document

    def place_state(self, state: ExistingState) -> None:
        """Copy the state here, without look-ups (they are made anew) and resources of providers we do not have.

        All of it belongs to our one configuration of the provider: others, of modules or with an alias, are gone.
        """
        schemas = self.provider_schema()
        document = dict(state.document)
        document["resources"] = [
            {
                **entry,
                "provider": root_configuration(entry["provider"]),
                "instances": [_marked(instance, schemas, entry["type"]) for instance in entry["instances"]],
            }
            for entry in document["resources"]
            if entry["mode"] == "managed" and is_aws(provider_of(entry.get("provider", "")))
        ]
        (self.stack_folder / STATE).write_text(json.dumps(document), encoding="utf-8")

    def plan(self, *, refresh: bool, variables: Mapping[str, Any]) -> dict[str, Any]:
        """Plan against the copy and return the plan's JSON. Raises PlanFailedError with Terraform's own words."""
        terraform = self._ready()
        try:
            return terraform.plan_document(refresh=refresh, variables=variables)
        except HubctlError as error:
            failed = PlanFailedError(error.message, remedy=_plan_remedy(error.message))
            failed.said = error.said if isinstance(error, TerraformError) else error.message
            raise failed from error

    def provider_schema(self) -> Mapping[str, dict[str, Any]]:
        """Return what the AWS provider knows of each resource type."""
        return provider_schemas()

    def _ready(self) -> Terraform:
        if self._terraform is None:
            shutil.rmtree(self.stack_folder / ".terraform", ignore_errors=True)
            self._terraform = Terraform(self.stack_folder, driver_environment())
            self._terraform.init()
        return self._terraform


def _marked(instance: Mapping[str, Any], schemas: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """Return an instance of a state with the marks that a refresh gives it.

    Older Terraform did not note what the provider's schema calls sensitive, and without a refresh a plan would update a
    resource for the mark alone.
    """
    if kind not in schemas:
        return dict(instance)
    found = list(instance.get("sensitive_attributes") or ())
    known = {json.dumps(path) for path in found}
    paths = _sensitive(schemas[kind]["block"], instance.get("attributes") or {}, [])
    return {**instance, "sensitive_attributes": [*found, *(p for p in paths if json.dumps(p) not in known)]}


def _sensitive(block: Mapping[str, Any], values: Mapping[str, Any], above: Steps) -> Iterator[Steps]:
    """Yield the path of each value that the schema calls sensitive; members of a set have none, so the set stands for them."""
    for name, attribute in (block.get("attributes") or {}).items():
        if attribute.get("sensitive") and values.get(name) is not None:
            yield [*above, {"type": "get_attr", "value": name}]
    for name, nested in (block.get("block_types") or {}).items():
        here = [*above, {"type": "get_attr", "value": name}]
        items = values.get(name)
        if not isinstance(items, list):
            continue
        inner = [
            path
            for number, item in enumerate(items)
            if isinstance(item, Mapping)
            for path in _sensitive(
                nested["block"],
                item,
                [*here, {"type": "index", "value": {"value": number, "type": "number"}}],
            )
        ]
        yield from ([here] if nested["nesting_mode"] == "set" and inner else inner)


def _lift_protection(document: dict[str, Any]) -> None:
    """Take ``prevent_destroy`` out of a configuration: here a plan only shows what differs, and nothing is applied."""
    for instances in document.get("resource", {}).values():
        for block in instances.values():
            block.get("lifecycle", {}).pop("prevent_destroy", None)


def _plan_remedy(message: str) -> str:
    if "credential" in message.lower() or "no EC2 IMDS role" in message:
        return (
            "The plan looks things up in AWS: set AWS credentials (reading is enough), "
            f"or try it on this machine with `{typed('local-aws')}`."
        )
    if "Output refers to sensitive values" in message:
        return (
            "The state marks as sensitive what this output shows. In the existing configuration, take `sensitive` off the "
            "variable that it comes from, or wrap it in nonsensitive(), apply there, and adopt again."
        )
    if "data.aws_route53_zone" in message:
        return "Name the public hosted zone that holds the domain: --var hosted_zone=example.org."
    if "data.aws_ami" in message:
        return "Name the image that the instances use: --settings ami_id=ami-…"
    return "The lines above are Terraform's own; the existing state was not touched."
