"""Builds the stacks from the settings, checks them, and writes them to the output folder."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path

# Before cdktf, which then comes from the trimmed copy as well
import hub_constructs  # noqa: F401
from stacks.synthesis_place import package_cache

# Node releases reach their end of life on other days than users replace them; jsii's banner about it would be
# taken for an error of ours. `make setup` checks the release, and docs/install.md names the supported ones.
# jsii wants the major versions to be silent about in the first variable, and any text in the others.
os.environ.setdefault("JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION", ",".join(map(str, range(18, 40))))
os.environ.setdefault("JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION", "1")
os.environ.setdefault("JSII_SILENCE_WARNING_DEPRECATED_NODE_VERSION", "1")
os.environ.update(package_cache(os.environ, Path.home()))

from cdktf import App

from hub_constructs.core.stack import HubStack
from stacks.adoption.overlay import apply_adoption
from stacks.aws_lab.stack import AwsLabStack
from stacks.chef_hub.stack import ChefHubStack
from stacks.operating import keep_data
from stacks.settings.common import CommonSettings
from stacks.settings.loading import STACK_GROUPS, Settings
from stacks.synthesis_place import remove_left_override

STACKS: Mapping[str, Callable[[App, Settings], HubStack]] = {
    "aws-lab": AwsLabStack,
    "chef-hub": ChefHubStack,
}


def build(app: App, settings: Settings) -> Mapping[str, HubStack]:
    """Add both stacks to ``app`` and return them by name."""
    return {name: build_stack(app, settings, name) for name in STACKS}


def build_stack(app: App, settings: Settings, name: str) -> HubStack:
    """Add one stack to ``app``, with what it takes over from an existing state laid over it."""
    stack = STACKS[name](app, settings.for_stack(name))
    apply_adoption(stack, settings.adoption(name), (CommonSettings, STACK_GROUPS[name]))
    if settings.common.keep_homes:
        keep_data(stack)
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
    for adoption in settings.adoptions.values():
        print(adoption.summary())
