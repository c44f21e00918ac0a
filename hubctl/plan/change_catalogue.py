"""Every change that an operator makes in ordinary running, and what the people at work notice of it.

``docs/reference/changes.md`` is made from it, ``hubctl plan`` warns with its words, and tests/e2e/second_day does each change
with two users at work and holds what they saw against it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Stack = Literal["aws-lab", "chef-hub"]
Effect = Literal["nothing", "pause", "later", "ends"]

LAB: Stack = "aws-lab"
HUB: Stack = "chef-hub"
BOTH: tuple[Stack, ...] = (LAB, HUB)
# What an effect means, in the words of page and plan, from the mildest to the gravest
EFFECTS: Mapping[Effect, str] = MappingProxyType(
    {
        "nothing": "users notice nothing",
        "pause": "pages pause, kernels go on",
        "later": "nothing until you start the next step",
        "ends": "ends servers",
    }
)
_CONVERGED = "Apply; the leader takes it at its next converge, within 15 minutes"
_HUB_AWAY = "The hub's own pages (login, start, stop) do not answer. Notebooks go on."
_NOTHING = "nothing"


@dataclass(frozen=True, kw_only=True)
class NoticedChange:
    """A change and what comes of it.

    Attributes:
        title: The change, as an operator would name it.
        stacks: The stacks that know it.
        how: What the operator does, in Markdown.
        seen: What users see.
        lasts: For how long they see it.
        lost: What is lost.
        effect: The gravest of it, in one word; ``ends`` alone may cost a kernel.

    """

    title: str
    stacks: tuple[Stack, ...]
    how: str
    seen: str
    lasts: str
    lost: str
    effect: Effect

    @property
    def keeps_kernels(self) -> bool:
        """Whether every kernel goes on."""
        return self.effect != "ends"


CHANGES: Mapping[str, NoticedChange] = MappingProxyType(
    {
        "hub-limits": NoticedChange(
            title="Limits of the hub, such as `hub_max_users`",
            stacks=(HUB,),
            how=f"{_CONVERGED}.",
            seen=_HUB_AWAY,
            lasts="10 to 20 s",
            lost=_NOTHING,
            effect="pause",
        ),
        "server-size": NoticedChange(
            title="Memory, processors or disk quota of a server",
            stacks=BOTH,
            how=f"chef-hub: {_CONVERGED.lower()}. Lab: apply, then `.venv/bin/hubctl rollout start`.",
            seen="Running servers keep their size; the next start has the new one. chef-hub: the hub's pages pause.",
            lasts="10 to 20 s",
            lost=_NOTHING,
            effect="pause",
        ),
        "notebook-image": NoticedChange(
            title="Another notebook image",
            stacks=(HUB,),
            how=f"{_CONVERGED}. Workers then pull it one after the other.",
            seen="Running servers keep their image. Starts use the old image until a worker has the new one. "
            "The hub's pages pause once.",
            lasts="10 to 20 s",
            lost=_NOTHING,
            effect="pause",
        ),
        "hub-image": NoticedChange(
            title="Another image of the hub",
            stacks=(HUB,),
            how=f"{_CONVERGED}. The image is pulled first; then hub and proxy restart.",
            seen="The hub's pages do not answer, and connections to notebooks are cut once. JupyterLab connects again by itself.",
            lasts="15 to 20 s",
            lost=_NOTHING,
            effect="pause",
        ),
        "hub-image-missing": NoticedChange(
            title="An image of the hub that cannot be pulled",
            stacks=(HUB,),
            how="This happens by mistake. The converge fails and names the image; the alarm on failed runs goes off.",
            seen="Nothing: hub and proxy go on with the old image.",
            lasts="-",
            lost=_NOTHING,
            effect="nothing",
        ),
        "user-domains": NoticedChange(
            title="Domains of users (`hub_user_domains`)",
            stacks=(HUB,),
            how=f"{_CONVERGED}.",
            seen="Running servers keep their host; the next start has the other. The hub's pages pause, and may ask for "
            "the login once more.",
            lasts="10 to 20 s",
            lost=_NOTHING,
            effect="pause",
        ),
        "client-secret": NoticedChange(
            title="A new client secret of the login",
            stacks=BOTH,
            how="Put it into SSM. chef-hub takes it at the next converge; on a Lab instance restart `jupyterhub-lab`.",
            seen=f"{_HUB_AWAY} Users stay logged in.",
            lasts="10 to 20 s",
            lost=_NOTHING,
            effect="pause",
        ),
        "database": NoticedChange(
            title="The hub's database in a PostgreSQL",
            stacks=BOTH,
            how="Put its address into SSM. The leader tries it at its next converge, and then uses it; on a Lab instance "
            "restart `jupyterhub-lab-prepare` and `jupyterhub-lab`.",
            seen=f"{_HUB_AWAY} Users, tokens and running servers move with it.",
            lasts="10 to 20 s",
            lost=_NOTHING,
            effect="pause",
        ),
        "login": NoticedChange(
            title="Another login, or other rules for who may log in",
            stacks=BOTH,
            how=f"chef-hub: {_CONVERGED.lower()}. Lab: apply, then `.venv/bin/hubctl rollout start`.",
            seen="Users who are still allowed stay logged in. The others are logged out, and their servers stop.",
            lasts="10 to 20 s",
            lost="kernels of users who are no longer allowed; no files",
            effect="ends",
        ),
        "user-removed": NoticedChange(
            title="A user removed from the list",
            stacks=BOTH,
            how=f"chef-hub: {_CONVERGED.lower()}. Lab: apply, then `.venv/bin/hubctl rollout start`.",
            seen="The user is logged out, tokens end, the server stops. For all others the hub's pages pause.",
            lasts="10 to 20 s",
            lost="the kernels of that user; no files",
            effect="ends",
        ),
        "people-added": NoticedChange(
            title="Users, groups or administrators added",
            stacks=BOTH,
            how=f"chef-hub: {_CONVERGED.lower()}. Lab: apply, then `.venv/bin/hubctl rollout start`.",
            seen=_HUB_AWAY,
            lasts="10 to 20 s",
            lost=_NOTHING,
            effect="pause",
        ),
        "admin-removed": NoticedChange(
            title="An administrator removed from the list",
            stacks=BOTH,
            how=f"chef-hub: {_CONVERGED.lower()}. Lab: apply, then `.venv/bin/hubctl rollout start`.",
            seen="The administrator goes on as an ordinary user.",
            lasts="10 to 20 s",
            lost=_NOTHING,
            effect="pause",
        ),
        "proxy-restart": NoticedChange(
            title="A restart of the proxy",
            stacks=BOTH,
            how="`systemctl restart jupyterhub-proxy` (Lab: `jupyterhub-lab-proxy`).",
            seen="Connections to notebooks are cut once. JupyterLab connects again by itself, and kernels go on.",
            lasts="a few seconds",
            lost=_NOTHING,
            effect="pause",
        ),
        "hub-restart": NoticedChange(
            title="A restart of the hub",
            stacks=BOTH,
            how="`systemctl restart jupyterhub` (Lab: `jupyterhub-lab`).",
            seen=_HUB_AWAY,
            lasts="10 to 20 s",
            lost=_NOTHING,
            effect="pause",
        ),
        "engine": NoticedChange(
            title="Docker upgraded, or its settings changed, on a worker",
            stacks=(HUB,),
            how="The packages are held. Settings wait until the worker is empty; a newer Docker comes with a newer image.",
            seen="Nothing: the worker takes no new users, and restarts Docker once the last server has stopped.",
            lasts="-",
            lost=_NOTHING,
            effect="nothing",
        ),
        "certificate": NoticedChange(
            title="A renewed certificate, or another source of it",
            stacks=(HUB,),
            how="`files`: replace the files; the leader checks them every 5 minutes. Another source: apply, and converge.",
            seen="Nothing: nginx loads it without cutting connections. Only if the new one covers the domains of users and "
            "the old one does not, or the other way round, the hub's pages pause, as with `hub_user_domains`.",
            lasts="not at all; 10 to 20 s if the covered domains change",
            lost=_NOTHING,
            effect="pause",
        ),
        "cookbooks": NoticedChange(
            title="Other cookbooks, newer or older",
            stacks=(HUB,),
            how="`.venv/bin/hubctl cookbooks push`; nodes converge within 15 minutes.",
            seen=f"What has changed restarts, and nothing else. At most: {_HUB_AWAY[0].lower()}{_HUB_AWAY[1:]}",
            lasts="10 to 20 s",
            lost=_NOTHING,
            effect="pause",
        ),
        "leader": NoticedChange(
            title="Another leader",
            stacks=(HUB,),
            how="`terraform apply -replace=aws_instance.hub-leader`, best in a quiet hour: "
            "[replace the leader](../how-to/replace-the-leader.md).",
            seen="Neither hub nor notebooks answer until the new leader is up. Kernels keep computing meanwhile; then users are "
            "still logged in, and JupyterLab connects again by itself.",
            lasts="the boot of an instance, 5 to 10 minutes",
            lost=_NOTHING,
            effect="pause",
        ),
        "worker-image": NoticedChange(
            title="Another machine image or instance type of the workers",
            stacks=(HUB,),
            how="Apply, then `.venv/bin/hubctl rollout start --stack chef-hub`.",
            seen="New workers come first. Old ones take no new users, and leave when they are empty.",
            lasts="until the last server on an old worker has stopped",
            lost="nothing before the deadline (24 hours, or yours); then the kernels on old workers; no files",
            effect="later",
        ),
        "lab-image": NoticedChange(
            title="Another machine image, instance type or setting of the Lab's instances",
            stacks=(LAB,),
            how="Apply, then `.venv/bin/hubctl rollout start --stack aws-lab`.",
            seen="New instances come first. Old ones start no more servers, and leave when they are empty.",
            lasts="until the last server on an old instance has stopped",
            lost="nothing before the deadline (24 hours, or yours); then the kernels on old instances; no files",
            effect="later",
        ),
        "maintenance": NoticedChange(
            title="No new starts",
            stacks=BOTH,
            how="`.venv/bin/hubctl maintenance on --stack NAME --sentence '…'`, and `off`.",
            seen="Users who start a server read the sentence. Running servers go on.",
            lasts="until you switch it off",
            lost=_NOTHING,
            effect="nothing",
        ),
        "scaling": NoticedChange(
            title="Sizes of the group, thresholds of its policies",
            stacks=BOTH,
            how="Apply.",
            seen="Nothing: instances with servers are protected, even if the group becomes smaller.",
            lasts="-",
            lost=_NOTHING,
            effect="nothing",
        ),
        "warm-pool": NoticedChange(
            title="The warm pool: there or not, its size or its kind",
            stacks=BOTH,
            how="Push the cookbooks (chef-hub) or build the image (Lab) first, then apply.",
            seen="Nothing: instances in the pool serve nobody. The next ones come within seconds.",
            lasts="-",
            lost=_NOTHING,
            effect="nothing",
        ),
        "instance-types": NoticedChange(
            title="Several instance types; spot for workers, or another share of it",
            stacks=BOTH,
            how="Apply.",
            seen="Nothing at once: new instances are of any of the types. When AWS takes a spot worker back, its users are "
            "warned two minutes before, and its kernels end.",
            lasts="until spot is switched off and no spot worker is left",
            lost=_NOTHING,
            effect="later",
        ),
        "stopped-instance": NoticedChange(
            title="The instance type of leader, Chef Server or Workstation",
            stacks=(HUB,),
            how="Apply: AWS stops the instance and starts it again.",
            seen="Leader: neither hub nor notebooks answer until it is back. Kernels on the workers go on.",
            lasts="2 to 5 minutes",
            lost=_NOTHING,
            effect="pause",
        ),
    }
)

# What ordinary running never needs, but a plan may hold: types of resources, where they are replaced or destroyed
REPLACEMENTS: Mapping[str, NoticedChange] = MappingProxyType(
    {
        "aws_efs_file_system": NoticedChange(
            title="Another file system for the homes",
            stacks=BOTH,
            how="Do not apply this, unless the homes are saved: `prevent_destroy` refuses it first.",
            seen="Every server ends, and homes are empty.",
            lasts="for good",
            lost="every file, except in the recovery points of the backup",
            effect="ends",
        ),
        "aws_autoscaling_group": NoticedChange(
            title="Another group of machines",
            stacks=BOTH,
            how="Only during maintenance: the group's machines are replaced with it.",
            seen="Every server ends; users start again once the new machines are up.",
            lasts="the boot of the new machines, 5 to 10 minutes",
            lost="every kernel; no files",
            effect="ends",
        ),
        "aws_lb": NoticedChange(
            title="Another load balancer",
            stacks=(LAB,),
            how="Only during maintenance.",
            seen="The Lab does not answer until the record leads to the new balancer. Kernels go on.",
            lasts="3 to 10 minutes",
            lost=_NOTHING,
            effect="pause",
        ),
        "aws_route53_record": NoticedChange(
            title="Another address behind the name",
            stacks=BOTH,
            how="Apply in a quiet hour.",
            seen="Browsers use the old address until their cached DNS answer expires.",
            lasts="the record's TTL, once",
            lost=_NOTHING,
            effect="pause",
        ),
        "aws_vpc": NoticedChange(
            title="Another network",
            stacks=BOTH,
            how="Only during maintenance: everything in the network is replaced with it.",
            seen="Every server ends, and nothing answers until all machines are replaced.",
            lasts="15 to 30 minutes",
            lost="every kernel, and what is not on the shared files",
            effect="ends",
        ),
    }
)
