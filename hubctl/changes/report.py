"""What people at work notice of a plan, after the plan itself."""

from collections.abc import Sequence

from rich.text import Text

from hubctl.changes.catalogue import EFFECTS
from hubctl.changes.recognition import Recognized
from hubctl.console import Writer

PAGE = "docs/reference/changes.md"
_STYLES = {"ends": "bold red", "later": "yellow", "pause": "yellow", "nothing": "green"}


def print_recognized(found: Sequence[Recognized], console: Writer) -> None:
    """Print each change with what is seen of it; the gravest come first, as they stand."""
    console.say()
    if not found:
        console.say(f"people at work notice none of this, as far as {PAGE} knows")
        return
    console.say(f"what people at work notice of it ({PAGE}):")
    for seen in found:
        change = seen.change
        style = _STYLES[change.effect]
        console.say(
            f"{change.title} ({seen.because})",
            label=Text(f"  {EFFECTS[change.effect]}: ", style=style),
            hang=4,
        )
        console.say(f"    {change.seen}")
        if change.lasts != "-":
            console.say(f"    For how long: {change.lasts}.")
        if change.lost != "nothing":
            console.say(f"    Lost: {change.lost}.")
    if any(not seen.change.keeps_kernels for seen in found):
        text = "this plan ends servers of people at work: apply it when they know, or in a maintenance"
        console.say(text, label=Text("warning: ", style="red"))
