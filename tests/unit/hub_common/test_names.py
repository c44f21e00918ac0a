import re

import pytest

from hub_common.names import LiveNames, directory_name, service_name

NAMES = [
    "ada", "a", "ada.lovelace", "ada-lovelace", "ada_lovelace", "ada--lovelace", "ada..lovelace", "..", ".", "-",
    "ada@example.org", "Ada", "ADA", "ärger", "日本", "a" * 48, "a" * 49, "a" * 255, "a b", "a\tb", "../ada", ".ada",
    "ada.", "ada-", "ada--0123456789ab",
]  # fmt: skip


def test_plain_names_stay_as_they_are() -> None:
    assert directory_name("ada.lovelace") == "ada.lovelace"
    assert service_name("ada-1") == "notebook-ada-1"


@pytest.mark.parametrize("name", NAMES)
def test_names_fit_file_systems_and_dns(name: str) -> None:
    assert re.fullmatch(r"[a-z0-9][a-z0-9_.-]{0,61}", directory_name(name))
    assert ".." not in directory_name(name)
    assert re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", service_name(name))


def test_no_two_users_share_a_name() -> None:
    assert len({directory_name(name) for name in NAMES}) == len(NAMES)
    assert len({service_name(name) for name in NAMES}) == len(NAMES)


def test_a_user_cannot_name_themselves_like_anothers_directory() -> None:
    other = directory_name("ada@example.org")
    assert directory_name(other) != other


def test_names_never_change() -> None:
    """A change here would hide everyone's files."""
    assert directory_name("Ada Lovelace") == "ada-lovelace--767402161715"
    assert service_name("ada@example.org") == "notebook-ada-example-org--cfe00dde46ef"


def test_a_former_name_counts_where_the_own_one_is_not_set() -> None:
    former = LiveNames(labels="old.", variables="OLD_", metrics="old_")
    names = LiveNames(labels="new.", variables="NEW_", metrics="new_", former=former)
    assert (names.label("kind"), names.variable("TOKEN"), names.metric("users")) == (
        "new.kind",
        "NEW_TOKEN",
        "new_users",
    )
    assert names.value({"OLD_TOKEN": "old"}, "TOKEN") == "old"
    assert names.value({"OLD_TOKEN": "old", "NEW_TOKEN": "new"}, "TOKEN") == "new"
    assert names.value({"OLD_TOKEN": "old", "NEW_TOKEN": ""}, "TOKEN") == "old"
    assert names.value({}, "TOKEN") == ""
    assert former.value({"NEW_TOKEN": "new"}, "TOKEN") == ""
