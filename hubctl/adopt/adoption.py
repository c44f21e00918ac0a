"""Runs an adoption: infer, match, keep what must be kept, and plan until nothing more can be learned."""

import functools
import json
import os
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from hubctl.adopt.carrying.carried_resources import CarriedResources
from hubctl.adopt.carrying.writing import Choices, SecretNeededError, arguments_of, lacks_needed
from hubctl.adopt.differences import Explainer
from hubctl.adopt.division import (
    LEFT_OUT,
    UNDECIDED_THERE,
    addresses_set_aside,
    divide,
    whole_resources,
    without_set_aside,
)
from hubctl.adopt.given_settings import GivenSettings, missing_variables, stack_settings, stand_ins
from hubctl.adopt.improvements import Choice, check_improve, idle_wishes, wanted_only
from hubctl.adopt.inference.recognition import check_stack
from hubctl.adopt.inference.settings import Inferred, infer
from hubctl.adopt.keeping import Keeping, check_keep, named_once
from hubctl.adopt.matching.candidates import EqualCandidates, Matching, full_address, planned_resources
from hubctl.adopt.matching.matching import match_resources
from hubctl.adopt.matching.traits import CANONICAL
from hubctl.adopt.plan_changes import PlannedChange, planned_changes
from hubctl.adopt.request import (
    CARRY,
    FORGET,
    HERE,
    IMPORT,
    LEAVE_OUT,
    MATCH,
    SETTINGS,
    THERE,
    AdoptionOutcome,
    AdoptionRequest,
    Question,
    UndecidedError,
)
from hubctl.adopt.secrets.gate import Secrets
from hubctl.adopt.state.existing import Existing, ExistingState, imported, is_aws
from hubctl.adopt.state.preconditions import Counterparts, Unfit, check_forgotten, check_preconditions
from hubctl.adopt.state.value_shapes import check_values, with_older_values
from hubctl.adopt.workbench import PlanFailedError, Workbench
from hubctl.core.errors import BadInputError, HubctlError
from hubctl.core.temporary import private_folder
from hubctl.core.terraform.provider_schemas import provider_schemas
from stacks.adoption.file import AdoptionFile
from stacks.settings.loading import load_context, settings_groups

ROUNDS = 8  # each plan can only show what the one before it did not hide; three are usual
Say = Callable[[str], None]


def adopt(state: ExistingState, request: AdoptionRequest, say: Say = lambda _: None) -> AdoptionOutcome:
    """Find out how the stack takes over ``state``, and prove it by plans. Nothing outside a temporary folder is written.

    Raises BadInputError when the state or an option cannot be used. No error and no message names a secret of the state.
    """
    given_settings = GivenSettings(request.stack, request.settings)
    check_stack(without_set_aside(state, request), request.stack, request.imports)
    say("reading the provider's schema")
    schemas = provider_schemas()
    secrets = Secrets(
        state, schemas, given_settings.secrets.values(), map(str, given_settings.public.values())
    )

    def guarded() -> AdoptionOutcome:
        check_values(state, schemas)
        check_preconditions(state, schemas, request.stack, lambda unfit: counterparts(unfit, request))
        return _adopt(state, request, secrets, lambda text: say(secrets.redacted(text)))

    return secrets.guarded(lambda: with_older_values(guarded, state, schemas))


def in_full(request: AdoptionRequest, ours: Collection[str]) -> AdoptionRequest:
    """Return a request in which each address of ours is as it is in ``ours``, the stack's; strange ones stay as they are."""

    def argument(text: str) -> str:
        address, dot, name = text.rpartition(".")
        return f"{full_address(address, ours)}{dot}{name}"

    return replace(
        request,
        match={full_address(mine, ours): theirs for mine, theirs in request.match.items()},
        imports={full_address(mine, ours): identifier for mine, identifier in request.imports.items()},
        leave_out=[full_address(mine, ours) for mine in request.leave_out],
        keep=[argument(text) for text in request.keep],
        improve=[argument(text) if "." in text else text for text in request.improve],
    )


def counterparts(unfit: Unfit, request: AdoptionRequest) -> Counterparts:
    """Return what is known of unfit resources before anything is planned."""
    context, _ = load_context(request.project, os.environ)
    with private_folder("adopt") as folder:
        adoption = functools.partial(_Adoption, unfit.state, request, folder, context)
        try:
            return adoption(Secrets(), lambda _: None).counterparts(unfit)
        except HubctlError:  # what else is to be settled is said once the state is fit
            return Counterparts()


def _adopt(state: ExistingState, request: AdoptionRequest, secrets: Secrets, say: Say) -> AdoptionOutcome:
    context, mistakes = load_context(request.project, os.environ)
    if mistakes:
        raise BadInputError("\n".join(mistakes), remedy="Correct the settings of the project.")
    with private_folder("adopt") as folder:
        return _Adoption(state, request, folder, context, secrets, say).run()


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
        self._given_settings = GivenSettings(request.stack, request.settings)
        self._context = context
        self._bench = Workbench(request.stack, folder, context)
        self._inferred: Inferred = infer(
            without_set_aside(state, request), request, {*self._given_settings.public, *context}
        )
        self._group_id, self._ids = self._inferred.group_id, self._inferred.ids
        self._settings = {**secrets.left_out_of(self._inferred.settings), **self._given_settings.public}
        still = request.keep_all or request.strict
        self._keeping = Keeping(
            asked_to_keep=request.keep,
            choice=Choice() if still else Choice(wanted=frozenset(request.improve), updates=request.updates),
            written=self._written,
            secrets=secrets,
        )
        self._by_address = {resource.address: resource for resource in state.resources}
        self._parts: dict[str, Any] = {}
        self._stand_ins: Mapping[str, str] = {}

    def counterparts(self, unfit: Unfit) -> Counterparts:
        """Return what unfit resources are of ours, and the settings that nothing else tells."""
        matching = self._match(self._bench.synthesize(self._file()))
        rest = infer(unfit.rest(), self._request, {*self._given_settings.public, *self._context}).settings
        alone = {
            name: value
            for name, value in self._settings.items()
            if value not in ("", None) and rest.get(name) != value and name not in self._given_settings.public
        }
        return Counterparts(ours={match.theirs: match.ours for match in matching.matches}, settings=alone)

    def run(self) -> AdoptionOutcome:
        self._say("matching resources")
        self._secrets.check_file(self._file().text())
        configuration = self._bench.synthesize(self._file())
        matching = self._match(configuration)
        missing = missing_variables(configuration, self._given_settings.secrets)
        self._stand_ins = stand_ins(missing, json.dumps(self._state.document))
        missing = [name for name in missing if name not in self._stand_ins]
        equal_candidates = [*self._inferred.equal_candidates, *matching.equal_candidates]
        self._divide(matching)
        if missing or equal_candidates:
            asked = [Question(part=SETTINGS, name=name, proposal="") for name in missing]
            raise UndecidedError([*asked, *map(_question_about, equal_candidates)], self._questions(matching))
        self._begin_to_keep(matching)
        return self._outcome(matching, self._iterate())

    def _file(self) -> AdoptionFile:
        given = {"version": 1, "stack": self._request.stack, "settings": self._settings, **self._parts}
        given["source"] = {"lineage": self._state.lineage, "serial": self._state.serial}
        return AdoptionFile.model_validate(given)

    def _match(self, configuration: Mapping[str, Any]) -> Matching:
        planned = planned_resources(configuration, self._context)
        self._request = in_full(self._request, [p.address for p in planned])
        left_out = {*self._request.leave_out, *self._request.imports}
        known = {p.address for p in planned} - {*self._request.leave_out}
        check_keep(self._request.keep, known)
        check_improve(self._request.improve, known)
        self._planned = [p for p in planned if p.address not in left_out]
        self._imported = [p for p in planned if p.address in self._request.imports]
        here = {planned.address for planned in self._planned}
        proposed = {
            equal.ours: equal.candidates[0] for equal in self._inferred.equal_candidates if equal.ours in here
        }
        return match_resources(
            self._planned,
            self._state.resources,
            chosen=proposed | dict(self._request.match),
            set_aside=addresses_set_aside(self._state, self._request),
            likely=self._inferred.likely,
        )

    def _divide(self, matching: Matching) -> None:
        """Decide about what is only there and only here."""
        self._division = divide(self._state, self._request, matching, self._group_id)
        self._parts = self._division.parts
        check_forgotten(self._state, self._parts["forget"], self._request.stack)

    def _begin_to_keep(self, matching: Matching) -> None:
        """Write down what is carried, and begin to keep what is known to matter."""
        division = self._division
        self._carried_resources = self._taken_along(
            {division.addresses[resource.address]: resource for resource in division.carried}
        )
        matches = {match.ours: match.theirs for match in matching.matches}
        left_out = self._parts["leave_out"]
        self._keeping.start(matches, self._planned, self._by_address, left_out, self._imported)

    def _taken_along(self, resources: Mapping[str, Existing]) -> CarriedResources:
        return CarriedResources(
            resources, self._bench.provider_schema(), self._division.references, self._secrets
        )

    def _written(self, theirs: str, argument: str, value: Any) -> Any:
        """Return what Terraform JSON says for an argument of an existing resource; None when it cannot be written down.

        What is imported is in no state: it is known by our address, and by what the plan says of it.
        """
        resource = self._by_address.get(theirs) or imported(theirs, {argument: value})
        kind = CANONICAL.get(resource.type, resource.type)
        block = self._bench.provider_schema()[kind]["block"]
        if lacks_needed(block, argument, value):
            return None
        try:
            written = arguments_of(resource, block, {argument: value}, Choices(), self._secrets)
        except SecretNeededError:
            return None
        value = written.get(argument)
        if kind == "aws_autoscaling_group":
            value = named_once(value)
        return self._division.references.literal(theirs, argument, value)

    def _questions(self, matching: Matching) -> list[Question]:
        """Return what is to be decided about what is only there and only here."""
        division = self._division
        there: dict[str, Question] = {}
        alone = whole_resources(matching.only_there, self._state.resources)
        for address in matching.only_there:
            if division.fate_there(self._state, address) != UNDECIDED_THERE:
                continue
            resource = self._by_address[address]
            reason = self._cannot_carry(resource)
            # Other instances of it may be ours.
            name = resource.resource if resource.resource in alone else address
            there[name] = Question(
                part=THERE,
                name=name,
                proposal=FORGET if reason else CARRY,
                others=() if reason else (FORGET,),
                why=reason,
            )
        here = [
            Question(
                part=HERE,
                name=address,
                proposal=LEAVE_OUT,
                others=(IMPORT,),
                why=f"its id may be {self._ids[address]}" if address in self._ids else "",
            )
            for address in matching.only_here
            if division.fate_here(address) != LEFT_OUT
        ]
        return [*there.values(), *here]

    def _cannot_carry(self, resource: Existing) -> str:
        """Return why a resource cannot be carried; empty when it can."""
        if not is_aws(resource.provider):
            return f"it belongs to the provider {resource.provider.partition('.')[0]}, which the stacks do not use"
        try:
            self._taken_along({f"{resource.type}.{resource.name}": resource})
        except BadInputError as error:
            return error.message
        return ""

    def _iterate(self) -> list[PlannedChange]:
        """Plan, keep what the plan shows must be kept, and plan again, until nothing is learned any more."""
        changes: list[PlannedChange] = []
        number = rounds = 0
        while rounds < ROUNDS:
            number += 1
            self._parts |= {
                "keep": self._keeping.keep,
                "ignore": self._keeping.ignore | self._carried_resources.ignore,
                "carry": self._carried_resources.arguments,
            }
            configuration = self._bench.synthesize(self._file())
            self._bench.place_state(self._state)
            self._say(f"plan {number}")
            document = self._plan()
            if document is None:
                continue  # a correction is made once only: these come to an end
            rounds += 1
            self._blocks = {p.address: p.block for p in planned_resources(configuration)}
            changes = planned_changes(document, self._secrets)
            learned = self._carried_resources.learn(changes)
            ours = [change for change in changes if change.address not in self._carried_resources]
            kept = self._keeping.learn(ours, self._blocks, self._division.matches, self._division.references)
            if not (learned or kept):
                break
        return changes

    def _plan(self) -> dict[str, Any] | None:
        """Plan; None means that it failed, and that what it failed of was put right: an image, arguments that conflict."""
        try:
            variables = {**self._stand_ins, **self._given_settings.secrets}
            return self._bench.plan(refresh=self._request.refresh, variables=variables)
        except PlanFailedError as error:
            if self._carried_resources.correct(error.said) or self._keeping.correct(error.said):
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
            possible=matching.possible,
        )
        choice = self._keeping.choice
        wanted = [change for change in changes if change.action == "update" and wanted_only(change, choice)]
        unasked = [change for change in changes if change.action == "update" and change not in wanted]
        losses = [change for change in changes if change.is_loss]
        blocked = self._division.blocked
        counts: dict[str, int] = {"create": len(blocked)} if blocked else {}
        for change in changes:
            counts[change.action] = counts.get(change.action, 0) + 1
        return AdoptionOutcome(
            state=self._state,
            file=self._file(),
            matching=matching,
            differences=[
                *(explainer.explain(change) for change in (*losses, *unasked)),
                *(explainer.blocked(address, self._division.addresses[address]) for address in blocked),
                *(explainer.foreign(resource) for resource in self._division.foreign(self._state)),
            ],
            updates=[explainer.explain(change) for change in wanted],
            offers=[explainer.offered(offer) for _, offer in sorted(self._keeping.offers.items())],
            questions=self._questions(matching),
            shadowed=self._shadowed(),
            idle=idle_wishes(self._request.improve, wanted),
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
            secret_settings=sorted({*self._given_settings.secrets, *self._stand_ins}),
            strict=self._request.strict,
            secrets=self._secrets,
        )

    def _shadowed(self) -> dict[str, list[str]]:
        """Return the variables whose new values change nothing, with the arguments that are kept instead."""
        from stacks.adoption.checks import shadowed_settings  # starts Node, as the workbench has by now

        blocks = {planned.address: planned.block for planned in self._planned}
        return shadowed_settings(self._file(), blocks, settings_groups(self._request.stack))


def _question_about(equal: EqualCandidates) -> Question:
    return Question(
        part=MATCH, name=equal.ours, proposal=equal.candidates[0], others=tuple(equal.candidates[1:])
    )
