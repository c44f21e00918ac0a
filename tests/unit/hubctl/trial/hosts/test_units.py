"""The supervisor with real processes: order, restarts, repeats, an end that leaves nothing."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hubctl.trial.hosts import systemctl, units
from hubctl.trial.hosts.units import Supervisor, Unit, unit_document
from tests.support.waiting import PATIENCE, wait_until

Make = Callable[..., Supervisor]


def shell(script: str) -> list[str]:
    return ["sh", "-c", script]


@pytest.fixture
def lines(tmp_path: Path) -> Callable[[], list[str]]:
    file = tmp_path / "said"
    return lambda: file.read_text().splitlines() if file.exists() else []


@pytest.fixture(autouse=True)
def _hangups_are_heard() -> Iterator[None]:
    """What runs under nohup ignores them, and so would every shell below it; a host's supervisor listens to them."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.fixture
def supervised(tmp_path: Path) -> Iterator[Make]:
    with (tmp_path / "log").open("ab", buffering=0) as log:
        made: list[Supervisor] = []

        def make(*wanted: Unit) -> Supervisor:
            made.append(Supervisor(list(wanted), {"SAID": str(tmp_path / "said")}, log))
            return made[-1]

        yield make
        for supervisor in made:
            supervisor.stop()


def test_units_start_in_order_and_wait_for_those_before(
    supervised: Make, tmp_path: Path, lines: Callable[[], list[str]]
) -> None:
    supervisor = supervised(
        Unit(name="one", kind="oneshot", command=shell("sleep 0.1; echo one >>$SAID")),
        Unit(
            name="two",
            command=shell(f"sleep 0.1; touch {tmp_path}/there; exec sleep 600"),
            ready=f"{tmp_path}/there",
        ),
        Unit(name="three", kind="oneshot", command=shell(f"test -e {tmp_path}/there && echo three >>$SAID")),
    )
    supervisor.start()
    assert lines() == ["one", "three"]
    supervisor.stop()


def test_a_service_that_ends_is_started_again_after_what_goes_before(
    supervised: Make, tmp_path: Path, lines: Callable[[], list[str]]
) -> None:
    supervisor = supervised(
        Unit(
            name="weak",
            before=[shell("echo clean >>$SAID"), ["false"]],
            command=shell("echo run >>$SAID; exit 3"),
        ),
    )
    supervisor.start()
    wait_until(lambda: lines()[:4] == ["clean", "run", "clean", "run"], "a second start")
    supervisor.stop()
    assert "weak ended with 3" in (tmp_path / "log").read_text()


def test_a_step_that_others_need_must_succeed(supervised: Make) -> None:
    with pytest.raises(RuntimeError, match="join failed"):
        supervised(Unit(name="join", kind="oneshot", command=["false"])).start()


def test_a_service_that_never_gets_ready_is_told(supervised: Make, tmp_path: Path) -> None:
    unit = Unit(name="engine", command=["sleep", "600"], ready=f"{tmp_path}/never", start_seconds=0.2)
    supervisor = supervised(unit)
    with pytest.raises(RuntimeError, match="did not appear"):
        supervisor.start()
    supervisor.stop()


def test_repeated_programs_may_fail(supervised: Make, lines: Callable[[], list[str]]) -> None:
    unit = Unit(name="keep", kind="oneshot", command=shell("echo look >>$SAID; exit 1"), every=0.05)
    supervisor = supervised(unit)
    supervisor.start()
    wait_until(lambda: len(lines()) >= 3, "three runs")


def test_a_repeated_program_that_runs_is_ended_too(supervised: Make, lines: Callable[[], list[str]]) -> None:
    script = "test -s $SAID || { echo first >>$SAID; exit; }; echo $$ >>$SAID; exec sleep 600"
    supervisor = supervised(Unit(name="keep", kind="oneshot", command=shell(script), every=0.05))
    supervisor.start()
    wait_until(lambda: len(lines()) == 2, "the second run")
    supervisor.stop()
    assert len(lines()) == 2
    with pytest.raises(ProcessLookupError):
        os.kill(int(lines()[1]), 0)


def test_a_restarted_service_is_another_one_and_ready(supervised: Make, tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    script = f"rm -f {ready}; sleep 0.1; echo $$ >{ready}.new; mv {ready}.new {ready}; exec sleep 600"
    unit = Unit(name="engine", command=shell(script), ready=str(ready), restart_seconds=0.05)
    supervisor = supervised(unit)
    assert supervisor.ask("restart", "engine.service") == (0, "")  # its turn comes
    assert supervisor.ask("is-active", "engine.service") == (3, "")
    supervisor.start()
    assert supervisor.ask("is-active", "engine.service") == (0, "")
    before = ready.read_text()
    ready.unlink()
    assert supervisor.ask("restart", "engine.service") == (0, "")
    assert ready.read_text() != before


def test_a_service_is_told_to_read_its_files(supervised: Make, lines: Callable[[], list[str]]) -> None:
    script = "trap 'echo read >>$SAID' HUP; echo up >>$SAID; while :; do sleep 0.05; done"
    supervisor = supervised(Unit(name="nginx", command=shell(script)))
    assert supervisor.ask("reload-or-restart", "nginx.service") == (0, "")
    supervisor.start()
    wait_until(lambda: lines() == ["up"], "the service runs")
    assert supervisor.ask("reload-or-restart", "nginx.service") == (0, "")
    wait_until(lambda: lines() == ["up", "read"], "the service has heard it")


def test_a_service_that_is_just_being_started_is_told_too(
    supervised: Make, lines: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has read its files already, and is not yet among those that run."""
    known = threading.Event()
    stock = Supervisor._command

    def slow(self: Supervisor, unit: Unit, command: list[str]) -> subprocess.Popen[bytes]:
        process = stock(self, unit, command)
        known.wait(PATIENCE)
        return process

    monkeypatch.setattr(Supervisor, "_command", slow)
    supervisor = supervised(
        Unit(
            name="nginx",
            command=shell("trap 'echo read >>$SAID' HUP; echo up >>$SAID; while :; do sleep 0.05; done"),
        )
    )
    supervisor.start()
    wait_until(lambda: lines() == ["up"], "the service runs")
    asking = threading.Thread(target=supervisor.ask, args=("reload-or-restart", "nginx.service"))
    asking.start()
    asking.join(0.5)  # long enough for one that does not wait
    known.set()
    asking.join()
    wait_until(lambda: lines() == ["up", "read"], "the service has heard it")


def test_a_program_of_a_timer_runs_when_asked_and_only_once_at_a_time(
    supervised: Make, lines: Callable[[], list[str]], tmp_path: Path
) -> None:
    busy = tmp_path / "busy"
    script = f"mkdir {busy} || echo together >>$SAID; echo run >>$SAID; sleep 0.05; rmdir {busy}"
    supervisor = supervised(Unit(name="keep", kind="oneshot", command=shell(script), every=0.01))
    supervisor.start()
    for _ in range(5):
        assert supervisor.ask("start", "keep") == (0, "")
    assert len(lines()) >= 6
    assert "together" not in lines()


def test_what_is_asked_for_and_cannot_be_is_told(supervised: Make) -> None:
    supervisor = supervised(Unit(name="weak", kind="oneshot", command=["false"], every=600))
    supervisor.start()
    assert supervisor.ask("start", "weak") == (1, "start weak failed")
    assert supervisor.ask("start", "other.service") == (5, "there is no unit other.service")
    assert supervisor.ask("is-active", "other.service")[0] == 3
    assert supervisor.ask("mask", "weak") == (1, "mask is not known here")
    assert supervisor.ask("is-failed", "weak") == (1, "")
    assert supervisor.ask("reset-failed", "docker.socket") == (0, "")


def test_a_host_runs_until_it_is_told_to_end(tmp_path: Path) -> None:
    service = shell("echo $$ >$SAID.new; mv $SAID.new $SAID; exec sleep 600")
    document = {
        "units": [unit_document(Unit(name="service", command=service))],
        "environment": {"SAID": str(tmp_path / "said")},
    }
    (tmp_path / "host.json").write_text(json.dumps(document))
    state, said = tmp_path / "state", tmp_path / "said"
    with subprocess.Popen([sys.executable, units.__file__, str(tmp_path / "host.json")]) as process:
        wait_until(lambda: state.exists() and state.read_text() == "ready", "the host's start")
        wait_until(said.exists, "the service's start")
        control = str(tmp_path / "control")
        assert systemctl.main(control, "is-active", "--quiet", "service.service") == 0
        assert systemctl.main(control, "restart", "other.service") == 5
        assert systemctl.main(control, "daemon-reload") == 0
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
    with pytest.raises(ProcessLookupError):
        os.kill(int(said.read_text()), 0)


def test_a_reload_starts_what_is_new_or_changed_and_leaves_the_rest_alone(
    supervised: Make, lines: Callable[[], list[str]]
) -> None:
    def service(name: str, word: str) -> Unit:
        return Unit(name=name, command=shell(f"echo {word} >>$SAID; exec sleep 600"), restart_seconds=0.0)

    kept, changed, left_out = service("kept", "kept"), service("hub", "old"), service("extra", "extra")
    supervisor = supervised(kept, changed, left_out)
    supervisor.start()
    wait_until(lambda: sorted(lines()) == ["extra", "kept", "old"], "all started")
    step = Unit(name="step", kind="oneshot", command=shell("echo step $MORE >>$SAID"))
    said = {**supervisor._environment, "MORE": "more"}
    supervisor.reload([kept, service("hub", "new"), step], said)
    wait_until(lambda: len(lines()) == 5, "the changed one starts again")
    assert sorted(lines()[3:]) == ["new", "step more"]
    supervisor.reload([kept, service("hub", "new"), step], said)
    assert len(lines()) == 5
    assert supervisor._running["extra"].poll() is not None


def test_a_reload_with_a_step_that_fails_is_an_error(supervised: Make) -> None:
    supervisor = supervised()
    supervisor.start()
    with pytest.raises(RuntimeError, match="join failed"):
        supervisor.reload([Unit(name="join", kind="oneshot", command=["false"])], {})
