"""Scheduled scaling by a timetable: the group's fewest instances rise before a class and fall back at its end.

Only the fewest are set. So what the scaling policies decided stays as it is when a class ends, and they take instances away
later, as their users leave. While a class is under way the group's ``min_size`` is what the last action made it: an apply
does not take capacity from a class, and a plan is empty.

A ``time`` is a text in UTC, as Terraform's ``timecmp`` reads it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cdktf import TerraformLocal, TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.autoscaling_group import AutoscalingGroup
from cdktf_cdktf_provider_aws.autoscaling_schedule import AutoscalingSchedule
from constructs import Construct

from hub_constructs.core.addresses import at

ADDRESS = "timetable"
HORIZON_HOURS = 9600  # 400 days
# A repeated action is told its next time. Without one AWS makes it up, and takes the same one for actions that Terraform
# creates at the same moment: "Scheduled action with this scheduled start time already exists", as in
# https://github.com/TerraConstructs/base/issues/127 (read in 2026-12). After that AWS moves the time on by itself.
_NEXT_TIME = (
    "try([for time in flatten([for run in each.value.runs : "
    '[for week in range(run[1]) : timeadd(run[0], format("%dh", 168 * week))]]) : time '
    "if timecmp(time, plantimestamp()) > 0][0], null)"
)
_WEEKLY = 'each.value.recurrence != ""'
_UNCHANGED = -1  # the provider leaves that size out of the action


@dataclass(frozen=True, kw_only=True)
class ScheduledNeed:
    """From ``first`` on, places for ``users`` and ``spare`` more; once, or as ``recurrence`` says until ``until``.

    ``runs`` are its times: a first one, and in how many weeks it is the same in UTC.
    """

    name: str
    users: int
    spare: int
    first: str
    until: str
    runs: Sequence[tuple[str, int]]
    recurrence: str | None = None
    zone: str | None = None


@dataclass(frozen=True, kw_only=True)
class NeededPlaces:
    """A window in which places for ``users`` and ``spare`` more are up."""

    start: str
    end: str
    users: int
    spare: int


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """What a plan refuses. ``condition`` is Terraform's, without ``${}``; it may use ``local.timetable_users``."""

    condition: str
    message: str


@dataclass(frozen=True, kw_only=True)
class TimetableProps:
    """The variables are names of Terraform variables.

    ``memory_gib`` tells the memory of known instance types, ``other_types`` those that the group may start beside the one
    of ``type_variable``. An instance holds users of ``user_gib_variable`` GiB each beside ``reserved_gib``.
    """

    file: str
    actions: Sequence[ScheduledNeed]
    windows: Sequence[NeededPlaces]
    most_actions: int
    memory_gib: Mapping[str, float]
    type_variable: str
    other_types: Sequence[str]
    user_gib_variable: str
    reserved_gib: float
    min_variable: str
    max_variable: str
    refusals: Sequence[Refusal] = ()


class Timetable(Construct):
    """The scheduled actions of a group, and what a plan refuses because of them."""

    def __init__(self, scope: Construct, id_: str, group: AutoscalingGroup, props: TimetableProps) -> None:
        super().__init__(scope, id_)
        self._props = props
        self._locals()
        base = f"max(var.{props.min_variable}, local.timetable_under_way)"
        group.add_override("min_size", f"${{{base}}}")
        group.add_override("desired_capacity", f"${{{base}}}")
        self.actions = at(
            AutoscalingSchedule(
                self,
                "actions",
                scheduled_action_name="${each.key}",
                autoscaling_group_name=group.name,
                max_size=_UNCHANGED,
                desired_capacity=_UNCHANGED,
                recurrence=f"${{{_WEEKLY} ? each.value.recurrence : null}}",
                time_zone=f"${{{_WEEKLY} ? each.value.zone : null}}",
                start_time=f"${{{_WEEKLY} ? {_NEXT_TIME} : each.value.first}}",
                end_time=f"${{{_WEEKLY} ? each.value.until : null}}",
                lifecycle=TerraformResourceLifecycle(ignore_changes=["start_time"]),
            ),
            ADDRESS,
        )
        needed = self._instances("each.value.users", "each.value.spare")
        self.actions.add_override("min_size", f"${{max(var.{props.min_variable}, {needed})}}")
        self.actions.add_override("for_each", "${local.timetable_ahead}")
        group.add_override(
            "lifecycle.precondition",
            [
                {"condition": f"${{{refusal.condition}}}", "error_message": refusal.message}
                for refusal in (*self._refusals(), *props.refusals)
            ],
        )

    def _locals(self) -> None:
        props = self._props
        self._local("actions", {each.name: _action(each) for each in props.actions})
        self._local("windows", [[each.start, each.end, each.users, each.spare] for each in props.windows])
        self._local("memory_gib", dict(props.memory_gib))
        types = ", ".join([f"var.{props.type_variable}", *(f'"{each}"' for each in props.other_types)])
        # The smallest of the types that AWS may choose from; 0 where one is not known
        self._local(
            "instance_gib",
            f"${{min([for type in [{types}] : lookup(local.timetable_memory_gib, type, 0)]...)}}",
        )
        room = f"(local.timetable_instance_gib - {props.reserved_gib:g}) / var.{props.user_gib_variable}"
        self._local("places", f"${{max(0, floor({room}))}}")
        self._local(
            "ahead",
            "${{for name, action in local.timetable_actions : name => action "
            "if timecmp(action.until, plantimestamp()) > 0}}",
        )
        # Windows that have not ended: start, end, users, instances
        self._local(
            "windows_ahead",
            "${[for window in local.timetable_windows : "
            f"[window[0], window[1], window[2], {self._instances('window[2]', 'window[3]')}] "
            "if timecmp(window[1], plantimestamp()) > 0]}",
        )
        self._local(
            "under_way",
            "${max(0, [for window in local.timetable_windows_ahead : window[3] "
            "if timecmp(window[0], plantimestamp()) <= 0]...)}",
        )
        self._local("most", "${max(0, [for window in local.timetable_windows_ahead : window[3]]...)}")
        self._local("users", "${max(0, [for window in local.timetable_windows_ahead : window[2]]...)}")

    def _local(self, name: str, value: object) -> None:
        at(TerraformLocal(self, f"local-{name}", value), f"timetable_{name}")

    def _instances(self, users: str, spare: str) -> str:
        """Return the expression of the instances that places need; none where no class does.

        The places that are kept free at all times are not among them: they come as at other times, once users arrive.
        """
        return f"ceil(({users} + {spare}) / max(1, local.timetable_places))"

    def _refusals(self) -> Sequence[Refusal]:
        props = self._props
        file, kind, largest = props.file, props.type_variable, props.max_variable
        first = f"[for window in local.timetable_windows_ahead : window[0] if window[3] > var.{largest}][0]"
        return (
            Refusal(
                condition="local.timetable_instance_gib > 0",
                message=(
                    f"{kind} = ${{var.{kind}}}: with timetable = {file}, the memory of each instance type has to be known. "
                    "Add the type to stacks/settings/instance_types.json, or choose another."
                ),
            ),
            Refusal(
                condition="local.timetable_instance_gib == 0 || local.timetable_places > 0",
                message=(
                    f"{kind} = ${{var.{kind}}}: it does not hold a single user of {props.user_gib_variable} = "
                    f"${{var.{props.user_gib_variable}}} GiB. Choose a larger type, or less memory for a user."
                ),
            ),
            Refusal(
                condition=f"local.timetable_places == 0 || local.timetable_most <= var.{largest}",
                message=(
                    f"{largest} = ${{var.{largest}}}: timetable = {file} needs ${{local.timetable_most}} instances with "
                    f'${{local.timetable_places}} users each, first more than that at ${{try({first}, "")}}. Raise '
                    f"{largest} to at least ${{local.timetable_most}}, or choose a larger {kind}."
                ),
            ),
            Refusal(
                condition=f"length(local.timetable_ahead) <= {props.most_actions}",
                message=(
                    f"timetable = {file}: it makes ${{length(local.timetable_ahead)}} scheduled actions, and AWS takes "
                    f"{props.most_actions} for a group. Let classes begin and end at fewer different times, or take later terms "
                    "out until they are near."
                ),
            ),
            Refusal(
                condition=(
                    "alltrue([for action in values(local.timetable_actions) : "
                    f'timecmp(action.until, timeadd(plantimestamp(), "{HORIZON_HOURS}h")) <= 0])'
                ),
                message=(
                    f"timetable = {file}: it has classes more than {HORIZON_HOURS // 24} days from now. Take them out until "
                    "they are near, or correct the year."
                ),
            ),
        )


def _action(need: ScheduledNeed) -> dict[str, object]:
    return {
        "users": need.users,
        "spare": need.spare,
        "first": need.first,
        "until": need.until,
        "runs": [list(run) for run in need.runs],
        "recurrence": need.recurrence or "",  # CDKTF leaves out what is None
        "zone": need.zone or "",
    }
