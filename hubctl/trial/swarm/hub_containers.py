"""The containers of the hub and its proxy on the trial's leader, as the cookbook's `jupyterhub_container` runs them."""

from collections.abc import Mapping, Sequence

from hubctl.trial.hosts import cookbook_files as cookbooks
from hubctl.trial.hosts.units import Unit
from hubctl.trial.swarm.settings import OVERLAY_NETWORK

CREDENTIALS = "/run/chef-hub/aws"
DOCKER = "/usr/bin/docker"
RESTART_SECONDS = 2.0


def proxy_unit(image: str) -> Unit:
    """Return the unit of the proxy, which listens on the leader's loopback only."""
    command, listen = cookbooks.proxy_command(), ["127.0.0.1:8000:8000"]
    return _unit("jupyterhub-proxy", image, command, secrets="proxy.env", publish=listen)


def hub_unit(image: str, endpoint: str) -> Unit:
    """Return the unit of the hub, which finds AWS at the URL ``endpoint``."""
    config, mount = cookbooks.CONFIG_FOLDER, cookbooks.MOUNT_POINT
    volumes = [
        f"{config}:{config}:ro",
        "/var/lib/jupyterhub:/var/lib/jupyterhub",
        f"{mount}:{mount}",
        f"{CREDENTIALS}:{CREDENTIALS}:ro",
        "/run/docker.sock:/run/docker.sock",
    ]
    environment = {
        "CHEF_HUB_SETTINGS": f"{config}/settings.json",
        "PYTHONPATH": f"{config}/hub",
        "PYTHONDONTWRITEBYTECODE": "1",
        "AWS_CONFIG_FILE": f"{config}/aws-config",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL": endpoint,
    }
    command = ["jupyterhub", "--config", f"{config}/hub/jupyterhub_config.py"]
    return _unit("jupyterhub", image, command, memory="1g", volumes=volumes, environment=environment)


def _unit(
    name: str,
    image: str,
    command: Sequence[str],
    *,
    secrets: str = "secrets.env",
    memory: str = "512m",
    publish: Sequence[str] = (),
    volumes: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
) -> Unit:
    options = [
        "--rm",
        "--name",
        name,
        "--hostname",
        name,
        "--network",
        OVERLAY_NETWORK,
        "--network-alias",
        name,
    ]
    options += ["--memory", memory, "--log-driver", "none"]
    variables = [f"{variable}={value}" for variable, value in (environment or {}).items()]
    for option, values in (("--publish", publish), ("--volume", volumes), ("--env", variables)):
        options += [word for value in values for word in (option, value)]
    options += ["--env-file", f"{cookbooks.CONFIG_FOLDER}/{secrets}"]
    return Unit(
        name=name,
        before=[[DOCKER, "rm", "--force", name]],
        command=[DOCKER, "run", *options, image, *command],
        restart_seconds=RESTART_SECONDS,
    )
