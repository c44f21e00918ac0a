"""How this instance gets through the launching hook of its group: into a warm pool, and into service.

A group with a warm pool holds its instances twice: before it stops or hibernates one for the pool, and before one serves. In
the pool an instance serves nobody and counts nowhere: nothing is published, protected or drained, and what its users left
behind is gone before it gets there. Into service it goes once its hub answers.

https://docs.aws.amazon.com/autoscaling/ec2/userguide/warm-pool-instance-lifecycle.html
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from session_agent.aws import AwsError, InstanceMetadata, Membership, Parameters, ScalingGroup
from session_agent.leaving import allow_new_spawns
from session_agent.rollout import Record, is_older
from session_agent.sessions import Hub, HubError

# A run ends before the timer's next turn. Within it the hub is asked every second: users wait for this instance.
WATCH_SECONDS = 50.0
PAUSE_SECONDS = 1.0
# Longer than a first boot takes. Then the group gets another instance in place of this one.
GIVE_UP_SECONDS = 480.0
POOL_PREFIX = "Warmed:"
INTO_POOL = "Warmed:Pending:Wait"
INTO_SERVICE = "Pending:Wait"
Verdict = Literal["go on", "give up", "wait"]
log = logging.getLogger("session-agent")


def in_pool(state: str) -> bool:
    """Tell whether an instance in this lifecycle state is in a warm pool, or on its way into or out of one."""
    return state.startswith(POOL_PREFIX)


def on_the_way(state: str) -> bool:
    """Tell whether an instance in this lifecycle state is not in service yet."""
    return in_pool(state) or state.startswith("Pending")


@dataclass(kw_only=True)
class Entrance:
    """One run's part of the way. ``failed`` is called with every call that AWS refused.

    ``waiting`` is for how many seconds this instance has waited to be ready before this run.
    """

    hub: Hub
    group: ScalingGroup
    metadata: InstanceMetadata
    parameters: Parameters | None
    flag: Path
    waiting: float
    failed: Callable[[AwsError], None]
    clock: Callable[[], float] = time.monotonic  # it stands still while the machine is hibernated
    pause: Callable[[float], None] = time.sleep
    _began: float = field(init=False)

    def __post_init__(self) -> None:
        self._began = self.clock()

    def run(self, membership: Membership) -> None:
        """Go as far as this run's time allows.

        An instance that is hibernated in the middle of it goes on here when it is needed.
        """
        seen: Membership | None = membership
        while seen is not None and on_the_way(seen.state):
            if self._step(seen) == "give up" or not self._time_is_left():
                return
            self._wait_for_change(seen.state)
            seen = self._look()

    def _step(self, membership: Membership) -> Verdict:
        if membership.state == INTO_POOL:
            return self._complete(self._ready_for_pool(), "the pool")
        if membership.state == INTO_SERVICE:
            return self._complete(self._ready_for_service(membership), "service")
        return "wait"

    def _ready_for_pool(self) -> Verdict:
        if not self._hub_answers():
            return self._verdict_on_silence()
        return "go on" if forget_users(self.hub, self._hub_answers) else self._verdict_on_silence()

    def _ready_for_service(self, membership: Membership) -> Verdict:
        record = self._record()
        if (
            record is not None
            and record.state in ("running", "done")
            and is_older(membership.version, record.version)
        ):
            log.warning(
                "a rollout replaces version %s: a newer instance has to come instead", membership.version
            )
            return "give up"
        allow_new_spawns(self.flag)
        return "go on" if self._hub_answers() else self._verdict_on_silence()

    def _complete(self, verdict: Verdict, where: str) -> Verdict:
        if verdict == "wait":
            return "wait"
        try:
            self.group.launched(well=verdict == "go on")
        except AwsError as error:
            self.failed(error)
            return "wait"
        log.info("on the way to %s: %s", where, verdict)
        return verdict

    def _verdict_on_silence(self) -> Verdict:
        if self.waiting + self.clock() - self._began < GIVE_UP_SECONDS:
            return "wait"
        log.error("the hub does not answer after %.0f s", GIVE_UP_SECONDS)
        return "give up"

    def _hub_answers(self) -> bool:
        while True:
            try:
                self.hub.servers()
            except HubError as error:
                if not self._time_is_left():
                    log.warning("the hub does not answer yet: %s", error)
                    return False
                self.pause(PAUSE_SECONDS)
            else:
                return True

    def _wait_for_change(self, state: str) -> None:
        """Wait until the instance is to go elsewhere, which the metadata service tells without a call to AWS."""
        target = self.metadata.target_lifecycle_state()
        while self._time_is_left():
            self.pause(PAUSE_SECONDS)
            now = self.metadata.target_lifecycle_state()
            if now != target or not in_pool(state):
                return

    def _look(self) -> Membership | None:
        try:
            return self.group.membership()
        except AwsError as error:
            self.failed(error)
            return None

    def _record(self) -> Record | None:
        if self.parameters is None:
            return None
        try:
            return self.parameters.record()
        except AwsError as error:
            log.warning("whether there is a rollout is not known: %s", error)
            return None

    def _time_is_left(self) -> bool:
        return self.clock() - self._began < WATCH_SECONDS


def forget_users(hub: Hub, answers: Callable[[], bool]) -> bool:
    """Have the hub forget who has worked here, and start anew; return whether it has, and answers again.

    Their servers, tokens and sessions go with them. The restart makes the hub read its settings again, and leaves
    its database settled.
    """
    try:
        users = hub.users_seen()
        if not users:
            return True
        log.info("the hub forgets %d users", len(users))
        for user in users:
            hub.forget(user)
        hub.restart()
    except HubError as error:
        log.warning("the hub does not forget its users: %s", error)
        return False
    return answers()
