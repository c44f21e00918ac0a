"""One run of the agent."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from session_agent.aws import AwsError, InstanceMetadata, Membership, Parameters, ScalingGroup
from session_agent.entering import POOL_PREFIX, Entrance, forget_users, in_pool, on_the_way
from session_agent.leaving import WAITING, RolloutParticipation, allow_new_spawns, drain_plan, stop_new_spawns
from session_agent.memory import Memory, Moment, recall, remember
from session_agent.rollout import Removal
from session_agent.room import FILE, free_places, tell_hub
from session_agent.sessions import BRIDGE_FOLDER, Hub, HubError, Sessions, count, running_containers
from session_agent.settings import Settings

# After a jump of the clock "the last N minutes" mean nothing for a while; the hub records activity every five minutes.
UNSURE_SECONDS = 600.0
# From boot to the hub's first answer. A little later the group replaces an instance, so this has to be published before.
BOOT_SECONDS = 180.0
SILENT_METRIC = "HubSilent"
log = logging.getLogger("session-agent")


@dataclass(frozen=True, kw_only=True)
class AgentFiles:
    """Where the agent keeps its memory, and the flag by which the hub knows that it must not start servers.

    At ``bridge`` users' containers have their ports.
    """

    memory: Path
    drain_flag: Path
    bridge: Path = BRIDGE_FOLDER


class Agent:
    """What a run needs. Whatever fails is logged and leaves the rest of the run alone; ``failures`` counts it."""

    def __init__(
        self,
        *,
        settings: Settings,
        hub: Hub,
        group: ScalingGroup,
        metadata: InstanceMetadata,
        files: AgentFiles,
        instance_id: str,
        clock: Callable[[], Moment] = Moment.now,
    ) -> None:
        self._settings = settings
        self._hub = hub
        self._group = group
        self._metadata = metadata
        self._files = files
        self._instance_id = instance_id
        self._now = clock()
        self.failures = 0
        self._parameters = None if settings.prefix is None else Parameters(settings, instance_id)
        self._participation = self._rollout_participation(instance_id)

    def run(self) -> None:
        """Count, and then report and protect, or drain."""
        memory = self._watch_the_clock(recall(self._files.memory))
        membership = self._membership()
        if membership is not None and self._is_entering(membership):
            memory = self._enter(membership, memory)
            remember(self._files.memory, replace(memory, last=self._now))
            return
        memory = replace(memory, entering=None)
        sessions = self._sessions(memory)
        removal = None
        if membership is not None and membership.state.startswith("Terminating"):
            memory = self._drain(membership, sessions, memory)
        else:
            memory = replace(memory, draining=None)
            memory, removal = self._take_part_in_rollout(membership, sessions, memory)
            # Before the protection of an empty instance is lifted: else scaling in may be the quicker one.
            if removal is not None:
                self._end(removal)
            if membership is not None and removal is None:
                self._report(membership, sessions, held=memory.held)
        remember(self._files.memory, replace(memory, last=self._now))

    def _is_entering(self, membership: Membership) -> bool:
        """Tell whether this instance is in a warm pool, or held by the launching hook before it serves."""
        if self._settings.launching_hook is None:
            return in_pool(membership.state)
        return on_the_way(membership.state)

    def _enter(self, membership: Membership, memory: Memory) -> Memory:
        """In the pool nothing is counted, published or protected, and there is nothing to drain."""
        began = self._now.uptime if memory.entering is None else memory.entering
        if self._settings.launching_hook is not None:
            Entrance(
                hub=self._hub,
                group=self._group,
                metadata=self._metadata,
                parameters=self._parameters,
                flag=self._files.drain_flag,
                waiting=self._now.uptime - began,
                failed=self._failed,
            ).run(membership)
        return Memory(entering=began)

    def _report(self, membership: Membership, sessions: Sessions | None, *, held: bool) -> None:
        if sessions is not None:
            self._serve(membership, sessions, held=held)
        elif self._now.uptime >= BOOT_SECONDS:
            self._attempt(lambda: self._group.publish_as(SILENT_METRIC, 1))

    def _rollout_participation(self, instance_id: str) -> RolloutParticipation | None:
        if self._parameters is None:
            return None
        return RolloutParticipation(
            instance_id=instance_id,
            parameters=self._parameters,
            group=self._group,
            flag=self._files.drain_flag,
            now=self._now,
            failed=self._failed,
        )

    def _take_part_in_rollout(
        self, membership: Membership | None, sessions: Sessions | None, memory: Memory
    ) -> tuple[Memory, Removal | None]:
        if self._participation is None or membership is None:
            allow_new_spawns(self._files.drain_flag)
            return replace(memory, closing=None), None
        if membership.state == "unknown":
            if memory.closing is None:
                allow_new_spawns(self._files.drain_flag)
            return memory, None
        users = None if sessions is None else sessions.running
        empty = self._containers() == 0 if users is None else users == 0
        return self._participation.run(membership, users, empty=empty, memory=memory)

    def _containers(self) -> int | None:
        return running_containers(self._files.bridge)

    def _end(self, removal: Removal) -> None:
        log.info("rollout: terminating %s: %s", removal.id, removal.reason)
        self._attempt(lambda: self._group.terminate(removal.id, decrement=removal.decrement))

    def _watch_the_clock(self, memory: Memory) -> Memory:
        step = memory.step(self._now)
        if not step:
            return memory
        log.warning("the clock was set by %+.0f s since the last run", step)
        return replace(memory, stepped=self._now.uptime)

    def _sessions(self, memory: Memory) -> Sessions | None:
        try:
            servers = self._hub.servers()
        except HubError as error:
            log.warning("the hub does not say who works here, so nothing is published: %s", error)
            return None
        unsure = memory.stepped is not None and self._now.uptime - memory.stepped < UNSURE_SECONDS
        minutes = 0.0 if unsure else self._settings.activity_minutes
        return count(servers, minutes, datetime.fromtimestamp(self._now.wall, UTC))

    def _disk_limit(self) -> float | None:
        try:
            return self._hub.disk_limit()
        except HubError as error:
            log.warning("how full the disk of the homes is, the hub does not say: %s", error)
            return None

    def _free_places(self, sessions: Sessions) -> int | None:
        """Return how many places the group has free, None where it is not known; tell the hub about the group."""
        if self._settings.user_memory is None:
            return None
        try:
            group = self._group.whole()
        except AwsError as error:
            self._failed(error)
            return None
        if group is None:
            return None
        if self._settings.sends_on:
            tell_hub(self._files.memory.with_name(FILE), group, self._instance_id)
        closed = self._files.drain_flag.exists()
        return free_places(group, self._settings.user_memory, sessions.running, closed=closed)

    def _membership(self) -> Membership | None:
        """Ask the group about this instance; the metadata service knows at least whether it has to leave."""
        try:
            membership = self._group.membership()
        except AwsError as error:
            self._failed(error)
            target = self._metadata.target_lifecycle_state() or ""
            if target == "Terminated":
                return Membership(state=WAITING, protected=False)
            if target.startswith(POOL_PREFIX):
                return Membership(state=target, protected=False)
            return Membership(state="unknown", protected=False)
        if membership is None:
            log.warning("this instance is in no auto scaling group")
        return membership

    def _serve(self, membership: Membership, sessions: Sessions, *, held: bool) -> None:
        needed = sessions.running > 0 or held
        # Protection first: the number that is published may set off a policy.
        if membership.state in ("InService", "unknown") and (
            needed != membership.protected or membership.state == "unknown"
        ):
            self._attempt(lambda: self._group.protect(on=needed))
        disk_limit, free = self._disk_limit(), self._free_places(sessions)
        self._attempt(lambda: self._group.publish(sessions.active, disk_limit, free))
        log.info(
            "%d sessions, %d of them active; %s; protection %s",
            sessions.running,
            sessions.active,
            membership.state,
            "on" if needed else "off",
        )

    def _drain(self, membership: Membership, sessions: Sessions | None, memory: Memory) -> Memory:
        stop_new_spawns(self._files.drain_flag)
        began = self._now.uptime if memory.draining is None else memory.draining
        if membership.state == WAITING and self._settings.hook is not None:
            elapsed = self._now.uptime - began
            step = drain_plan(sessions, elapsed, self._settings.drain_timeout, containers=self._containers())
            log.info("terminating: %s; %s", step.reason, step.step)
            memory = self._report_leaving(membership, sessions, memory, ends=step.step == "let go")
            if step.step == "let go" and sessions is not None and self._settings.launching_hook is not None:
                # It may go back to the pool instead of ending. There it forgets them, too; this saves that time.
                forget_users(self._hub, lambda: True)
            self._attempt(self._group.let_go if step.step == "let go" else self._group.heartbeat)
        else:
            log.info("terminating: %s, and nothing to wait for", membership.state)
        return replace(memory, draining=began)

    def _report_leaving(
        self, membership: Membership, sessions: Sessions | None, memory: Memory, *, ends: bool
    ) -> Memory:
        if self._participation is None:
            return memory
        if ends:
            self._participation.gone(memory)
            return memory
        users = None if sessions is None else sessions.running
        return self._participation.leaving(membership, users, memory)

    def _attempt(self, call: Callable[[], None]) -> None:
        try:
            call()
        except AwsError as error:
            self._failed(error)

    def _failed(self, error: AwsError) -> None:
        self.failures += 1
        log.error("%s", error)
