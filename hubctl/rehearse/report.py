"""How a rehearsal went: a table, JSON for programs, what was real and what was not, and which aims were missed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hubctl.core.tables import Sheet
from hubctl.prices.lookup import hourly_price
from hubctl.rehearse.aims import RehearsalAim
from hubctl.rehearse.play import Rehearsal
from hubctl.rehearse.programme import Programme
from hubctl.rehearse.stages import Sizes
from hubctl.scaling.metrics import percentile
from hubctl.simulate.durations import HOUR
from hubctl.simulate.model import StackModel


@dataclass(frozen=True, kw_only=True)
class RehearsalReport:
    """One rehearsal with all that it was made from."""

    stack: str
    model: StackModel
    sizes: Sizes
    programme: Programme
    seen: Rehearsal
    aims: Sequence[RehearsalAim]

    @property
    def missed(self) -> list[RehearsalAim]:
        """The aims that were not reached."""
        return [aim for aim in self.aims if not aim.met(self.seen)]

    @property
    def instance_hours(self) -> float:
        """Hours of AWS that the trial's instances would be paid for."""
        return self.seen.instance_seconds / HOUR

    @property
    def cost(self) -> float | None:
        """What these instances cost on AWS, None where the price file does not know the type."""
        price = hourly_price(self.model.instance_type, spot=self.model.spot)
        return None if price is None else price.amount * self.instance_hours

    @property
    def scale(self) -> float:
        """How many times as many users an instance of the stack takes as a host of this rehearsal."""
        return self.model.places / self.sizes.places


def table(report: RehearsalReport) -> Sheet:
    """Return the numbers as a table."""
    seen, sizes = report.seen, report.sizes
    made = Sheet("", "rehearsed", title=f"{report.stack}, {report.programme.name}, {len(seen.visits)} users")
    announced = (
        f"for {report.programme.expected} users and {report.programme.spare} spare"
        if report.programme.steps
        else "no"
    )
    most = max((moment.group.paid for moment in seen.moments), default=0)
    places = [visit.place for visit in seen.visits if visit.wait is not None]
    starts = [visit.start for visit in seen.visits if visit.start is not None]
    cells = [visit.cell for visit in seen.visits if visit.cell is not None]
    for name, cell in (
        ("announced by the timetable", announced),
        ("users served", str(len(seen.waits))),
        ("wait, p50", seconds(seen.wait(50))),
        ("wait, p95", seconds(seen.wait(95))),
        ("wait, longest", seconds(seen.wait(100))),
        ("of it for a place, longest", seconds(max(places, default=None))),
        ("of it for the start, p50", seconds(percentile(starts, 50) if starts else None)),
        ("first cell, p50", seconds(percentile(cells, 50) if cells else None)),
        ("got no server", str(seen.refused)),
        ("lost the server", str(seen.lost)),
        ("sent to another instance", str(sum(visit.sent_on for visit in seen.visits))),
        ("most instances at once", str(most)),
        ("places on an instance", str(sizes.places)),
        ("spare places", str(sizes.spare)),
        ("instances in the warm pool", str(sizes.pool)),
        ("instance hours", f"{report.instance_hours:.2f}"),
        ("cost on AWS", cost_words(report)),
    ):
        made.add(name, cell)
    return made


def seconds(number: float | None) -> str:
    """Return a duration for the table."""
    if number is None:
        return "-"
    return f"{number:.1f} s" if number < 120 else f"{number / 60:.1f} min"


def cost_words(report: RehearsalReport) -> str:
    """Return the cost with its currency."""
    price = hourly_price(report.model.instance_type, spot=report.model.spot)
    return "no price" if price is None or report.cost is None else f"{report.cost:.2f} {price.currency}"


def remarks(report: RehearsalReport) -> list[str]:
    """Return what the numbers mean: what was accelerated, what was real, where prices come from."""
    speed = report.sizes.speed
    found = [
        f"Accelerated {speed:g} times: arrivals, sessions, alarms, policies and the timetable. A wait for a place is counted in "
        "that time.",
        "Real, and not accelerated: hubs, logins, starts of containers, kernels. A start that is slow here is slow because "
        "of this machine.",
        f"Hosts boot as fast as this machine boots them, and that counts {speed:g} times; an instance of EC2 has a boot time "
        "of its kind, which the simulator assumes.",
    ]
    if report.programme.steps:
        found.append(
            "The group has the scheduled actions that the stack makes of the timetable, moved to the trial's clock and scaled to "
            "the users who come. They act in time; AWS may be two minutes late."
        )
    if report.scale != 1:
        found.append(
            f"A host takes {report.sizes.places} users, an instance of the stack {report.model.places}: on AWS it would be "
            f"about {report.scale:.2g} times as many users for the same instances."
        )
    if report.stack == "chef-hub":
        found.append("The policy on the workers' CPU is not rehearsed: the hub alone asks for workers.")
    price = hourly_price(report.model.instance_type, spot=report.model.spot)
    if price is None:
        found.append(
            f"There is no price of a {report.model.instance_type}: add it to hubctl/prices/ec2.json."
        )
    else:
        kind = "spot" if report.model.spot else "on demand"
        found.append(
            f"{report.model.instance_type} {kind}: {price.amount:g} {price.currency} an hour "
            f"(hubctl/prices/ec2.json, {price.as_of}, {price.region}). Instances only: no balancer, leader or storage."
        )
    if astray := [visit for visit in report.seen.visits if visit.astray]:
        found.append(
            f"{len(astray)} users saw another page at first where their server was ready, such as {astray[0].astray}"
        )
    sentences = dict.fromkeys(visit.refused or visit.broke for visit in report.seen.visits)
    found += [f"Users were told: {sentence}" for sentence in list(sentences)[:4] if sentence]
    return found


def verdicts(report: RehearsalReport) -> list[str]:
    """Return a sentence for each aim."""
    said = []
    for aim in report.aims:
        value = aim.value(report.seen)
        shown = (
            "no end"
            if value is None
            else f"{value:g}"
            if aim.measure in ("refused", "lost")
            else seconds(value)
        )
        said.append(f"{aim.text}: {'met' if aim.met(report.seen) else 'MISSED'}, it was {shown}")
    return said


def as_json(report: RehearsalReport) -> Mapping[str, Any]:
    """Return everything for programs: waits in seconds, times in seconds of AWS, the cost in the price file's currency."""
    seen = report.seen
    price = hourly_price(report.model.instance_type, spot=report.model.spot)
    return {
        "stack": report.stack,
        "class": report.programme.name,
        "meets": report.programme.meets or None,
        "announced": bool(report.programme.steps),
        "expected_users": report.programme.expected,
        "spare_places": report.programme.spare,
        "speed": report.sizes.speed,
        "places": report.sizes.places,
        "warm_pool": report.sizes.pool,
        "users": len(seen.visits),
        "served": len(seen.waits),
        "wait_p50_seconds": _rounded(seen.wait(50)),
        "wait_p95_seconds": _rounded(seen.wait(95)),
        "wait_max_seconds": _rounded(seen.wait(100)),
        "refused": seen.refused,
        "lost": seen.lost,
        "most_instances": max((moment.group.paid for moment in seen.moments), default=0),
        "instance_hours": _rounded(report.instance_hours),
        "cost": _rounded(report.cost),
        "currency": price.currency if price else None,
        "prices_as_of": price.as_of if price else None,
        "aims": [
            {"aim": aim.text, "met": aim.met(seen), "value": _rounded(aim.value(seen))} for aim in report.aims
        ],
        "visits": [
            {
                "user": visit.user,
                "came": _rounded(visit.came),
                "wait_seconds": _rounded(visit.wait),
                "place_seconds": _rounded(visit.place),
                "start_seconds": _rounded(visit.start),
                "cell_seconds": _rounded(visit.cell),
                "tries": visit.tries,
                "sent_on": visit.sent_on,
                "refused": visit.refused or None,
                "broke": visit.broke or None,
                "astray": visit.astray or None,
            }
            for visit in seen.visits
        ],
        "course": [
            {
                "seconds": _rounded(moment.at),
                "working": moment.working,
                "waiting": moment.waiting,
                "smallest": moment.group.smallest,
                "desired": moment.group.desired,
                "paid": moment.group.paid,
                "usable": moment.group.usable,
            }
            for moment in seen.moments
        ],
        "remarks": remarks(report),
    }


def _rounded(number: float | None) -> float | None:
    return None if number is None else round(number, 3)
