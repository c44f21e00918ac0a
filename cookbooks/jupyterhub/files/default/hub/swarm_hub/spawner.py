"""The spawner: each user's server is a Swarm service on a worker, admitted first, followed until it answers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dockerspawner import SwarmSpawner
from jupyterhub.utils import url_path_join
from traitlets import Instance

from hub_common.engine_client import ENGINE_ERRORS
from hub_common.spawner import HubSpawner
from hub_common.spawning import Refused, over_quota, too_slow
from hub_common.user_files import datasets_folder, make_datasets
from swarm_hub.admission_queue import Request
from swarm_hub.cluster import DockerCalls, dead_nodes
from swarm_hub.images import Choice
from swarm_hub.service_spec import STOP_SECONDS, NotebookService, OperatorAdditions, create_arguments
from swarm_hub.services import HubServices
from swarm_hub.spawner_traits import closed_folders, trait_rules
from swarm_hub.task_verdict import judge, refusal, rejected, still_there
from swarm_hub.user_domains import UserDomains

# How long a server may be without a living task before it counts as ended: Swarm moves it within this time.
MOVE_SECONDS = 60.0
GONE_SECONDS = STOP_SECONDS + 20.0
OWN_DOMAIN = "own_domain"  # in the state that the hub keeps of a server


class HubSwarmSpawner(HubSpawner, SwarmSpawner):  # type: ignore[misc]  # dockerspawner has no types
    """One Swarm service per user, with the user's own directory from the shared file system.

    What differs from its base class: it asks for admission, waits for growth, ends the wait for a task that is
    rejected or cannot be placed at once, survives that Swarm moves a server and that Docker is away, and returns from
    ``stop`` only when the container is gone.
    """

    trait_rules = staticmethod(trait_rules)
    directory_words = "Your directory on the shared file system"
    user_domains = Instance(UserDomains, help="Which users have their own domain").tag(config=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._unsettled_since: float | None = None
        # True as long as a service may exist, as after a restart of the hub.
        self._maybe_created = True
        self._bound = False  # to one worker, until it has a place there
        self._let_go = ""  # the task that was bound, until Swarm has made another one in its place

    @property
    def services(self) -> HubServices:
        """What all spawners of this hub share."""
        services: HubServices = self.shared_services.get()
        return services

    @property
    def quota(self) -> int:
        """What the user's directory may take, in bytes; 0 is no limit."""
        return self.services.settings.hub.user_disk

    @property
    def closed_folders(self) -> tuple[str, ...]:
        """Folders of the nodes that hold what belongs to the hub or to others."""
        return closed_folders(self.services.settings)

    @property
    def calls(self) -> DockerCalls:
        """Docker, through threads shared by all spawners."""
        return self.services.docker

    @property
    def internal_hostname(self) -> str:
        """The service's name leads to its container."""
        return str(self.object_name)

    # --- start ---

    async def start(self) -> str:
        """Start the server; return its URL once it answers. Raises Refused when it may not or cannot start."""
        self.steps.clear()
        self._unsettled_since = None
        self._maybe_created = False
        limits = self.services.settings.hub
        if image := self.user_options.get("image"):
            await self.check_allowed(image)
        additions = self._additions(await self.checked_traits())
        used = await self.counted_disk()
        request = Request(
            service=self.object_name,
            user_disk=used,
            admin=bool(self.user.admin),
            # What the operator's files ask of a worker, only Swarm can judge.
            packed=not (additions.placement or additions.resources),
        )
        async with self.services.admission.admitted(request, self.steps.tell) as chosen:
            if used.over:
                self.steps.tell(over_quota(used))
            home = await self._directory()
            await self._remove_leftover()
            await self._create(home, chosen or Choice(image=limits.notebook_image), additions)
        try:
            await asyncio.wait_for(self._answering(), limits.start_timeout_seconds)
        except Refused as refused:
            await self._give_up(refused)
            raise
        except TimeoutError as error:
            late = Refused(too_slow(limits.start_timeout_seconds, "start_timeout_seconds"))
            await self._give_up(late)
            raise late from error
        return self._url()

    async def _give_up(self, refused: Refused) -> None:
        """Clean up, while the page of the start still tells why; JupyterHub itself would show that of a stop meanwhile."""
        self.steps.tell(refused.refusal.sentence)
        await self._remove_and_wait()
        self._maybe_created = False

    async def _directory(self) -> Path:
        settings = self.services.settings
        datasets = datasets_folder(Path(settings.shared_folder))
        return await self.directory_below(Path(settings.users_folder), lambda: make_datasets(datasets))

    async def _remove_leftover(self) -> None:
        if await self.calls.service(self.object_name) is not None:
            self.log.warning("removing what is left of %s", self.object_name)
            await self._remove_and_wait()

    def _additions(self, traits: Mapping[str, Any]) -> OperatorAdditions:
        return OperatorAdditions(
            mounts=self.mounts,
            labels=traits["extra_create_kwargs"].get("labels", {}),
            container=traits["extra_container_spec"],
            resources=traits["extra_resources_spec"],
            placement=traits["extra_placement_spec"],
            task=traits["extra_task_spec"],
        )

    async def _create(self, directory: Path, chosen: Choice, additions: OperatorAdditions) -> None:
        limits = self.services.settings.hub
        service = NotebookService(
            name=self.object_name,
            user=self.user.name,
            image=chosen.image,
            labelled=chosen.labelled,
            node=chosen.node,
            command=[*(self.cmd or ["jupyterhub-singleuser"]), *self.get_args()],
            environment=self.get_env(),
            directory=directory,
            datasets=datasets_folder(Path(self.services.settings.shared_folder)),
            network=self.services.settings.network,
            memory=limits.user_memory,
            cpus=self.cpu_limit or limits.user_cpus,
            own_domain=self.user_domains.has_own(self.user.name),
            additions=additions,
        )
        self._maybe_created, self._bound, self._let_go = True, bool(chosen.node), ""
        created = await self.calls.create_service(**create_arguments(service))
        self.object_id = created["ID"]
        self.steps.tell("Looking for a worker")
        self.log.info("created %s for %s, of %s", self.object_name, self.user.name, chosen.image)

    async def _answering(self) -> None:
        """Return when the server answers; raise Refused as soon as it is clear that it never will."""
        answers = self.services.answers
        with answers.starting():
            while not await self._running():
                await asyncio.sleep(answers.look_pause)
            await self._let_move()
            self.steps.tell("Your server starts")
            url = url_path_join(self._url(), self.server.base_url, "api")
            await answers.wait(url, self._running)  # it may die meanwhile

    async def _running(self) -> bool:
        tasks = await self.calls.tasks(self.object_name)
        bad = rejected(tasks)
        verdict = judge(tasks)
        if not bad and verdict.kind == "unplaceable":
            if await self._let_move():
                self.log.info("the worker for %s has no place any more: %s", self.object_name, verdict.reason)
                self._let_go = verdict.task
            if verdict.task == self._let_go:
                return False
        if bad or verdict.kind in ("failed", "unplaceable"):
            raise Refused(refusal(bad or verdict))
        return verdict.kind == "running"

    async def _let_move(self) -> bool:
        """Let Swarm place the server on any worker from now on; return whether it was bound to one until now.

        Where this fails, the keeper does it a little later.
        """
        if not self._bound:
            return False
        try:
            self._bound = False
            return await self.calls.place_anywhere(self.object_name)
        except ENGINE_ERRORS as error:
            self.log.warning("%s stays bound to its worker for now: %s", self.object_name, error)
            return False

    def _url(self) -> str:
        return f"http://{self.internal_hostname}:{self.port}"

    # --- the server's host ---

    def load_state(self, state: dict[str, Any]) -> None:
        """Take over what is known of a server; one that runs keeps the host that it was started with."""
        super().load_state(state)
        if state:  # written before users had domains, it says nothing of them
            self.user_domains.keep(self.user.name, own=bool(state.get(OWN_DOMAIN)))
        self._take_host()

    def get_state(self) -> dict[str, Any]:
        """Return what a restarted hub has to know of the server, nothing where there is none."""
        state: dict[str, Any] = super().get_state()
        return {**state, OWN_DOMAIN: self.user_domains.has_own(self.user.name)} if state else state

    def clear_state(self) -> None:
        """Forget the server: the next one gets the host that is set."""
        super().clear_state()
        self.user_domains.forget(self.user.name)
        self._take_host()

    def _take_host(self) -> None:
        """Set what JupyterHub derived from the user's host before it was known which one that is."""
        self.proxy_spec = url_path_join(self.user.proxy_spec, "/")
        self.public_url = self.user.public_url()
        # On the hub's host, a cookie that is valid for all of it would reach the servers of others.
        self.cookie_host_prefix_enabled = self.user_domains.has_own(self.user.name)

    # --- poll ---

    async def look(self) -> str | int | None:
        """Return None while the server lives, which includes that Swarm moves it; else why it has ended."""
        if await self.calls.is_placed(self.object_name):  # as nearly all are: one look for all of them
            self._unsettled_since = None
            self.recount_sometimes()
            return None
        service = await self.calls.service(self.object_name)
        if service is None:
            return 0
        verdict = judge(await self.calls.tasks(self.object_name))
        if verdict.kind in ("running", "starting"):
            self._unsettled_since = None
            self.recount_sometimes()
            return None
        now = time.monotonic()
        if self._unsettled_since is None:
            self._unsettled_since = now
        if not self._spawn_pending and now - self._unsettled_since < MOVE_SECONDS:
            return None
        self.log.warning("%s has ended: %s", self.object_name, verdict.reason)
        await self._remove_and_wait()  # else it would take a place as soon as there is one
        self._unsettled_since = None
        return verdict.reason or verdict.kind

    # --- stop ---

    async def stop(self, now: bool = False) -> None:
        """Stop the server; return when its container is gone, so that the next start meets no old one."""
        del now  # Swarm asks first and ends it after the grace period, in either case
        if self._maybe_created:  # else the start was refused, of which the user is to hear at once
            await self._remove_and_wait()
            self.recount()
            self.services.admission.changed()
        self.object_id = ""
        self.clear_state()

    async def _remove_and_wait(self) -> None:
        # What runs is noted first: once the service is gone, its tasks can no longer be asked for by its name.
        tasks = await self.calls.tasks(self.object_name)
        await self.calls.remove_service(self.object_name)
        deadline = time.monotonic() + GONE_SECONDS
        pause = 0.1
        while tasks:
            left = still_there(tasks, dead_nodes(await self.calls.nodes()))
            if not left:
                return
            if time.monotonic() > deadline:
                self.log.error("%s: the containers of tasks %s did not end in time", self.object_name, left)
                return
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, 0.4)
            tasks = await self.calls.tasks_by_id(left)
