"""What the operator asked of ``hubctl adopt``, and what came of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hubctl.adopt.differences import Difference, Offered
from hubctl.adopt.existing import ExistingState
from hubctl.adopt.matches import Matching
from hubctl.adopt.needs import Need
from hubctl.adopt.secrecy import Secrets
from stacks.adoption_file import AdoptionFile


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
