"""A stand-in for the Docker CLI (``docker``) and for the engine's API (``curl --unix-socket``)."""

from __future__ import annotations

import itertools
import json
import os
import sys
from typing import Any

from state import fail, load, option, save

CLUSTER = "a" * 49
INACTIVE: dict[str, Any] = {
    "LocalNodeState": "inactive",
    "ControlAvailable": False,
    "NodeID": "",
    "RemoteManagers": None,
    "Error": "",
}


def main(name: str, arguments: list[str]) -> int:
    if name == "curl":
        return _engine_api(arguments)
    calls = {
        ("info",): _info,
        ("swarm", "init"): _init,
        ("swarm", "leave"): _leave,
        ("swarm", "join-token"): _join_token,
        ("network", "inspect"): _inspect_network,
        ("network", "create"): _create_network,
        ("image", "inspect"): _inspect_image,
        ("image", "ls"): _list_images,
        ("image", "rm"): _remove_image,
        ("image", "prune"): _prune_images,
        ("run",): _run,
        ("ps",): _list_containers,
        ("rm",): _remove_containers,
        ("volume", "ls"): _list_volumes,
        ("volume", "rm"): _remove_volumes,
        ("service", "ls"): _service_list,
        ("service", "inspect"): _service_inspect,
        ("node", "ps"): _node_tasks,
        ("pull",): _pull,
        ("login",): _login,
        ("node", "ls"): _node_list,
        ("node", "inspect"): _node_inspect,
        ("node", "update"): _node_update,
        ("node", "rm"): _node_remove,
    }
    for length in (2, 1):
        call = calls.get(tuple(arguments[:length]))
        if call:
            return call(arguments[length:])
    return fail(f"docker {' '.join(arguments[:2])} is not known to the stand-in", 125)


def _swarm() -> dict[str, Any]:
    swarm: dict[str, Any] = load("swarm", INACTIVE)
    return swarm


def _token() -> str:
    return f"SWMTKN-1-{load('cluster', CLUSTER)}-{load('token-secret', 'b' * 25)}"


def _info(arguments: list[str]) -> int:
    if option(arguments, "--format") != "{{json .Swarm}}":
        return fail("the stand-in knows docker info of the Swarm only", 125)
    print(json.dumps(_swarm()))
    return 0


def _init(arguments: list[str]) -> int:
    if _swarm()["LocalNodeState"] != "inactive":
        return fail("Error response from daemon: This node is already part of a swarm.")
    address = option(arguments, "--advertise-addr")
    manager = {"NodeID": "leader", "Addr": f"{address}:2377"}
    joined = {"LocalNodeState": "active", "ControlAvailable": True, "NodeID": "leader"}
    save("swarm", {**INACTIVE, **joined, "RemoteManagers": [manager]})
    save("availability", option(arguments, "--availability", "active"))
    print(f"To add a worker: docker swarm join --token {_token()} {address}:2377")
    return 0


def _leave(_: list[str]) -> int:
    save("swarm", INACTIVE)
    return 0


def _join_token(arguments: list[str]) -> int:
    if not _swarm()["ControlAvailable"]:
        return fail("Error response from daemon: This node is not a swarm manager.")
    if "--rotate" in arguments:
        save("token-secret", ("c" + load("token-secret", "b" * 25))[:25])
    print(_token())
    return 0


def _engine_api(arguments: list[str]) -> int:
    if "--unix-socket" not in arguments:
        return _metadata(arguments)
    body = json.loads(sys.stdin.read())
    if not arguments[-1].endswith("/swarm/join"):
        return fail("the stand-in knows the engine's call /swarm/join only")
    if body["JoinToken"] != load("accepted-token", body["JoinToken"]):
        return fail('curl: (22) The requested URL returned error: 500 {"message":"invalid join token"}', 22)
    managers = [{"NodeID": "leader", "Addr": address} for address in body["RemoteAddrs"]]
    save("swarm", {**INACTIVE, "LocalNodeState": "active", "NodeID": "worker", "RemoteManagers": managers})
    return 0


def _metadata(arguments: list[str]) -> int:
    path = arguments[-1].partition("/latest/")[2]
    values = load("metadata", {"api/token": "metadata-token"})
    if path not in values:
        return fail("curl: (22) The requested URL returned error: 404", 22)
    print(values[path], end="")
    return 0


def _inspect_network(arguments: list[str]) -> int:
    name = arguments[-1]
    if name not in ["bridge", "host", "none", *load("networks", [])]:
        return fail(f"Error response from daemon: network {name} not found")
    print(json.dumps([{"Name": name}]))
    return 0


def _create_network(arguments: list[str]) -> int:
    save("networks", [*load("networks", []), arguments[-1]])
    return 0


def _inspect_image(arguments: list[str]) -> int:
    return 0 if arguments[-1] in load("images", []) else fail("Error: No such image")


def _pull(arguments: list[str]) -> int:
    if arguments[-1] in load("missing-images", []):
        return fail("Error response from daemon: manifest unknown")
    save("images", [*load("images", []), arguments[-1]])
    return 0


def _list_images(arguments: list[str]) -> int:
    wanted = arguments[-1]
    tagged = [image for image in load("images", []) if "@" not in image]
    print("\n".join(image for image in tagged if image.rpartition(":")[0] == wanted))
    return 0


def _remove_image(arguments: list[str]) -> int:
    name = arguments[-1]
    if name in load("used-images", []):
        return fail(f"Error response from daemon: conflict: unable to remove {name}: a container uses it")
    save("images", [image for image in load("images", []) if image != name])
    return 0


def _prune_images(arguments: list[str]) -> int:
    return 0 if arguments == ["--force"] else fail("the stand-in prunes what has no name only", 125)


def _run(arguments: list[str]) -> int:
    """Run a container: it says its command's version unless its image lacks it, tries a database, or looks for the hub."""
    if option(arguments, "--name") == "chef-hub-probe":
        return _probe()
    if "/postgresql.py" in arguments:
        address = sys.stdin.read()
        return fail(f"{address.rpartition('@')[2]} cannot be used") if load("database-away", False) else 0
    image, command = arguments[-3], arguments[-2]
    if command in load("lacking", {}).get(image, []):
        return fail(f'exec: "{command}": executable file not found in $PATH', 127)
    print("1.0")
    return 0


def _probe() -> int:
    """Reach the hub, unless the test has it away for so many more attempts, or the image has no Python."""
    code, attempts = load("probe", (0, 0))
    save("probe", (code, max(attempts - 1, 0)))
    return fail("no hub", code) if attempts else 0


def _list_containers(arguments: list[str]) -> int:
    assert (
        arguments == ["--all", "--quiet"] or option(arguments, "--filter") == "label=chef-hub.kind=notebook"
    )
    for name in load("containers", []):
        print(name)
    return 0


def _remove_containers(arguments: list[str]) -> int:
    assert arguments[:2] == ["--force", "--volumes"]
    save("containers", [name for name in load("containers", []) if name not in arguments])
    return 0


def _list_volumes(_: list[str]) -> int:
    print("\n".join(load("volumes", [])))
    return 0


def _remove_volumes(arguments: list[str]) -> int:
    save("volumes", [name for name in load("volumes", []) if name not in arguments])
    return 0


def _service_list(arguments: list[str]) -> int:
    assert option(arguments, "--filter") == "label=chef-hub.kind=notebook"
    print("\n".join(load("notebooks", {})))
    return 0


def _service_inspect(arguments: list[str]) -> int:
    services = load("notebooks", {})
    print(
        json.dumps(
            [
                {
                    "ID": name,
                    "Spec": {
                        "TaskTemplate": {"ContainerSpec": {"Image": services[name]["image"]}},
                    },
                }
                for name in arguments
            ]
        )
    )
    return 0


def _node_tasks(arguments: list[str]) -> int:
    print("\n".join(task["image"] for task in load("notebooks", {}).values() if task["node"] == arguments[0]))
    return 0


def _login(_: list[str]) -> int:
    save("login", sys.stdin.read())
    return 0


def _node_list(_: list[str]) -> int:
    print("\n".join(load("nodes", {})))
    return 0


def _node_inspect(arguments: list[str]) -> int:
    if arguments[0] == "self":
        print(load("availability", "active"))
        return 0
    nodes = load("nodes", {})
    print(json.dumps([{"ID": name, **nodes[name]} for name in arguments]))
    return 0


def _node_update(arguments: list[str]) -> int:
    nodes = load("nodes", {})
    name = arguments[-1]
    if name == _swarm()["NodeID"]:
        save("availability", option(arguments, "--availability"))
        return 0
    if name in load("stubborn-nodes", []):
        return fail("Error response from daemon: update out of sequence")
    availability = option(arguments, "--availability")
    if availability:
        nodes[name]["Spec"]["Availability"] = availability
    for change, label in itertools.pairwise(arguments[:-1]):
        key, _, value = label.partition("=")
        if change == "--label-add":
            nodes[name]["Spec"]["Labels"][key] = value
        elif change == "--label-rm":
            del nodes[name]["Spec"]["Labels"][key]
    save("nodes", nodes)
    return 0


def _node_remove(arguments: list[str]) -> int:
    nodes = load("nodes", {})
    nodes.pop(arguments[-1])
    save("nodes", nodes)
    return 0


if __name__ == "__main__":
    sys.exit(main(os.environ["FAKE_NAME"], sys.argv[1:]))
