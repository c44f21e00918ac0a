import pytest

from hub_common.spawner_traits import (
    environment_check,
    in_part,
    labels_check,
    mounts_check,
    only_keys,
    positive_cpus,
    refused,
    refused_names,
    shown,
    volumes_check,
)

CLOSED = ("/mnt/hub/users",)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("/mnt/hub/users", "what is in /mnt/hub/users"),
        ("/mnt/hub/users/{username}/x", "what is in /mnt/hub/users"),
        ("/mnt/hub", "what is in /mnt/hub/users"),
        ("/mnt/hub/groups/../users/bob", "what is in /mnt/hub/users"),
        ("/mnt/hub//users/./bob", "what is in /mnt/hub/users"),
        ("/", "what is in"),
        ("/var", "/var/lib/docker"),
        ("/run/docker.sock", "what is in /run"),
        ("/etc/jupyterhub", "what is in /etc"),
        ("a-volume", "give an absolute path"),
        ("{raw_username}", "give an absolute path"),
    ],
)
def test_no_folder_of_the_hub_or_of_others_is_mounted(source: str, words: str) -> None:
    (problem,) = volumes_check(CLOSED)({source: "/home/jovyan/x"})
    assert words in problem
    (problem,) = mounts_check(CLOSED)([{"type": "bind", "source": source, "target": "/home/jovyan/x"}])
    assert words in problem


@pytest.mark.parametrize(
    "target",
    [
        "/",
        "/home",
        "/home/jovyan",
        "/home/jovyan/",
        "/home/x/../jovyan",
        "/usr/bin",
        "/usr",
        "/proc",
        "/data",
        "x",
    ],
)
def test_nothing_covers_the_users_files_or_what_a_start_needs(target: str) -> None:
    (problem,) = volumes_check(CLOSED, ["/data"])({"/mnt/hub/groups": target})
    assert target in problem


@pytest.mark.parametrize(
    "target", ["/home/jovyan/shared", "/opt/shared", "/usr/local/share/jupyter", "/datasets"]
)
def test_other_folders_are_mounted(target: str) -> None:
    assert not list(volumes_check(CLOSED)({"/mnt/hub/groups/{username}": target}))
    assert not list(volumes_check(CLOSED)({"/mnt/hub/users2": {"bind": target, "mode": "ro"}}))
    mount = {"type": "bind", "source": "/mnt/hub/groups", "target": target, "read_only": True}
    assert not list(mounts_check(CLOSED)([mount]))


def test_options_that_would_have_no_effect_are_named() -> None:
    volume = {"/mnt/hub/groups": {"bind": "/opt/shared", "mode": "Z", "propagation": "shared"}}
    mode, rest = volumes_check(CLOSED)(volume)
    assert "neither 'ro' nor 'rw'" in mode
    assert rest.startswith("propagation of /mnt/hub/groups")
    of_type, options = mounts_check(CLOSED)(
        [{"source": "/mnt/hub/groups", "target": "/opt/shared", "driver_config": 1}]
    )
    assert "not of type 'bind'" in of_type
    assert options.startswith("driver_config")


def test_only_keys_that_the_hub_leaves_open_are_used() -> None:
    check = only_keys({"labels": labels_check(["chef-hub."]), "hostname": None}, {"command": "write cmd"})
    assert list(check({"hostname": "lab", "labels": {"team": "a"}})) == []
    assert list(check({"cap_add": ["ALL"], "command": ["sh"], "labels": {"chef-hub.user": "bob"}})) == [
        "the hub sets cap_add itself: remove it; what may be set is labels, hostname",
        "the hub sets command itself: write cmd",
        "the label chef-hub.user is the hub's own: choose another prefix",
    ]
    assert list(check(lambda _: {"cap_add": ["ALL"]})) == []  # checked at the start of a server
    assert "dictionary" in next(iter(check({"labels": ["a"]})))


@pytest.mark.parametrize(("value", "good"), [(2, True), (0.5, True), (0, False), (None, False), ("2", False)])
def test_no_server_goes_without_a_limit_of_processors(value: object, good: bool) -> None:
    assert (not list(positive_cpus(value))) is good


def test_variables_of_the_hub_stay_its_own() -> None:
    assert list(environment_check({"EDITOR": "vi"})) == []
    assert list(environment_check({"HOME": "/tmp"})) == ["the hub sets HOME itself: remove it"]


def test_what_cannot_be_understood_is_said_and_not_raised() -> None:
    (problem,) = in_part(volumes_check(CLOSED)).problems("a text")
    assert "cannot be understood" in problem
    (problem,) = in_part(mounts_check(CLOSED)).problems([7])
    assert "cannot be understood" in problem


def test_long_values_are_cut() -> None:
    assert len(shown("x" * 1000)) < 130
    assert refused_names({"a": refused("remove it"), "b": in_part(positive_cpus)}) == ["a"]
