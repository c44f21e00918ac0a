"""What the operator asked of ``hubctl adopt``, and what came of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hubctl.adopt.differences import Difference, Offered
from hubctl.adopt.matching.candidates import Matching
from hubctl.adopt.secrets.gate import Secrets
from hubctl.adopt.state.existing import ExistingState
from hubctl.core.errors import BadInputError
from stacks.adoption.file import AdoptionFile

SETTINGS, MATCH, THERE, HERE = PARTS = ("settings", "match", "there", "here")
CARRY, FORGET = "carry", "forget"
LEAVE_OUT, IMPORT = "leave out", "import ID"


@dataclass(frozen=True, kw_only=True)
class Question:
    """One question.

    Attributes:
        part: ``settings`` (a value that the state does not tell), ``match`` (which of several resources is ours),
            ``there`` (what becomes of an existing resource) or ``here`` (of one of ours without a counterpart).
        name: The setting, our address, or the existing address.
        proposal: The answer that is taken unless the operator changes it; empty when the operator has to give one.
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


def as_sentence(asked: Question) -> str:
    """Return a need as a question."""
    if asked.part == SETTINGS:
        return f"Setting {asked.name}, which the state does not tell"
    if asked.part == MATCH:
        return f"Which existing resource is {asked.name} ({', '.join((asked.proposal, *asked.others))})"
    if asked.part == THERE:
        why = f" ({asked.why})" if asked.why else ""
        return f"{asked.name} is not part of the design{why}: {' or '.join((asked.proposal, *asked.others))}"
    return f"{asked.name} is not in the state: {' or '.join((asked.proposal, *asked.others))}"


class UndecidedError(BadInputError):
    """Nothing can be planned before ``questions`` are answered; the message names each, and the remedy the options."""

    def __init__(self, questions: Sequence[Question], more: Sequence[Question] = ()) -> None:
        """Take what stands in the way of a plan, and ``more`` that is known to be asked after it."""
        self.questions = (*questions, *more)
        missing = [asked.name for asked in questions if asked.part == SETTINGS]
        equal_candidates = [asked for asked in questions if asked.part == MATCH]
        lines = [f"the state does not tell {', '.join(missing)}"] if missing else []
        if equal_candidates:
            lines.append("two candidates are equally good:")
            lines += [
                f"  {equal.name} could be {' or '.join((equal.proposal, *equal.others))}"
                for equal in equal_candidates
            ]
        remedies = [asked.option for asked in questions if asked.part == SETTINGS]
        remedy = " ".join(remedies) + " (or TF_VAR_… in the environment)" if remedies else ""
        if equal_candidates:
            options = " ".join(equal.option for equal in equal_candidates)
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
        questions: What has to be answered before the adoption can be proven.
        shadowed: Variables whose new values change nothing as long as the arguments listed with them are kept.
        idle: What ``--improve`` named, and where nothing of ours is stronger than what exists.
        secrets: The gate that everything printed and written has to pass.
        secret_settings: Settings that were given but are not in the file because they are sensitive.

    """

    state: ExistingState = field(repr=False)
    file: AdoptionFile
    matching: Matching
    differences: Sequence[Difference]
    updates: Sequence[Difference]
    offers: Sequence[Offered]
    questions: Sequence[Question]
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
