"""Builds the stacks from the settings, checks them, and writes them to the output folder."""

import os
from collections.abc import Mapping

# Node releases reach their end of life on other days than users replace them; jsii's banner about it would be
# taken for an error of ours. The supported releases are in docs/install.md and checked by `make setup`.
for _banner in ("END_OF_LIFE", "UNTESTED", "DEPRECATED"):
    os.environ.setdefault(f"JSII_SILENCE_WARNING_{_banner}_NODE_VERSION", "1")

from cdktf import App

from hub_constructs.stack import HubStack
from stacks.aws_lab import AwsLabStack
from stacks.chef_hub import ChefHubStack
from stacks.settings import Settings


def build(app: App, settings: Settings) -> Mapping[str, HubStack]:
    """Add both stacks to ``app`` and return them by name."""
    stacks: list[HubStack] = [AwsLabStack(app, settings), ChefHubStack(app, settings)]
    return {stack.node.id: stack for stack in stacks}


def synthesize(settings: Settings) -> None:
    """Write both stacks to ``CDKTF_OUTDIR``, by default ``cdktf.out``, after checking their addresses."""
    # No stack traces: they would carry paths of this machine into the output.
    app = App(stack_traces=False)
    for stack in build(app, settings).values():
        stack.check_addresses()
    app.synth()
