"""Browsers of the trial cluster's users, and what they leave behind there."""

from hubctl.trial.swarm.cluster import Cluster
from hubctl.trial.swarm.settings import HOSTNAME
from tests.support.hub_client import HubClient

CERTIFICATE = "/etc/nginx/chef-hub/fullchain.pem"
NOTEBOOKS = ("--filter", "label=chef-hub.kind=notebook")


def browser_of(cluster: Cluster, user: str) -> HubClient:
    """Return a browser of that user, who trusts the certificate that the hub has now; to be used with ``async with``."""
    return HubClient(
        hostname=HOSTNAME,
        address=cluster.leader.address,
        certificate=cluster.leader.run("cat", CERTIFICATE),
        user=user,
        password=cluster.password,
    )


def end_servers(cluster: Cluster) -> None:
    """End all servers that still run, and have the hub take note of it by a restart."""
    services = cluster.leader.run("docker", "service", "ls", "--quiet", *NOTEBOOKS).split()
    if services:
        cluster.leader.run("docker", "service", "rm", *services)
        cluster.restart_hub()
