"""What to do after the demo: see the stacks at work on this machine, or deploy them for real."""

from collections.abc import Sequence

from hubctl.calling import typed
from hubctl.console import Writer
from hubctl.demo.stacks import DemoStack

# What runs each stack on real hosts of this machine, and the page about it
TRIALS = {
    "aws-lab": ("local-lab up", "docs/how-to/try-the-lab.md"),
    "chef-hub": ("local-swarm up", "docs/how-to/try-the-hub.md"),
}


def print_next_steps(stacks: Sequence[DemoStack], writer: Writer) -> None:
    """Print the commands, each on a line to paste, with the pages that have the rest."""
    writer.say("The local AWS starts no machines, so there was nothing to log in to. Next:")
    for stack in stacks:
        command, page = TRIALS[stack.name]
        writer.say()
        writer.say(
            f"- See {stack.name} at work in a browser, on real hosts of this machine (root needed; {page}):"
        )
        writer.paste(typed(command, root=True), indent=4)
    writer.say()
    writer.say(
        "- Deploy for real, with AWS credentials in the environment and your own values. docs/how-to/deploy.md has "
        "all steps in order, with the images, the login and the cookbooks:"
    )
    for stack in stacks:
        variables = " ".join(f"TF_VAR_{name}={value}" for name, value in stack.for_real.items())
        writer.paste(f"{variables} node_modules/.bin/cdktf deploy {stack.name}", indent=4)
