"""What the operator asked of ``hubctl adopt``, and what came of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hubctl.adopt.differences import Difference
from hubctl.adopt.existing import ExistingState
from hubctl.adopt.matches import Matching
from hubctl.adopt.secrecy import Secrets
from stacks.adoption_file import AdoptionFile


@dataclass(frozen=True, kw_only=True)
class AdoptionRequest:
    """One run. ``settings`` are texts as they were typed; ``match`` and ``imports`` start with our addresses.

    ``strict`` keeps everything, as ``keep_all`` does, and is not content with less than an empty plan.
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
    imports: Mapping[str, str] = field(default_factory=dict)
    refresh: bool = True
    strict: bool = False


@dataclass(frozen=True, kw_only=True)
class AdoptionOutcome:
    """The adoption file, how it was found, and what a plan says to it.

    ``secret_settings`` names settings that were told but are not in the file because they are sensitive; ``secrets`` is the
    gate that everything printed and written has to pass.
    """

    state: ExistingState = field(repr=False)
    file: AdoptionFile
    matching: Matching
    differences: Sequence[Difference]
    updates: Sequence[Difference]
    counts: Mapping[str, int]
    only_there: Mapping[str, str]
    only_here: Mapping[str, str]
    overruled: Mapping[str, Any]
    secret_settings: Sequence[str]
    strict: bool
    secrets: Secrets = field(default_factory=Secrets, repr=False)

    @property
    def proven(self) -> bool:
        """Whether nothing would be created, destroyed or replaced; with ``strict`` nor changed."""
        return not self.differences and not (self.strict and self.updates)
