"""Runs an adoption: infer, match, keep what must be kept, and plan until nothing more can be learned."""

import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from hubctl.adopt.carriage import Carriage
from hubctl.adopt.differences import Explainer
from hubctl.adopt.division import divide
from hubctl.adopt.existing import ExistingState
from hubctl.adopt.full_addresses import in_full
from hubctl.adopt.inference import infer
from hubctl.adopt.keeping import Keeping, check_keep
from hubctl.adopt.matches import Matching
from hubctl.adopt.matching import match_resources
from hubctl.adopt.plan_changes import PlannedChange, planned_changes
from hubctl.adopt.planned import planned_resources
from hubctl.adopt.preconditions import Counterparts, Unfit, check_forgotten, check_preconditions
from hubctl.adopt.provider import provider_schemas
from hubctl.adopt.recognition import check_stack
from hubctl.adopt.request import AdoptionOutcome, AdoptionRequest
from hubctl.adopt.secrecy import Secrets
from hubctl.adopt.ties import refuse_ties
from hubctl.adopt.told_apart import told_apart, without_told
from hubctl.adopt.told_settings import ToldSettings, missing_variables, stack_settings
from hubctl.adopt.workbench import Workbench
from hubctl.errors import BadInputError, HubctlError
from stacks.adoption_file import AdoptionFile
from stacks.settings import load_context

CORRECTIONS = 8  # plans that fail, and show what is wrong with what is carried
ROUNDS = 8  # each plan can only show what the one before it did not hide; three are usual
Say = Callable[[str], None]


def adopt(state: ExistingState, request: AdoptionRequest, say: Say = lambda _: None) -> AdoptionOutcome:
    """Find out how the stack takes over ``state``, and prove it by plans. Nothing outside a temporary folder is written.

    Raises BadInputError when the state or an option cannot be used. No error and no message names a secret of the state.
    """
    say("reading the provider's schema")
    told = ToldSettings(request.stack, request.settings).secrets
    schemas = provider_schemas()
    secrets = Secrets(state, schemas, told.values())

    def guarded() -> AdoptionOutcome:
        check_preconditions(state, schemas, request.stack, lambda unfit: counterparts(unfit, request))
        return _adopt(state, request, secrets, lambda text: say(secrets.redacted(text)))

    return secrets.guarded(guarded)


def counterparts(unfit: Unfit, request: AdoptionRequest) -> Counterparts:
    """Return what can be told of unfit resources before anything is planned."""
    context, _ = load_context(request.project, os.environ)
    with tempfile.TemporaryDirectory(prefix="hubctl-adopt-") as folder:
        try:
            return _Adoption(
                unfit.state, request, Path(folder), context, Secrets(), lambda _: None
            ).counterparts(unfit)
        except HubctlError:
            return (
                Counterparts()
            )  # the state is told to be unfit; what else is to be settled is told once it is not


def _adopt(state: ExistingState, request: AdoptionRequest, secrets: Secrets, say: Say) -> AdoptionOutcome:
    check_stack(without_told(state, request), request.stack, request.imports)
    context, mistakes = load_context(request.project, os.environ)
    if mistakes:
        raise BadInputError("\n".join(mistakes), remedy="Correct the settings of the project.")
    with tempfile.TemporaryDirectory(prefix="hubctl-adopt-") as folder:
        return _Adoption(state, request, Path(folder), context, secrets, say).run()


class _Adoption:
    def __init__(
        self,
        state: ExistingState,
        request: AdoptionRequest,
        folder: Path,
        context: Mapping[str, Any],
        secrets: Secrets,
        say: Say,
    ) -> None:
        self._state = state
        self._request = request
        self._say = say
        self._secrets = secrets
        self._told = ToldSettings(request.stack, request.settings)
        self._context = context
        self._bench = Workbench(request.stack, folder, context)
        inferred = infer(without_told(state, request), request, {*self._told.public, *context})
        refuse_ties(inferred.ties)
        self._group_id, self._ids, self._likely = inferred.group_id, inferred.ids, inferred.likely
        self._settings = {**inferred.settings, **self._told.public}
        self._keeping = Keeping(
            told=request.keep, everything=request.keep_all or request.strict, secrets=secrets
        )
        self._parts: dict[str, Any] = {}

    def counterparts(self, unfit: Unfit) -> Counterparts:
        """Return what unfit resources are of ours, and the settings that nothing else tells."""
        matching = self._match(self._bench.synthesize(self._file()))
        rest = infer(unfit.rest(), self._request, {*self._told.public, *self._context}).settings
        alone = {
            name: value
            for name, value in self._settings.items()
            if value not in ("", None) and rest.get(name) != value and name not in self._told.public
        }
        return Counterparts(ours={match.theirs: match.ours for match in matching.matches}, settings=alone)

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

    def _file(self) -> AdoptionFile:
        given = {"version": 1, "stack": self._request.stack, "settings": self._settings, **self._parts}
        given["source"] = {"lineage": self._state.lineage, "serial": self._state.serial}
        return AdoptionFile.model_validate(given)

    def _match(self, configuration: Mapping[str, Any]) -> Matching:
        planned = planned_resources(configuration, self._context)
        self._request = in_full(self._request, [p.address for p in planned])
        left_out = {*self._request.leave_out, *self._request.imports}
        check_keep(self._request.keep, {p.address for p in planned} - {*self._request.leave_out})
        self._planned = [p for p in planned if p.address not in left_out]
        matching = match_resources(
            self._planned,
            self._state.resources,
            told=self._request.match,
            apart=told_apart(self._state, self._request),
            likely=self._likely,
        )
        refuse_ties(matching.ties)
        return matching

    def _divide(self, matching: Matching) -> None:
        """Decide about what is only there and only here."""
        division = divide(self._state, self._request, matching, self._group_id)
        self._division = division
        self._parts = division.parts
        check_forgotten(self._state, division.parts["forget"], self._request.stack)
        self._carriage = self._taken_along()
        matches = {match.ours: match.theirs for match in matching.matches}
        by_address = {resource.address: resource for resource in self._state.resources}
        self._keeping.start(matches, self._planned, by_address, self._parts["leave_out"])

    def _taken_along(self) -> Carriage:
        division = self._division
        carried = {division.addresses[resource.address]: resource for resource in division.carried}
        return Carriage(carried, self._bench.provider_schema(), division.references, self._secrets)

    def _iterate(self) -> list[PlannedChange]:
        """Plan, keep what the plan shows must be kept, and plan again, until nothing is learned any more."""
        changes: list[PlannedChange] = []
        number = 0
        while (number := number + 1) <= ROUNDS + CORRECTIONS:
            self._parts |= {
                "keep": self._keeping.keep,
                "ignore": self._keeping.ignore | self._carriage.ignore,
                "carry": self._carriage.arguments,
            }
            configuration = self._bench.synthesize(self._file())
            self._bench.place_state(self._state)
            self._say(f"plan {number}")
            document = self._plan()
            if document is None:
                continue
            self._blocks = {p.address: p.block for p in planned_resources(configuration)}
            changes = planned_changes(document, self._secrets)
            learned = self._carriage.learn(changes)
            ours = [change for change in changes if change.address not in self._carriage]
            kept = self._keeping.learn(ours, self._blocks, self._division.matches, self._division.references)
            if number >= ROUNDS or not (learned or kept):
                break
        return changes

    def _plan(self) -> dict[str, Any] | None:
        """Plan; None means that it failed, and that what it failed of was put right: an image, arguments that conflict."""
        try:
            return self._bench.plan(refresh=self._request.refresh, variables=self._told.secrets)
        except HubctlError as error:
            if self._carriage.correct(error.message):
                return None
            image = self._ids.get("image")
            if "data.aws_ami" not in error.message or not image or "ami_id" in self._settings:
                raise
            self._settings = {**self._settings, "ami_id": image}
            return None

    def _outcome(self, matching: Matching, changes: list[PlannedChange]) -> AdoptionOutcome:
        explainer = Explainer(
            self._blocks,
            self._state.resources,
            stack_settings(self._request.stack),
            self._ids,
            free=matching.only_there,
        )
        blocked = self._division.blocked
        counts: dict[str, int] = {"create": len(blocked)} if blocked else {}
        for change in changes:
            counts[change.action] = counts.get(change.action, 0) + 1
        return AdoptionOutcome(
            state=self._state,
            file=self._file(),
            matching=matching,
            differences=[
                *(explainer.explain(change) for change in changes if change.is_loss),
                *(explainer.blocked(address, self._division.addresses[address]) for address in blocked),
                *(explainer.foreign(resource) for resource in self._division.foreign(self._state)),
            ],
            updates=[explainer.explain(change) for change in changes if change.action == "update"],
            counts=counts,
            only_there={
                address: self._division.fate_there(self._state, address) for address in matching.only_there
            },
            only_here={address: self._division.fate_here(address) for address in matching.only_here},
            overruled={
                key: value
                for key, value in self._context.items()
                if key in self._settings and self._settings[key] != value
            },
            secret_settings=sorted(self._told.secrets),
            strict=self._request.strict,
            secrets=self._secrets,
        )
