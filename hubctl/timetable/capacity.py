"""What a week's timetable makes of a stack's group: instances hour by hour, and what they cost over the ordinary ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from hubctl.core.configuration.stack import Stack
from hubctl.core.errors import BadInputError
from hubctl.prices.lookup import hourly_price, regional_factor
from hubctl.scaling.purchasing import MixedInstances
from hubctl.simulate.model import StackModel
from hubctl.simulate.schedules import instances_for
from hubctl.simulate.stack_reading import model_of
from hubctl.timetable.week import Week
from stacks.settings.capacity import GROUP_SETTINGS
from stacks.timetable.windows import Window


@dataclass(frozen=True, kw_only=True)
class InstancePrice:
    """What an instance costs an hour in ``region``: of which day and region the price list is, and its factor there."""

    amount: float
    currency: str
    as_of: str
    listed: str
    region: str
    factor: float | None


@dataclass(frozen=True, kw_only=True)
class StackWeek:
    """A stack in a week.

    Attributes:
        week: The week.
        model: The stack, as the simulator reads it.

    """

    week: Week
    model: StackModel

    @property
    def name(self) -> str:
        """Its name."""
        return self.model.name

    @property
    def ordinary(self) -> int:
        """The group's smallest size outside of classes."""
        return self.model.group.min_size

    @property
    def largest(self) -> int:
        """The group's largest size."""
        return self.model.group.max_size

    def needed(self, window: Window) -> int:
        """Return how many instances hold a window's users and its spare places, whatever the largest size."""
        return max(self.ordinary, instances_for(window.users, window.spare, self.model.places))

    def given(self, window: Window) -> int:
        """Return how many instances there will be at least."""
        return min(self.needed(window), self.largest)

    def instances_at(self, moment: datetime) -> int:
        """Return the group's smallest size at a moment."""
        window = self.week.window_at(moment)
        return self.ordinary if window is None else self.given(window)

    def hours(self, window: Window) -> float:
        """Return how long a window is open in this week."""
        begin, end = self.week.bounds
        return max(0.0, (min(window.end, end) - max(window.start, begin)).total_seconds() / 3600)

    @property
    def ordinary_hours(self) -> float:
        """Instance hours of the week without a timetable, at the smallest size."""
        return self.ordinary * self.week.hours

    @property
    def extra_hours(self) -> float:
        """Instance hours that the timetable adds to these."""
        return sum((self.given(window) - self.ordinary) * self.hours(window) for window in self.week.windows)

    @property
    def price(self) -> InstancePrice | None:
        """What an instance costs an hour, a spot instance where there are some; None when the price files do not know."""
        return self._price(spot=self.model.spot)

    def _price(self, *, spot: bool) -> InstancePrice | None:
        found = hourly_price(self.model.instance_type, spot=spot)
        if found is None:
            return None
        region = self.model.region or found.region
        factor = regional_factor(region)
        return InstancePrice(
            amount=found.amount * (factor or 1.0),
            currency=found.currency,
            as_of=found.as_of,
            listed=found.region,
            region=region,
            factor=factor,
        )

    @property
    def ordinary_cost(self) -> float | None:
        """What the ordinary instances cost in the week; None without a price."""
        return self._cost(self.ordinary, self.week.hours)

    @property
    def extra_cost(self) -> float | None:
        """What the timetable adds to these; None without a price."""
        extra = 0.0
        for window in self.week.windows:
            given, ordinary = (
                self._cost(count, self.hours(window)) for count in (self.given(window), self.ordinary)
            )
            if given is None or ordinary is None:
                return None
            extra += given - ordinary
        return extra

    def _cost(self, instances: int, hours: float) -> float | None:
        """Return what so many instances cost together: of a group with spot, some are on demand."""
        spot, on_demand = self._price(spot=True), self._price(spot=False)
        if spot is None or on_demand is None:
            return None
        kept = self._on_demand(instances)
        return hours * (kept * on_demand.amount + (instances - kept) * spot.amount)

    def _on_demand(self, instances: int) -> int:
        if not self.model.spot:
            return instances
        return MixedInstances(
            types=(self.model.instance_type,),
            on_demand_base=self.model.on_demand_base,
            on_demand_percent=self.model.on_demand_percent,
        ).on_demand_of(instances)


def stack_weeks(
    week: Week, stacks: Sequence[Stack], *, asked_for: bool
) -> tuple[list[StackWeek], dict[str, str]]:
    """Return the stacks in a week, and why others cannot be shown, by stack: a single user is too much for an instance.

    Raises:
        BadInputError: None can be shown, or one that was asked for by name cannot.

    """
    shown, problems = [], {}
    for stack in stacks:
        try:
            model = read_model(stack)
        except BadInputError as error:
            problems[stack.name] = str(error.__cause__ or error.message)
        else:
            shown.append(StackWeek(week=week, model=model))
    if problems and (asked_for or not shown):
        variables = " or ".join(
            dict.fromkeys(
                variable
                for name in problems
                for variable in (GROUP_SETTINGS[name].type, GROUP_SETTINGS[name].user_gib)
            )
        )
        raise BadInputError(
            "\n".join(f"{name} cannot be shown: {problem}" for name, problem in problems.items()),
            remedy=f"Set {variables} in cdktf.json, see another one with --var NAME=VALUE, or choose --stack NAME.",
        )
    return shown, problems


def read_model(stack: Stack) -> StackModel:
    """Return a stack as the simulator reads it. Raises BadInputError."""
    return model_of(stack.configuration, stack.name, stack.given)


def changes(stacks: Sequence[StackWeek]) -> list[tuple[Window, Mapping[str, int]]]:
    """Return each window with the instances of each stack."""
    return [
        (window, {stack.name: stack.given(window) for stack in stacks})
        for window in (stacks[0].week.windows if stacks else ())
    ]
