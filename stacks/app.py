"""Builds the stacks from the settings, checks them, and writes them to the output folder."""

import os
from collections.abc import Mapping
from pathlib import Path

# Before cdktf, which then comes from the trimmed copy as well
import hub_constructs  # noqa: F401
from stacks.synthesis_place import node_environment

os.environ.update(node_environment(os.environ, Path.home()))

from cdktf import App

from hub_constructs.core.stack import HubStack
from stacks.adoption.checks import guard_state
from stacks.adoption.overlay import apply_adoption
from stacks.monitoring_and_backups import protect_data
from stacks.registry import STACKS
from stacks.settings.loading import Settings, settings_groups
from stacks.synthesis_place import remove_left_override


def build(app: App, settings: Settings) -> Mapping[str, HubStack]:
    """Add both stacks to ``app`` and return them by name."""
    return {name: build_stack(app, settings, name) for name in STACKS}


def build_stack(app: App, settings: Settings, name: str) -> HubStack:
    """Add one stack to ``app``, with what it takes over from an existing state laid over it."""
    stack = STACKS[name].load()(app, settings.for_stack(name))
    adoption = settings.adoption(name)
    apply_adoption(stack, adoption, settings_groups(name))
    guard_state(stack, adoption)
    if settings.common.keep_homes:
        protect_data(stack)
    return stack


def synthesize(settings: Settings) -> None:
    """Write both stacks to ``CDKTF_OUTDIR``, by default ``cdktf.out``; raise when two resources share an address."""
    # No stack traces: they would carry paths of this machine into the output.
    app = App(stack_traces=False)
    build(app, settings)
    app.synth()
    for name in STACKS:
        if removed := remove_left_override(Path(app.outdir) / "stacks" / name):
            print(removed)
    for remark in settings.remarks:
        print(remark)
    for adoption in settings.adoptions.values():
        print(adoption.summary())
