"""How this instance leaves its users: as one that terminates, and as an old one in a rollout, in one run of the agent.

In both cases no new server starts, those that run get time, and there is a deadline.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from session_agent.aws import AwsError, Membership, Parameters, ScalingGroup
from session_agent.memory import Memory, Moment, Report
from session_agent.rollout import Course, Progress, Record, Removal
from session_agent.sessions import Sessions

log = logging.getLogger("session-agent")
Step = Literal["wait", "let go"]
WAITING = "Terminating:Wait"
# Parameters are written when something has changed, and so often all the same. Without a rollout less often: SSM takes few
# writes a second from all of an account. https://docs.aws.amazon.com/general/latest/gr/ssm.html
REPEAT_SECONDS, REST_SECONDS = 180.0, 300.0
LATE_METRIC = "RolloutLate"


@dataclass(frozen=True, kw_only=True)
class DrainPlan:
    """What to do in this run, and why."""

    step: Step
    reason: str


def drain_plan(
    sessions: Sessions | None, elapsed: float, timeout: float, *, containers: int | None = None
) -> DrainPlan:
    """Return the next step, ``elapsed`` seconds after draining began; ``sessions`` is None when the hub is silent.

    A silent hub does not mean that no user works here: containers of users outlive their hub. So it is waited for while some
    run, or while their number (``containers``) is not known. A hub that never came up has no containers, and is not waited for.
    """
    if sessions is not None and sessions.running == 0:
        return DrainPlan(step="let go", reason="no session is left")
    if sessions is None and containers == 0:
        return DrainPlan(step="let go", reason="the hub is silent, and no user's container runs")
    who = f"{sessions.running} sessions are left" if sessions is not None else "the hub is silent"
    if sessions is None and containers is not None:
        who += f", and {containers} containers of users run"
    if elapsed >= timeout:
        return DrainPlan(step="let go", reason=f"{who}, but the deadline of {timeout:g} s has passed")
    return DrainPlan(step="wait", reason=f"{who}; {timeout - elapsed:.0f} s remain")


def stop_new_spawns(flag: Path, sentence: str = "") -> None:
    """Raise the flag that the hub looks for before it starts a server; ``sentence`` is what users read."""
    flag.parent.mkdir(parents=True, exist_ok=True)
    if flag.exists() and not sentence:
        return
    new = flag.with_suffix(".new")
    new.write_text(sentence, encoding="utf-8")
    new.replace(flag)


def allow_new_spawns(flag: Path) -> None:
    """Lower the flag."""
    flag.unlink(missing_ok=True)


class RolloutParticipation:
    """One run. ``failed`` is called with every call that AWS refused."""

    def __init__(
        self,
        *,
        instance_id: str,
        parameters: Parameters,
        group: ScalingGroup,
        flag: Path,
        now: Moment,
        failed: Callable[[AwsError], None],
    ) -> None:
        self._id, self._parameters, self._group = instance_id, parameters, group
        self._flag, self._uptime = flag, now.uptime
        self._now = datetime.fromtimestamp(now.wall, UTC)
        self._failed = failed

    def run(
        self, membership: Membership, users: int | None, *, empty: bool, memory: Memory
    ) -> tuple[Memory, Removal | None]:
        """Take the next step; return what to remember, and an instance to terminate once all else is done.

        ``users`` is None while the hub is silent; ``empty`` says that no user works here.
        """
        try:
            record = self._parameters.record()
            if record is None or not record.running:
                return self._rest(membership, users, memory), None
            group, reports = self._group.whole(), self._parameters.progress()
        except AwsError as error:
            self._refused(error)
            return memory, None  # what was known goes on: a closed instance stays closed
        if group is None or membership.state != "InService":
            return memory, None
        course = Course(record, group, reports, self._now)
        memory = self._make_room(course, record, memory)
        memory = replace(memory, held=bool(course.old) and self._id not in course.old)
        unguarded = course.unguarded
        if unguarded:
            self._attempt(lambda: self._group.guard(unguarded))
        if course.late:
            self._attempt(lambda: self._group.publish_as(LATE_METRIC, len(course.old)))
        if self._id in course.old:
            return self._make_way(course, record, membership, users, empty, memory, reports)
        allow_new_spawns(self._flag)
        memory = self._report(
            "new", membership, users, replace(memory, closing=None), reports, REPEAT_SECONDS
        )
        return memory, self._look_after(course, record)

    def leaving(self, membership: Membership, users: int | None, memory: Memory) -> Memory:
        """Report that this instance ends, if it has reported anything before."""
        if memory.reported is None:
            return memory
        return self._report("leaving", membership, users, memory, {}, REPEAT_SECONDS)

    def gone(self, memory: Memory) -> None:
        """Delete what this instance has reported: it is about to end."""
        if memory.reported is not None:
            self._attempt(self._parameters.forget_own)

    def _rest(self, membership: Membership, users: int | None, memory: Memory) -> Memory:
        """Without a rollout: take users, and say now and then how many there are, for whoever is about to start one."""
        allow_new_spawns(self._flag)
        memory = replace(memory, closing=None, held=False)
        last = memory.reported
        if last is not None and (
            (last.state, last.users) == ("new", users) or self._uptime - last.uptime < REST_SECONDS
        ):
            return memory
        return self._report("new", membership, users, memory, {}, REST_SECONDS)

    def _make_room(self, course: Course, record: Record, memory: Memory) -> Memory:
        """Raise the capacity, once: what scaling makes of it afterwards is its own business."""
        raised = course.raised
        if memory.raised == record.id or raised is None:
            return memory
        log.info("rollout %s: asking for %d instances, so that newer ones can take over", record.id, raised)
        if self._attempt(lambda: self._group.raise_to(raised)):
            return replace(memory, raised=record.id)
        return memory

    def _make_way(
        self,
        course: Course,
        record: Record,
        membership: Membership,
        users: int | None,
        empty: bool,
        memory: Memory,
        reports: Mapping[str, Progress],
    ) -> tuple[Memory, Removal | None]:
        closed_before = memory.closing == record.id
        if not closed_before and not course.may_close(self._id):
            log.info("rollout %s: waiting until newer instances have taken over", record.id)
            allow_new_spawns(self._flag)
            memory = replace(memory, closing=None)
            return self._report("waiting", membership, users, memory, reports, REPEAT_SECONDS), None
        stop_new_spawns(self._flag, record.sentence)
        memory = replace(memory, closing=record.id)
        memory = self._report("closing", membership, users, memory, reports, REPEAT_SECONDS)
        over = record.past_deadline(self._now)
        log.info("rollout %s: no new users; %s", record.id, "no user is left" if empty else "users are left")
        # A start that was admitted just before the flag went up is seen by the next run.
        if not closed_before or not (empty or over) or not course.may_leave(self._id):
            return memory, None
        return memory, course.leave(self._id, "no user is left" if empty else "the deadline has passed")

    def _look_after(self, course: Course, record: Record) -> Removal | None:
        """Let the first of the new instances end the rollout, and the instances that cannot end themselves."""
        if not course.ready or course.ready[0] != self._id:
            return None
        if course.finished:
            log.info("rollout %s: done, no older instance is left", record.id)
            self._attempt(lambda: self._parameters.finish(record))
            return None
        return course.helped_out()

    def _report(
        self,
        state: str,
        membership: Membership,
        users: int | None,
        memory: Memory,
        reports: Mapping[str, Progress],
        every: float,
    ) -> Memory:
        last = memory.reported
        same = last is not None and (last.state, last.users) == (state, users)
        if last is not None and same and self._uptime - last.uptime < every:
            return memory
        before = reports.get(self._id)
        if last is not None and last.state == state:
            since = datetime.fromtimestamp(last.since, UTC)
        elif before is not None and before.state == state:
            since = before.since
        else:
            since = self._now
        progress = Progress(at=self._now, version=membership.version, users=users, state=state, since=since)
        if not self._attempt(lambda: self._parameters.publish(progress)):
            return memory
        return replace(
            memory, reported=Report(uptime=self._uptime, state=state, users=users, since=since.timestamp())
        )

    def _attempt(self, call: Callable[[], None]) -> bool:
        try:
            call()
        except AwsError as error:
            self._refused(error)
            return False
        return True

    def _refused(self, error: AwsError) -> None:
        if error.denied:  # the role is of before rollouts, or not ours: all else of the agent works on
            log.warning("no part in rollouts: %s", error)
        else:
            self._failed(error)
