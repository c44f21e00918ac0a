"""What the operator asked of ``hubctl adopt``, and what came of it."""

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hubctl.adopt.differences import Difference, Offered
from hubctl.adopt.matching.candidates import Matching
from hubctl.adopt.secrets.gate import Secrets
from hubctl.adopt.state.existing import ExistingState
from hubctl.core.configuration.given_variables import told_values
from hubctl.core.errors import BadInputError
from hubctl.core.files import json_or_text
from stacks.adoption.file import AdoptionFile
from stacks.settings.loading import settings_groups
from stacks.settings.model import SettingsModel, terraform_type

SETTINGS, MATCH, THERE, HERE = PARTS = ("settings", "match", "there", "here")
CARRY, FORGET = "carry", "forget"
LEAVE_OUT, IMPORT = "leave out", "import ID"


@dataclass(frozen=True, kw_only=True)
class Need:
    """One question.

    Attributes:
        part: ``settings`` (a value that the state does not tell), ``match`` (which of several resources is ours),
            ``there`` (what becomes of an existing resource) or ``here`` (of one of ours without a counterpart).
        name: The setting, our address, or the existing address.
        proposal: The answer that is taken when nobody changes it; empty when there has to be one.
        others: Further answers.
        why: A sentence for the operator.

    """

    part: str
    name: str
    proposal: str
    others: Sequence[str] = ()
    why: str = ""

    @property
    def option(self) -> str:
        """The option that answers the need as proposed, for those who prefer the command line."""
        if self.part == SETTINGS:
            return f"--var {self.name}={self.proposal or '…'}"
        if self.part == MATCH:
            return f"--match {self.name}='{self.proposal}'"
        if self.part == THERE:
            return f"--{self.proposal} '{self.name}'"
        return f"--leave-out '{self.name}'"


def question(need: Need) -> str:
    """Return a need as a question."""
    if need.part == SETTINGS:
        return f"Setting {need.name}, which the state does not tell"
    if need.part == MATCH:
        return f"Which existing resource is {need.name} ({', '.join((need.proposal, *need.others))})"
    if need.part == THERE:
        why = f" ({need.why})" if need.why else ""
        return f"{need.name} is not part of the design{why}: {' or '.join((need.proposal, *need.others))}"
    return f"{need.name} is not in the state: {' or '.join((need.proposal, *need.others))}"


class UndecidedError(BadInputError):
    """Nothing can be planned before ``needs`` are answered; the message names each, and the remedy the options."""

    def __init__(self, needs: Sequence[Need], more: Sequence[Need] = ()) -> None:
        """Take what stands in the way of a plan, and ``more`` that is known to be asked after it."""
        self.needs = (*needs, *more)
        missing = [need.name for need in needs if need.part == SETTINGS]
        ties = [need for need in needs if need.part == MATCH]
        lines = [f"the state does not tell {', '.join(missing)}"] if missing else []
        if ties:
            lines.append("two candidates are equally good:")
            lines += [f"  {tie.name} could be {' or '.join((tie.proposal, *tie.others))}" for tie in ties]
        remedies = [need.option for need in needs if need.part == SETTINGS]
        remedy = " ".join(remedies) + " (or TF_VAR_… in the environment)" if remedies else ""
        if ties:
            options = " ".join(tie.option for tie in ties)
            remedy = f"{remedy}{'; ' if remedy else ''}decide with {options}, or let go of one with --forget"
        super().__init__("\n".join(lines), remedy=f"{remedy}.")


@dataclass(frozen=True, kw_only=True)
class AdoptionRequest:
    """One run. ``settings`` are texts as they were typed; ``match`` and ``imports`` start with our addresses.

    ``strict`` keeps everything, whatever else was asked for. ``improve`` names what may get stronger in place;
    ``updates`` takes all of that, and labels such as tags.
    """

    stack: str
    project: Path
    settings: Mapping[str, str] = field(default_factory=dict, repr=False)
    match: Mapping[str, str] = field(default_factory=dict)
    forget: Sequence[str] = ()
    leave_out: Sequence[str] = ()
    carry: Sequence[str] = ()
    keep: Sequence[str] = ()
    keep_all: bool = False
    improve: Sequence[str] = ()
    updates: bool = False
    imports: Mapping[str, str] = field(default_factory=dict)
    refresh: bool = True
    strict: bool = False


@dataclass(frozen=True, kw_only=True)
class AdoptionOutcome:
    """The adoption file, how it was found, and what a plan says to it.

    Attributes:
        differences: What a plan would create, destroy, replace or change unasked.
        updates: Changes in place that were asked for.
        offers: Improvements in place that were not asked for.
        needs: What is to be told before the adoption can be proven.
        shadowed: Variables whose new values change nothing as long as the arguments listed with them are kept.
        idle: What ``--improve`` named, and where nothing of ours is stronger than what exists.
        secrets: The gate that everything printed and written has to pass.
        secret_settings: Settings that were told but are not in the file because they are sensitive.

    """

    state: ExistingState = field(repr=False)
    file: AdoptionFile
    matching: Matching
    differences: Sequence[Difference]
    updates: Sequence[Difference]
    offers: Sequence[Offered]
    needs: Sequence[Need]
    shadowed: Mapping[str, Sequence[str]]
    idle: Sequence[str]
    counts: Mapping[str, int]
    only_there: Mapping[str, str]
    only_here: Mapping[str, str]
    overruled: Mapping[str, Any]
    secret_settings: Sequence[str]
    strict: bool
    secrets: Secrets = field(default_factory=Secrets, repr=False)

    @property
    def proven(self) -> bool:
        """Whether the plan is empty, but for the changes in place that were asked for."""
        return not self.differences


# Sensitive variables that a plan here needs a value of, whichever. The addresses are for documentation (RFC 5737).
STAND_INS: Mapping[str, Sequence[str]] = {
    "deployer_ip": tuple(f"203.0.113.{number}/32" for number in range(1, 255))
}

_PLAIN: tuple[object, ...] = (str, str | None)


class ToldSettings:
    """What ``--settings`` and ``--var`` say. ``public`` goes into the adoption file, ``secrets`` only into the plan."""

    def __init__(self, stack: str, told: Mapping[str, str]) -> None:
        """Take texts as they were typed. Raises BadInputError for names that the stack does not know, and for values."""
        groups = settings_groups(stack)
        strange = sorted(name for name in told if not any(name in group.model_fields for group in groups))
        strange += [name for name in ("adoption", "backend") if name in told]
        if strange:
            raise BadInputError(
                f"{stack} has no setting or variable {', '.join(strange)} that could be told here",
                remedy="docs/reference/settings.md lists all of them.",
            )
        sensitive = sensitive_settings(stack)
        self.secrets = {name: value for name, value in told.items() if name in sensitive}
        self.public = _values({name: text for name, text in told.items() if name not in sensitive}, groups)
        # Rules across settings are checked with those that are inferred.
        mistakes = [
            str(mistake)
            for group in groups
            for mistake in group.check(
                {name: value for name, value in self.public.items() if name in group.model_fields}
            )[1]
            if mistake.key in self.public
        ]
        if mistakes:
            raise BadInputError(
                "the settings for this state cannot be used:\n  " + "\n  ".join(mistakes),
                remedy="Set them with --settings NAME=VALUE or --var NAME=VALUE.",
            )


def sensitive_settings(stack: str) -> set[str]:
    """Return the names of the settings whose values are never shown and never written."""
    return {name for group in settings_groups(stack) for name, _, mark in group.variables() if mark.sensitive}


def stand_ins(missing: Collection[str], state: str) -> dict[str, str]:
    """Return values for sensitive variables that nobody told, none of which stands in the text of the ``state``.

    What depends on such a variable differs from what exists then, and is kept: the plan is empty whatever is told later.
    """
    found = {
        name: next((value for value in STAND_INS[name] if value not in state), None)
        for name in missing
        if name in STAND_INS
    }
    return {name: value for name, value in found.items() if value is not None}


def stack_settings(stack: str) -> list[str]:
    """Return the names of all settings that the stack knows."""
    return [name for group in settings_groups(stack) for name in group.model_fields]


def missing_variables(configuration: Mapping[str, Any], told: Mapping[str, str]) -> list[str]:
    """Return the variables of a synthesized stack that have no value from anywhere."""
    return [
        name
        for name, spec in (configuration.get("variable") or {}).items()
        if spec.get("default") is None and name not in told and f"TF_VAR_{name}" not in os.environ
    ]


def _values(texts: Mapping[str, str], groups: Sequence[type[SettingsModel]]) -> dict[str, Any]:
    """Read texts as the fields' types want them: variables as Terraform does, other settings as JSON, texts plain."""
    fields = {name: field for group in groups for name, field in group.model_fields.items()}
    found: dict[str, Any] = {name: text for name, text in texts.items() if fields[name].annotation in _PLAIN}
    declared = {
        name: {"type": terraform_type(field.annotation)}
        for group in groups
        for name, field, _ in group.variables()
        if name in texts and name not in found
    }
    found |= _read_by_terraform(declared, texts)
    found |= {name: json_or_text(text) for name, text in texts.items() if name not in found}
    return {name: found[name] for name in texts}


def _read_by_terraform(declared: Mapping[str, Any], texts: Mapping[str, str]) -> dict[str, Any]:
    """Return the values of variables. A text that Terraform refuses stays one: the check says what is wrong with each."""
    try:
        return told_values(declared, {name: texts[name] for name in declared})
    except BadInputError:
        if len(declared) == 1:
            return {name: texts[name] for name in declared}
        alone = (_read_by_terraform({name: block}, texts) for name, block in declared.items())
        return {name: value for found in alone for name, value in found.items()}
