"""Both hubs under a rush: does each still answer within half a second, and what do a hundred and a thousand servers cost it?

The hubs are real, with the product's configuration, proxy, keeper and culler; the engine, AWS and the users' servers are a
stand-in. In one run each hub first holds few servers and then ten times as many, so that what it uses is compared on the same
machine a few minutes apart. Exit status 1 says that an aim was missed. Run by ``make bench-hub``.
"""

import argparse
import asyncio
import contextlib
import os
import platform
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.bench.rush.hubs import RushedHub, running
from tests.bench.rush.people import People, Times, percentile
from tests.bench.rush.use import Use, family, use_of

AIM_SECONDS = 0.5  # of answers, at p95
# Of the time: beyond, a missed aim says more about what else runs on this machine. It is missed all the same.
BUSY = 0.15
ASK_EVERY = 0.25
READY_SECONDS = 60.0  # the longest start, where the stand-in's servers take six seconds at most


@dataclass(frozen=True, kw_only=True)
class Size:
    """``few`` servers, and ``many``; of the latter ``rush`` come within ``rush_seconds``; ``quiet`` seconds are measured."""

    few: int
    many: int
    rush: int
    rush_seconds: float
    quiet: float


SIZES = {
    "swarm": Size(few=100, many=1000, rush=300, rush_seconds=300, quiet=65),
    "lab": Size(few=10, many=100, rush=30, rush_seconds=30, quiet=65),
}


@dataclass(frozen=True, kw_only=True)
class Phase:
    """What was measured in a while: processor time as a share of one processor, and memory at its end, in MB."""

    name: str
    servers: int
    times: Times
    hub_share: float
    hub_megabytes: float
    helpers_share: float
    helpers_megabytes: float
    proxy_share: float
    proxy_megabytes: float
    seconds: float
    hub_waited: float
    starts: int = 0

    def lines(self) -> Iterator[str]:
        """Yield figures for the terminal."""
        yield (
            f"  {self.name}: hub {100 * self.hub_share:.0f} % of a processor, {self.hub_megabytes:.0f} MB; helpers "
            f"{100 * self.helpers_share:.0f} %, {self.helpers_megabytes:.0f} MB; proxy {100 * self.proxy_share:.0f} %, "
            f"{self.proxy_megabytes:.0f} MB"
        )
        yield f"    the hub could run and had no processor for {100 * self.hub_waited:.0f} % of the time"
        for kind, taken in sorted(self.times.requests.items()):
            yield (
                f"    {kind:<11}{len(taken):>5} answers   p50 {percentile(taken, 50):.3f} s   p95 "
                f"{percentile(taken, 95):.3f} s   max {max(taken):.3f} s"
            )
        if self.times.starts:
            starts = self.times.starts
            yield (
                f"    {'starts':<11}{len(starts):>5} ready     p50 {percentile(starts, 50):.1f} s    p95 "
                f"{percentile(starts, 95):.1f} s    max {max(starts):.1f} s"
            )


class Meter:
    """Measures hub, helpers and proxy while the block of ``over`` runs."""

    def __init__(self, hub: RushedHub) -> None:
        self._hub = hub

    def _uses(self) -> tuple[Use, Use, Use]:
        helpers = [pid for pid in family(self._hub.pid) if pid != self._hub.pid]
        return use_of([self._hub.pid]), use_of(helpers), use_of([self._hub.proxy_pid])

    @contextlib.contextmanager
    def over(
        self, name: str, servers: int, times: Times, phases: list[Phase], starts: int = 0
    ) -> Iterator[None]:
        """Add a phase to ``phases`` when the block ends."""
        before, began = self._uses(), time.monotonic()
        yield
        after, took = self._uses(), time.monotonic() - began
        shares = [(now.seconds - was.seconds) / took for was, now in zip(before, after, strict=True)]
        hub, helpers, proxy = after
        phases.append(
            Phase(
                name=name,
                servers=servers,
                times=times,
                hub_share=shares[0],
                hub_megabytes=hub.megabytes,
                helpers_share=shares[1],
                helpers_megabytes=helpers.megabytes,
                proxy_share=shares[2],
                proxy_megabytes=proxy.megabytes,
                seconds=took,
                hub_waited=(hub.waited - before[0].waited) / took,
                starts=starts,
            )
        )
        for line in phases[-1].lines():
            print(line, flush=True)


async def measure(hub: RushedHub, size: Size) -> list[Phase]:
    """Return the phases: a rush to few and few at rest, a rush to many and many at rest."""
    people, meter = People(hub), Meter(hub)
    phases: list[Phase] = []
    names = [f"student-{number:04}" for number in range(size.many)]
    small_rush = max(1, size.rush * size.few // size.many)
    pace = size.rush_seconds / size.rush
    try:
        for total, rush, below in ((size.few, small_rush, 0), (size.many, size.rush, size.few)):
            before = names[below : total - rush]
            tell(f"starting {len(before)} servers")
            prepared = await people.prepare(before)
            if prepared.failed:
                raise SystemExit(f"{len(prepared.failed)} servers did not start: {prepared.failed[0]}")
            times = Times()
            tell(f"{rush} users come within {rush * pace:.0f} s")
            with meter.over(f"rush of {rush} to {total} servers", total, times, phases, rush):
                asking = asyncio.create_task(people.ask(names[: total - rush], ASK_EVERY, times))
                await people.rush(names[total - rush : total], rush * pace, times)
                await _end(asking)
            times = Times()
            with meter.over(f"{total} servers at work", total, times, phases):
                asking = asyncio.create_task(people.ask(names[:total], ASK_EVERY, times))
                await asyncio.sleep(size.quiet)
                await _end(asking)
    finally:
        await people.close()
    return phases


async def _end(task: "asyncio.Task[None]") -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


def tell(sentence: str) -> None:
    print(f"  {time.strftime('%H:%M:%S')} {sentence}", file=sys.stderr, flush=True)


def judge(phases: list[Phase]) -> list[str]:
    """Return what was missed, a sentence each."""
    small_rush, few, large_rush, many = phases
    missed = []
    for phase in phases:
        missed += [
            f"{phase.name}: {len(phase.times.failed)} failed, such as {one}" for one in phase.times.failed[:1]
        ]
        for kind, taken in sorted(phase.times.requests.items()):
            if (p95 := percentile(taken, 95)) > AIM_SECONDS:
                missed.append(f"{phase.name}: {kind} took {p95:.2f} s at p95, and may take {AIM_SECONDS} s")
        if phase.times.starts and (longest := max(phase.times.starts)) > READY_SECONDS:
            missed.append(f"{phase.name}: a start took {longest:.0f} s, and may take {READY_SECONDS:.0f} s")
    growth = many.servers / few.servers
    print(f"  growth from {few.servers} to {many.servers} servers, where linear is {growth:g} at most:")
    for what, value in GROWTHS.items():
        pairs = {"at work": (few, many), "rush": (small_rush, large_rush)}
        for when, (small, large) in pairs.items():
            if value(small) <= 0:
                continue
            ratio = value(large) / value(small)
            print(f"    {what}, {when}: {ratio:.1f}")
            if ratio > growth:
                missed.append(f"{what}, {when}: grows {ratio:.1f} times, and may grow {growth:g} times")
    return missed


GROWTHS: dict[str, Callable[[Phase], float]] = {
    "processor time of hub and helpers": lambda phase: phase.hub_share + phase.helpers_share,
    "memory of hub and helpers": lambda phase: phase.hub_megabytes + phase.helpers_megabytes,
}


def main() -> int:
    """Measure, print and judge."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("hubs", nargs="*", choices=[*SIZES, []], help="which of them; both by default")
    parser.add_argument(
        "--postgresql", action="store_true", help="keep the Swarm hub's database in a PostgreSQL"
    )
    parser.add_argument(
        "--tenth", action="store_true", help="a tenth of the servers, to try the bench itself"
    )
    parser.add_argument("--keep-log", type=Path, help="copy the hubs' log to this file")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # else its processes would stay
    missed: list[str] = []
    busy = False
    print(
        f"{os.cpu_count()} processors, {platform.machine()}, Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}"
    )
    for kind in arguments.hubs or SIZES:
        size = SIZES[kind]
        if arguments.tenth:
            size = Size(
                few=max(2, size.few // 10),
                many=size.many // 10,
                rush=size.rush // 10,
                rush_seconds=size.rush_seconds / 10,
                quiet=25,
            )
        with contextlib.ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-hub-")))
            address = ""
            if arguments.postgresql and kind == "swarm":
                from tests.support.postgresql import postgresql_server

                server = stack.enter_context(postgresql_server())
                address = server.address(server.new_database())
            print(f"{kind} hub{', with PostgreSQL' if address else ''}", flush=True)
            hub = stack.enter_context(running(kind, folder, servers=size.many, database=address))
            try:
                phases = asyncio.run(measure(hub, size))
                missed += [f"{kind} hub: {one}" for one in judge(phases)]
                busy = busy or any(phase.hub_waited > BUSY for phase in phases)
            finally:
                if arguments.keep_log:
                    arguments.keep_log.write_bytes(hub.log.read_bytes())
        print(f"  load of the machine {os.getloadavg()[0]:.1f}")
    for sentence in missed:
        print(f"MISSED: {sentence}")
    if missed and busy:
        print(
            "other work kept the hubs from the processors for much of the time: repeat this on a quiet machine before you "
            "believe it"
        )
    print("the aims are met" if not missed else f"{len(missed)} aims are missed")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
