"""The list of differences between the profiles: complete, and true to the two stacks."""

from collections.abc import Callable, Mapping
from typing import Any

from hub_constructs.core.addresses import addresses_in
from stacks.chef_hub.differences import DIFFERENCES
from stacks.chef_hub.profiles import ORIGINAL, PROFILES, RECOMMENDED
from tests.support.profile_switch import expected_actions

Configuration = dict[str, Any]
OTHERS = ("data.", "var.", "output.", "local.")


def resources(configuration: Configuration) -> set[str]:
    return {address for address in addresses_in(configuration) if not address.startswith(OTHERS)}


def test_what_is_added_and_removed_is_what_the_stacks_differ_in(synth: Callable[..., Configuration]) -> None:
    before = resources(synth("chef-hub", profile="original"))
    after = resources(synth("chef-hub"))
    actions = expected_actions(range_changes=True)
    assert {a for a, word in actions.items() if word == "adds"} == after - before
    assert {a for a, word in actions.items() if word == "removes"} == before - after
    assert set(actions) <= before | after


def test_every_resource_that_both_have_stands_in_the_list(synth: Callable[..., Configuration]) -> None:
    both = resources(synth("chef-hub", profile="original")) & resources(synth("chef-hub"))
    assert both - set(expected_actions(range_changes=True)) == set()


def test_every_difference_is_explained() -> None:
    for difference in DIFFERENCES:
        assert difference.improves
        assert difference.addresses
        assert (
            "|" not in difference.setting + difference.original + difference.recommended + difference.improves
        )


def test_profiles_differ_in_what_tells_them_apart() -> None:
    assert PROFILES == {"recommended": RECOMMENDED, "original": ORIGINAL}
    assert set(RECOMMENDED.variable_defaults) == set(ORIGINAL.variable_defaults)


def test_the_strongest_word_holds() -> None:
    actions: Mapping[str, str] = expected_actions(range_changes=False)
    assert actions["aws_instance.chef-server"] == "replaces"
    assert actions["aws_vpc.infra-vpc"] == "updates"
    assert expected_actions(range_changes=True)["aws_vpc.infra-vpc"] == "replaces"
