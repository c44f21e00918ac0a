"""What only the leader has, and what has to be there again after another one has taken over."""

from __future__ import annotations

import json
from dataclasses import dataclass

from hubctl.trial.swarm.cluster import Cluster
from tests.support.hub_client import HubClient

GROUP = "chemists"


def saved(cluster: Cluster) -> float:
    """Return when the leader last saved itself, or saw that nothing has changed."""
    return float(
        cluster.leader.run("stat", "--format", "%.Y", "/var/lib/chef-hub/backup/saved", check=False) or 0
    )


@dataclass(frozen=True, kw_only=True)
class Books:
    """A user's token, and a group that an administrator has made; both are logged in."""

    user: HubClient
    admin: HubClient
    token: str

    async def are_kept(self) -> None:
        """Assert that the token is good, the group is there, and both are still logged in."""
        headers = {"Authorization": f"token {self.token}"}
        status, _ = await self.user.call("GET", "/hub/api/user", headers=headers)
        assert status == 200
        assert (await self.user.model())["name"] == self.user.user
        status, groups = await self.admin.call("GET", "/hub/api/groups")
        assert (status, GROUP in groups) == (200, True)


async def keep_books(user: HubClient, admin: HubClient) -> Books:
    """Make what only the leader has."""
    status, body = await user.call("POST", f"/hub/api/users/{user.user}/tokens", json={"note": "script"})
    assert status == 201, body
    token = str(json.loads(body)["token"])
    status, body = await admin.call("POST", f"/hub/api/groups/{GROUP}", json={})
    assert status in (201, 409), body
    return Books(user=user, admin=admin, token=token)
