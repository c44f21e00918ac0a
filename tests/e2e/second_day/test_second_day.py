"""Change anything while two people compute: they see what docs/reference/changes.md says, and no kernel is lost unannounced."""

import json

import pytest

from hubctl.core.errors import HubctlError
from hubctl.trial.hosts.image import HUB_IMAGE
from hubctl.trial.swarm.cluster import Cluster
from hubctl.trial.swarm.converge import converge_leader, hub_package_texts
from hubctl.trial.swarm.ready import wait_for_hub
from hubctl.trial.swarm.settings import HOSTNAME
from tests.e2e.second_day.conftest import Browser
from tests.e2e.second_day.day import Day
from tests.support.waiting import wait_until


def container(cluster: Cluster, name: str) -> str:
    """Return the id of a container of the leader, which a restart would change."""
    return cluster.leader.run("docker", "ps", "--no-trunc", "--quiet", "--filter", f"name=^{name}$").strip()


def services_of(cluster: Cluster, user: str) -> list[str]:
    """Return the services that are a user's server."""
    return cluster.leader.run(
        "docker", "service", "ls", "--quiet", "--filter", f"name=notebook-{user}"
    ).split()


def memory_limit(cluster: Cluster, user: str) -> int:
    """Return the memory limit of a user's server, in bytes."""
    template = "{{.Spec.TaskTemplate.Resources.Limits.MemoryBytes}}"
    return int(cluster.leader.run("docker", "service", "inspect", f"notebook-{user}", "--format", template))


def test_limits_of_the_hub(cluster: Cluster, day: Day) -> None:
    proxy = container(cluster, "jupyterhub-proxy")
    with day.doing("hub-limits"):
        assert cluster.converge(max_users=60) == ["/etc/jupyterhub/settings.json"]
    assert container(cluster, "jupyterhub-proxy") == proxy


def test_size_of_a_server(cluster: Cluster, day: Day) -> None:
    before = memory_limit(cluster, "ada")
    with day.doing("server-size"):
        cluster.converge(user_memory_gib=0.4)
    assert memory_limit(cluster, "ada") == before


def test_image_of_the_hub(cluster: Cluster, day: Day) -> None:
    second = f"{HUB_IMAGE.partition(':')[0]}:second"
    cluster.leader.run("docker", "tag", HUB_IMAGE, second)
    with day.doing("hub-image"):
        cluster.converge(hub_image=second)
    template = "{{.Config.Image}}"
    assert cluster.leader.run("docker", "inspect", "jupyterhub", "--format", template).strip() == second


def test_an_image_of_the_hub_that_cannot_be_pulled(cluster: Cluster, day: Day) -> None:
    before = [container(cluster, name) for name in ("jupyterhub", "jupyterhub-proxy")]
    missing = "localhost:5000/chef-hub/jupyterhub:missing"
    with day.doing("hub-image-missing"), pytest.raises(HubctlError, match="jupyterhub:missing"):
        cluster.converge(hub_image=missing)
    assert [container(cluster, name) for name in ("jupyterhub", "jupyterhub-proxy")] == before


def test_an_image_that_is_not_one_of_the_hub(cluster: Cluster, day: Day) -> None:
    """It is there, but runs nothing: only a container of it tells."""
    before = [container(cluster, name) for name in ("jupyterhub", "jupyterhub-proxy")]
    empty = f"{HUB_IMAGE.partition(':')[0]}:empty"
    cluster.leader.run("sh", "-c", f"tar --create --files-from /dev/null | docker import - {empty}")
    with (
        day.doing("hub-image-missing"),
        pytest.raises(HubctlError, match="does not run `jupyterhub --version`"),
    ):
        cluster.converge(hub_image=empty)
    assert [container(cluster, name) for name in ("jupyterhub", "jupyterhub-proxy")] == before


def test_a_new_client_secret(cluster: Cluster, day: Day) -> None:
    """The trial's only secret of a login is its password; it is handed to the hub as a client secret is."""
    file, name = "/etc/jupyterhub/secrets.env", "CHEF_HUB_TEST_PASSWORD"

    def change(password: str) -> None:
        cluster.leader.run("sed", "--in-place", f"s|^{name}=.*|{name}={password}|", file)
        cluster.restart_hub()

    with day.doing("client-secret"):
        change("another-password")
    with day.doing("client-secret", when="back"):
        change(cluster.password)


def test_other_rules_of_who_may_log_in(cluster: Cluster, day: Day) -> None:
    login = cluster.inputs.attributes["hub"]["login"]
    with day.doing("login"):
        cluster.converge(login={**login, "allow_all": False, "allowed_users": ["ada", "grace"]})


def test_a_user_and_an_administrator_taken_off(cluster: Cluster, day: Day, browser: Browser) -> None:
    login = cluster.inputs.attributes["hub"]["login"] | {"allow_all": False, "admin_users": ["admin", "root"]}
    everyone = ["ada", "grace", "mallory", "root", "admin"]
    cluster.converge(login={**login, "allowed_users": everyone})
    mallory, root = browser("mallory"), browser("root")
    for client in (mallory, root):
        day.loop.do(client.login())
    day.loop.do(mallory.start_server())
    asked = day.loop.do(mallory.call("POST", "/hub/api/users/mallory/tokens", json={}))
    token = {"Authorization": f"token {json.loads(asked[1])['token']}"}
    assert day.loop.do(root.call("GET", "/hub/api/users"))[0] == 200
    with day.doing("user-removed"):
        remaining = [user for user in everyone if user != "mallory"]
        cluster.converge(login={**login, "admin_users": ["admin"], "allowed_users": remaining})
    assert day.loop.do(mallory.call("GET", "/hub/home", allow_redirects=False))[0] == 302
    assert day.loop.do(mallory.call("GET", "/hub/api/user", headers=token))[0] == 403
    wait_until(lambda: not services_of(cluster, "mallory"), "mallory's server ends")
    assert (cluster.settings.shared / "users/mallory").is_dir()
    assert day.loop.do(root.call("GET", "/hub/api/users"))[0] == 403
    assert day.loop.do(root.model())["name"] == "root"


def test_a_restart_of_the_proxy(cluster: Cluster, day: Day) -> None:
    with day.doing("proxy-restart"):
        cluster.leader.run("docker", "stop", "--time", "30", "jupyterhub-proxy")


def test_a_restart_of_the_hub(cluster: Cluster, day: Day) -> None:
    with day.doing("hub-restart"):
        cluster.restart_hub()


def test_cookbooks_forward_and_back(cluster: Cluster, day: Day) -> None:
    path = "/etc/jupyterhub/hub/jupyterhub_config.py"
    package = hub_package_texts()
    with day.doing("cookbooks"):
        newer = {**package, path: f"{package[path]}\n# A later version.\n"}
        assert converge_leader(cluster.leader, cluster.inputs, package=newer) == [path]
        wait_for_hub(cluster.leader, HOSTNAME)
        assert cluster.converge() == [path]
