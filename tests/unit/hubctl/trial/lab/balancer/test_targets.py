"""Which target a request goes to, by the documentation of Application Load Balancers."""

from hubctl.trial.lab.balancer.description import Redirect, TargetGroup, status_codes
from hubctl.trial.lab.balancer.targets import BOOT_SECONDS, Target, Targets

GROUP = TargetGroup(
    arn="hub",
    health_path="/hub/health",
    health_port="traffic-port",
    interval=15,
    timeout=5,
    healthy_after=2,
    unhealthy_after=3,
    codes=frozenset({200}),
    deregistration_delay=300,
    sticky_seconds=86400,
)


def targets_of(*names: str, speed: float = 10.0) -> Targets:
    targets = Targets(GROUP, speed)
    targets.update({name: (f"198.18.0.{number}", 8000) for number, name in enumerate(names)}, now=0)
    return targets


def healthy(targets: Targets, *names: str) -> None:
    for name in names:
        targets.checked(targets.known[name], None)


def chosen(targets: Targets, cookie: str | None = None) -> Target:
    target = targets.choose(cookie)
    assert target is not None
    return target


def test_a_new_target_needs_one_passed_check_and_a_sick_one_the_threshold() -> None:
    targets = targets_of("i-1")
    target = targets.known["i-1"]
    assert targets.choose(None) is None
    assert targets.checked(target, None)
    assert target.state == "healthy"
    assert [targets.checked(target, "refused") for _ in range(3)] == [False, False, True]
    assert (target.state, target.reason) == ("unhealthy", "refused")
    assert not targets.checked(target, None)
    assert targets.choose(None) is None
    assert targets.checked(target, None)
    assert chosen(targets) is target


def test_a_check_that_fails_once_is_forgiven() -> None:
    targets = targets_of("i-1")
    healthy(targets, "i-1")
    for _ in range(5):
        targets.checked(targets.known["i-1"], "slow")
        targets.checked(targets.known["i-1"], "slow")
        targets.checked(targets.known["i-1"], None)
    assert chosen(targets).state == "healthy"


def test_requests_without_a_cookie_go_round_and_those_with_one_stay() -> None:
    targets = targets_of("i-1", "i-2", "i-3")
    healthy(targets, "i-1", "i-2", "i-3")
    assert {chosen(targets).id for _ in range(3)} == {"i-1", "i-2", "i-3"}
    cookie = targets.cookie(targets.known["i-2"])
    assert {chosen(targets, cookie).id for _ in range(5)} == {"i-2"}
    assert {chosen(targets, "made up").id for _ in range(3)} == {"i-1", "i-2", "i-3"}


def test_a_sick_or_draining_target_gets_no_new_requests_even_by_its_cookie() -> None:
    targets = targets_of("i-1", "i-2")
    healthy(targets, "i-1", "i-2")
    cookie = targets.cookie(targets.known["i-1"])
    for _ in range(3):
        targets.checked(targets.known["i-1"], "dead")
    assert chosen(targets, cookie).id == "i-2"
    healthy(targets, "i-1", "i-1")
    targets.update({"i-2": ("198.18.0.1", 8000)}, now=100)
    assert targets.known["i-1"].state == "draining"
    assert chosen(targets, cookie).id == "i-2"


def test_draining_ends_after_the_delay_in_the_groups_own_time() -> None:
    targets = targets_of("i-1")
    assert targets.update({}, now=100) == []
    assert targets.update({}, now=129.9) == []  # 300 s of AWS are 30 at ten times the speed
    assert [target.id for target in targets.update({}, now=130.1)] == ["i-1"]
    assert targets.known == {}


def test_a_target_that_is_registered_again_starts_anew() -> None:
    targets = targets_of("i-1")
    healthy(targets, "i-1")
    targets.update({}, now=1)
    targets.update({"i-1": ("198.18.0.0", 8000)}, now=2)
    assert targets.known["i-1"].state == "initial"


def test_a_target_that_boots_is_not_reported_and_one_that_died_is() -> None:
    targets = targets_of("i-1", "i-2")
    healthy(targets, "i-2")
    for target in targets.known.values():
        for _ in range(3):
            targets.checked(target, "refused")
    assert [target.id for target in targets.to_report(now=BOOT_SECONDS)] == ["i-2"]
    assert [target.id for target in targets.to_report(now=BOOT_SECONDS + 1)] == ["i-1", "i-2"]


def test_status_codes_are_read_as_the_api_writes_them() -> None:
    assert status_codes("200") == {200}
    assert status_codes("200,302") == {200, 302}
    assert status_codes("200-202,404") == {200, 201, 202, 404}


def test_a_redirect_keeps_what_is_not_given() -> None:
    redirect = Redirect(
        protocol="HTTPS", host="#{host}", port="443", path="/#{path}", query="#{query}", status=301
    )
    asked = {"host": "hub.lab.test", "port": 80, "protocol": "HTTP"}
    assert redirect.location(path="/a/b", query="c=d", **asked) == "https://hub.lab.test/a/b?c=d"
    assert redirect.location(path="/", query="", **asked) == "https://hub.lab.test/"
