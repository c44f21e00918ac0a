"""How the plan wrapper tells what people at work notice."""

import io

from hubctl.core.console import Writer
from hubctl.plan.change_catalogue import CHANGES
from hubctl.plan.change_recognition import Recognized, print_recognized
from tests.support.printed import flat


def printed(*keys: str) -> str:
    file = io.StringIO()
    found = [Recognized(change=CHANGES[key], because="aws_instance.x") for key in keys]
    print_recognized(found, Writer(file=file, width=80))
    return file.getvalue()


def test_what_ends_servers_is_warned_of() -> None:
    text = printed("user-removed", "hub-limits")
    assert max(map(len, text.splitlines())) <= 80
    assert "ends servers: A user taken off the list (aws_instance.x)" in flat(text)
    assert "Lost: the kernels of that user; no files." in flat(text)
    assert "warning: this plan ends servers of people at work" in flat(text)


def test_what_does_not_is_told_without_a_warning() -> None:
    text = flat(printed("hub-limits", "leader", "certificate"))
    assert "pages pause, kernels go on: Limits of the hub" in text
    assert "For how long: 10 to 20 s." in text
    assert "warning" not in text
    assert "Lost" not in text


def test_nothing_known_is_said_as_well() -> None:
    assert "people at work notice none of this" in flat(printed())
