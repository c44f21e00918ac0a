"""What an adoption needs to be told: all of it at once, each with an answer that is proposed and changes nothing for users."""

from collections.abc import Sequence
from dataclasses import dataclass

from hubctl.errors import BadInputError

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
