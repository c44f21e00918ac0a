"""Runs an adoption: infer, match, keep what must be kept, and plan until nothing more can be learned."""

import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from hubctl.adopt.carrying import carried_addresses, carried_arguments, in_order_of_use, is_addition
from hubctl.adopt.conflicts import drop_conflicting
from hubctl.adopt.differences import Explainer
from hubctl.adopt.existing import Existing, ExistingState, is_aws
from hubctl.adopt.free_addresses import check_free
from hubctl.adopt.hub_settings import infer_hub_settings
from hubctl.adopt.identifiers import import_ids, instances_group
from hubctl.adopt.keeping import Keeping
from hubctl.adopt.lab_settings import infer_lab_settings
from hubctl.adopt.lab_view import LabView
from hubctl.adopt.matches import Matching
from hubctl.adopt.matching import match_resources
from hubctl.adopt.plan_changes import PlannedChange, planned_changes
from hubctl.adopt.planned import planned_resources
from hubctl.adopt.recognition import check_stack
from hubctl.adopt.references import References
from hubctl.adopt.request import AdoptionOutcome, AdoptionRequest
from hubctl.adopt.told_settings import ToldSettings, missing_variables, stack_settings
from hubctl.adopt.twins import twins_of
from hubctl.adopt.workbench import Workbench
from hubctl.adopt.zone_lookup import looked_up_zone
from hubctl.errors import BadInputError, HubctlError
from stacks.adoption_file import AdoptionFile
from stacks.settings import load_context

CORRECTIONS = 8  # plans that fail, and show what is wrong with what is carried
ROUNDS = 8  # each plan can only show what the one before it did not hide; three are usual
# Parts of a profile that an existing deployment may simply not have, and that nothing else needs.
OPTIONAL = frozenset(
    {
        "aws_default_security_group.unused",
        "aws_efs_file_system_policy.homes",
        "aws_s3_bucket_lifecycle_configuration.access_logs",
        "aws_s3_bucket_ownership_controls.access_logs",
        "aws_s3_bucket_public_access_block.access_logs",
        "aws_s3_bucket_server_side_encryption_configuration.access_logs",
        "aws_s3_bucket_versioning.access_logs",
    }
)
# Nothing in AWS stands behind these: letting go of them loses nothing.
HOLLOW = ("time_", "null_resource", "terraform_data", "random_")

Say = Callable[[str], None]


def adopt(state: ExistingState, request: AdoptionRequest, say: Say = lambda _: None) -> AdoptionOutcome:
    """Find out how the stack takes over ``state``, and prove it by plans. Nothing outside a temporary folder is written.

    Raises BadInputError when the state or an option cannot be used.
    """
    check_stack(state, request.stack)
    context, mistakes = load_context(request.project, os.environ)
    if mistakes:
        raise BadInputError("\n".join(mistakes), remedy="Correct the settings of the project.")
    with tempfile.TemporaryDirectory(prefix="hubctl-adopt-") as folder:
        return _Adoption(state, request, Path(folder), context, say).run()


class _Adoption:
    def __init__(
        self,
        state: ExistingState,
        request: AdoptionRequest,
        folder: Path,
        context: Mapping[str, Any],
        say: Say,
    ) -> None:
        self._state = state
        self._request = request
        self._say = say
        self._told = ToldSettings(request.stack, request.settings)
        self._context = context
        self._bench = Workbench(request.stack, folder, context)
        self._group_id: str | None = None
        self._ids: dict[str, str] = {}
        self._settings = self._infer()
        self._keeping = Keeping(told=request.keep, everything=request.keep_all or request.strict)
        self._parts: dict[str, Any] = {}

    def run(self) -> AdoptionOutcome:
        self._say("matching resources")
        configuration = self._bench.synthesize(self._file())
        missing = missing_variables(configuration, self._told.secrets)
        if missing:
            raise BadInputError(
                f"the state does not tell {', '.join(missing)}",
                remedy=" ".join(f"--var {name}=…" for name in missing) + " (or TF_VAR_… in the environment)",
            )
        matching = self._match(configuration)
        self._divide(matching)
        return self._outcome(matching, self._iterate())

    def _infer(self) -> dict[str, Any]:
        if self._request.stack == "chef-hub":
            inferred = infer_hub_settings(self._state)
        else:
            view = LabView(self._state, self._request.match)
            inferred = infer_lab_settings(view)
            if not {"hosted_zone"} & {*inferred, *self._told.public, *self._context}:
                zone = looked_up_zone(view, str(inferred.get("region", "us-east-1")))
                inferred |= {"hosted_zone": zone} if zone else {}
            self._ids = import_ids(view)
            self._group_id = instances_group(view)
        return {**inferred, **self._told.public}

    def _file(self) -> AdoptionFile:
        given = {"version": 1, "stack": self._request.stack, "settings": self._settings, **self._parts}
        given["source"] = {"lineage": self._state.lineage, "serial": self._state.serial}
        return AdoptionFile.model_validate(given)

    def _match(self, configuration: Mapping[str, Any]) -> Matching:
        forgotten = self._forgotten()
        left_out = {*self._request.leave_out, *self._request.imports}
        planned = planned_resources(configuration, self._context)
        self._planned = [p for p in planned if p.address not in left_out]
        return match_resources(
            self._planned, self._state.resources, told=self._request.match, apart=forgotten
        )

    def _forgotten(self) -> list[str]:
        told_addresses = (*self._request.forget, *self._request.carry)
        strange = [address for address in told_addresses if not self._state.within(address)]
        if strange:
            raise BadInputError(
                f"the state has no {', '.join(strange)}",
                remedy="`terraform state list` names what it holds.",
            )
        told = {found.resource for address in self._request.forget for found in self._state.within(address)}
        hollow = {r.resource for r in self._state.resources if r.type.startswith(HOLLOW)}
        kept = {found.resource for address in self._request.carry for found in self._state.within(address)}
        return sorted(told | hollow - kept)

    def _base(self, address: str) -> str:
        resource = self._state.at(address)
        return resource.resource if resource else address

    def _divide(self, matching: Matching) -> None:
        """Decide about what is only there and only here."""
        forgotten = set(self._forgotten())
        matches = {match.ours: match.theirs for match in matching.matches}
        left = [r for r in self._state.resources if r.address in matching.only_there]
        by_address = {resource.address: resource for resource in self._state.resources}
        twins = twins_of(left, [by_address[theirs] for theirs in matches.values()])
        left = [resource for resource in left if resource not in twins]
        told = {found.address for address in self._request.carry for found in self._state.within(address)}
        carried = [
            resource
            for resource in left
            if resource.resource not in forgotten
            and is_aws(resource.provider)
            and (resource.address in told or is_addition(resource, self._group_id))
        ]
        converted = {o: t for o, t in matches.items() if by_address[t].type != o.partition(".")[0]}
        addresses = carried_addresses(carried, [*matches, *matching.only_here, *matches.values()])
        self._references = References(self._state.resources, {t: o for o, t in matches.items()} | addresses)
        moves = [
            {"from": match.theirs, "to": match.ours, "certainty": match.certainty}
            for match in matching.matches
            if match.theirs != match.ours and match.ours not in converted
        ]
        moves += [
            {"from": theirs, "to": ours, "certainty": "certain"}
            for theirs, ours in addresses.items()
            if theirs != ours
        ]
        check_free([(move["from"], move["to"]) for move in moves], by_address)
        imports = {**{o: by_address[t].text("id") for o, t in converted.items()}, **self._request.imports}
        self._carried = carried
        self._matches = {**matches, **{ours: theirs for theirs, ours in addresses.items()}}
        self._parts = {
            "moves": moves,
            "imports": [{"to": ours, "id": identifier} for ours, identifier in sorted(imports.items())],
            "forget": sorted(
                {
                    *forgotten,
                    *(by_address[t].resource for t in converted.values()),
                    *(t.address for t in twins),
                }
            ),
            "leave_out": sorted({*self._request.leave_out, *(OPTIONAL & set(matching.only_here))}),
        }
        if carried:
            self._parts["carry"] = self._arguments(carried, addresses)
        self._keeping.carried = frozenset(addresses.values())
        self._keeping.start(matches, self._planned, by_address, self._parts["leave_out"])

    def _arguments(self, carried: list[Existing], addresses: Mapping[str, str]) -> dict[str, Any]:
        self._say("reading the provider's schema")
        schema = self._bench.provider_schema()
        return {
            addresses[resource.address]: carried_arguments(resource, schema, self._references)
            for resource in in_order_of_use(carried)
        }

    def _iterate(self) -> list[PlannedChange]:
        """Plan, keep what the plan shows must be kept, and plan again, until nothing is learned any more."""
        changes: list[PlannedChange] = []
        number = 0
        while (number := number + 1) <= ROUNDS + CORRECTIONS:
            self._parts |= {"keep": self._keeping.keep, "ignore": self._keeping.ignore}
            configuration = self._bench.synthesize(self._file())
            self._bench.place_state(self._state)
            self._say(f"plan {number}")
            document = self._plan()
            if document is None:
                continue
            self._blocks = {p.address: p.block for p in planned_resources(configuration)}
            changes = planned_changes(document)
            if number >= ROUNDS or not self._keeping.learn(
                changes, self._blocks, self._matches, self._references
            ):
                break
        return changes

    def _plan(self) -> dict[str, Any] | None:
        """Plan; None means that it failed, and that what it failed of was put right: an image, arguments that conflict."""
        try:
            return self._bench.plan(refresh=self._request.refresh, variables=self._told.secrets)
        except HubctlError as error:
            if drop_conflicting(error.message, self._parts.get("carry", {})):
                return None
            image = self._ids.get("image")
            if "data.aws_ami" not in error.message or not image or "ami_id" in self._settings:
                raise
            self._settings = {**self._settings, "ami_id": image}
            return None

    def _outcome(self, matching: Matching, changes: list[PlannedChange]) -> AdoptionOutcome:
        explainer = Explainer(
            self._blocks, self._state.resources, stack_settings(self._request.stack), self._ids
        )
        counts: dict[str, int] = {}
        for change in changes:
            counts[change.action] = counts.get(change.action, 0) + 1
        return AdoptionOutcome(
            state=self._state,
            file=self._file(),
            matching=matching,
            differences=[
                *(explainer.explain(change) for change in changes if change.is_loss),
                *(explainer.foreign(resource) for resource in self._foreign()),
            ],
            updates=[explainer.explain(change) for change in changes if change.action == "update"],
            counts=counts,
            only_there={address: self._fate_there(address) for address in matching.only_there},
            only_here={address: self._fate_here(address) for address in matching.only_here},
            overruled={
                key: value
                for key, value in self._context.items()
                if key in self._settings and self._settings[key] != value
            },
            secret_settings=sorted(self._told.secrets),
            strict=self._request.strict,
        )

    def _foreign(self) -> list[Existing]:
        """Return resources of other providers that are not forgotten; the plan was made without them."""
        return [
            resource
            for resource in self._state.resources
            if not is_aws(resource.provider) and resource.resource not in self._parts["forget"]
        ]

    def _fate_there(self, address: str) -> str:
        if any(resource.address == address for resource in self._carried):
            return "carried on as it is"
        return (
            "forgotten, not destroyed"
            if {address, self._base(address)} & set(self._parts["forget"])
            else "would be destroyed"
        )

    def _fate_here(self, address: str) -> str:
        return "left out" if address in self._parts["leave_out"] else "would be created"
