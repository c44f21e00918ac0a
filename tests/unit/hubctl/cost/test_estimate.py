import copy
import datetime
import json
import socket
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from hubctl.core.configuration.stack import Stack
from hubctl.core.errors import BadInputError
from hubctl.cost.estimate import FREE, Estimate, estimate
from hubctl.cost.items import Amounts, CostAssumptions
from hubctl.cost.services import PRICE_RULES
from hubctl.prices.files import FOLDER
from hubctl.prices.lookup import price_list, service_price
from stacks.registry import STACK_NAMES

Synth = Callable[..., dict[str, Any]]
HOURS = 730


def made(configuration: Mapping[str, Any], stack: str = "aws-lab", **given: Any) -> Estimate:
    return estimate(Stack(stack, configuration, given), CostAssumptions())


def cost(found: Estimate, what: str) -> Amounts:
    (item,) = [item for item in found.items if what in item.what]
    return item.cost


@pytest.mark.parametrize("profile", ["recommended", "original"])
@pytest.mark.parametrize("stack", STACK_NAMES)
def test_everything_in_the_stacks_is_priced_or_free(
    synth: Synth, stack: str, profile: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    configuration = synth(stack, profile=profile)

    def refuse(*_arguments: Any) -> None:
        raise AssertionError("an estimate needs no network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    found = made(configuration, stack)
    priced = {kind for rule in PRICE_RULES for kind in rule.types}
    assert set(configuration["resource"]) <= priced | set(FREE)
    assert found.unknown == ()
    assert 0 < found.total.smallest < found.total.typical < found.total.largest
    there = {f"{kind}.{name}" for kind, named in configuration["resource"].items() for name in named}
    there |= {f"data.{kind}.{name}" for kind, named in configuration["data"].items() for name in named}
    for item in found.items:
        assert item.resources, item
        assert set(item.resources) <= there, item
        assert item.price > 0, item


def test_nothing_is_both_priced_and_free() -> None:
    priced = {kind for rule in PRICE_RULES for kind in rule.types}
    assert priced & set(FREE) == set()


def test_the_numbers_of_a_lab(synth: Synth) -> None:
    found = made(synth("aws-lab", warm_pool="off"), min_size=2, max_size=6)
    assert (found.instances.smallest, found.instances.typical, found.instances.largest) == (2, 3, 6)
    computed = cost(found, "m6i.xlarge, on demand (lab)")
    assert computed.smallest == pytest.approx(2 * HOURS * 0.192)
    assert computed.typical == pytest.approx(3 * HOURS * 0.192)
    assert computed.largest == pytest.approx(6 * HOURS * 0.192)
    assert cost(found, "public IPv4").smallest == pytest.approx((2 + 2) * HOURS * 0.005)
    assert cost(found, "gp3 disks").largest == pytest.approx(6 * 60 * 0.08)
    assert cost(found, "application load balancer").typical == pytest.approx(HOURS * 0.0225)
    assert cost(found, "capacity units").smallest == 0
    assert cost(found, "Regional, Standard").smallest == pytest.approx(50 * 5 * 0.5 * 0.30)
    assert cost(found, "Regional, Infrequent Access").smallest == pytest.approx(50 * 5 * 0.5 * 0.016)
    assert cost(found, "custom metrics (DiskLimitPercent").typical == pytest.approx(5 * 0.30)
    assert cost(found, "to the Internet").typical == pytest.approx((50 * 3 - 100) * 0.09)
    assert found.total.largest == pytest.approx(sum(item.cost.largest for item in found.items))


def test_of_a_warm_pool_only_the_disks_cost(synth: Synth) -> None:
    pooled = made(synth("aws-lab", warm_pool="stopped"), warm_pool_size=2)
    without = made(synth("aws-lab", warm_pool="off"))
    disks = cost(pooled, "gp3 disks").smallest - cost(without, "gp3 disks").smallest
    assert disks == pytest.approx(2 * 60 * 0.08)
    for what in ("m6i.xlarge, on demand", "public IPv4", "detailed monitoring"):
        assert cost(pooled, what) == cost(without, what)
    # A pool that holds what the group can still grow by: three at the smallest size, none at the largest of four
    growing = made(synth("aws-lab", warm_pool="stopped"), warm_pool_size=4, min_size=1, max_size=4)
    plain = made(synth("aws-lab", warm_pool="off"), min_size=1, max_size=4)
    more = cost(growing, "gp3 disks").smallest - cost(plain, "gp3 disks").smallest
    assert more == pytest.approx(disks * 3 / 2)
    assert cost(growing, "gp3 disks").largest == cost(plain, "gp3 disks").largest


def test_spot_workers_are_priced_apart_from_the_base_on_demand(synth: Synth) -> None:
    configuration = synth("chef-hub", worker_spot="on", worker_instance_types=["m6a.xlarge"])
    found = made(configuration, "chef-hub", worker_min_size=2, worker_max_size=6)
    on_demand, spot = cost(found, "m6i.xlarge, on demand"), cost(found, "m6i.xlarge, spot")
    assert on_demand.largest == pytest.approx(1 * HOURS * 0.192)
    # The cheapest type, at the spot share of its price
    assert spot.smallest == pytest.approx(1 * HOURS * 0.1728 * 0.4)
    assert spot.largest == pytest.approx(5 * HOURS * 0.1728 * 0.4)
    assert any("or m6a.xlarge at 0.1728" in item.what for item in found.items)


def test_the_numbers_of_an_original_chef_hub(synth: Synth) -> None:
    found = made(synth("chef-hub", profile="original"), "chef-hub")
    assert cost(found, "t3.small, spot").largest == pytest.approx(5 * HOURS * 0.0208 * 0.4)
    assert cost(found, "One Zone, Standard").typical == pytest.approx(125 * 0.16)
    assert cost(found, "metrics watched by alarms").typical == pytest.approx(2 * 0.10)
    assert cost(found, "registered addresses").typical == pytest.approx(0.20)
    assert not [item for item in found.items if "elastic throughput" in item.what]


def test_what_is_not_known_is_named(synth: Synth) -> None:
    configuration = copy.deepcopy(synth("aws-lab"))
    configuration["resource"]["aws_fancy_thing"] = {"one": {}, "two": {}}
    found = made(configuration, instance_type="zz9.plural")
    sentences = "\n".join(found.unknown)
    assert "aws_fancy_thing.one, aws_fancy_thing.two: it is not known what aws_fancy_thing costs" in sentences
    assert "aws_autoscaling_group.lab: there is no price of a zz9.plural" in sentences


def test_other_resources_than_the_stacks_have_today(synth: Synth) -> None:
    configuration = copy.deepcopy(synth("aws-lab"))
    configuration["resource"] |= {
        "aws_nat_gateway": {"one": {}},
        "aws_eip": {"nat": {}},
        "aws_secretsmanager_secret": {"login": {}},
        "aws_flow_log": {"vpc": {}},
        "aws_cloudwatch_composite_alarm": {"all": {}},
        "aws_vpc_endpoint": {
            "s3": {"vpc_endpoint_type": "Gateway"},
            "ssm": {"vpc_endpoint_type": "Interface", "subnet_ids": ["a", "b"]},
        },
        "aws_wafv2_web_acl": {"front": {"rule": [{}, {}]}},
    }
    (system,) = configuration["resource"]["aws_efs_file_system"].values()
    system |= {"throughput_mode": "provisioned", "provisioned_throughput_in_mibps": 4, "lifecycle_policy": []}
    found = made(configuration)
    assert cost(found, "NAT gateways").smallest == pytest.approx(HOURS * 0.045)
    assert cost(found, "public IPv4").smallest == pytest.approx((1 + 2 + 1) * HOURS * 0.005)
    assert cost(found, "secrets").smallest == pytest.approx(0.40)
    assert cost(found, "interface endpoints").smallest == pytest.approx(2 * HOURS * 0.01)
    assert cost(found, "flow logs written").largest == pytest.approx(4 * 0.2 * 0.50)
    assert cost(found, "composite alarms").typical == pytest.approx(0.50)
    assert [cost(found, what).typical for what in ("web ACLs", "rules")] == [5.0, 2.0]
    assert cost(found, "provisioned throughput").smallest == pytest.approx(24)
    assert cost(found, "Regional, Standard").smallest == pytest.approx(250 * 0.30)
    assert found.unknown == ()


def test_a_bucket_of_ones_own_is_not_the_stacks(synth: Synth) -> None:
    found = made(synth("chef-hub"), "chef-hub", bootstrap_bucket="mine")
    assert not [item for item in found.items if item.service == "S3"]


def test_prices_of_other_regions(synth: Synth) -> None:
    stack = Stack("aws-lab", synth("aws-lab"), {})
    at_home, away = (estimate(stack, CostAssumptions(), region) for region in (None, "eu-central-1"))
    assert cost(away, "m6i.xlarge").typical == pytest.approx(1.2 * cost(at_home, "m6i.xlarge").typical)
    assert cost(away, "public IPv4") == cost(at_home, "public IPv4")
    unknown = estimate(stack, CostAssumptions(), "af-south-1")
    assert unknown.factor is None
    assert unknown.total == at_home.total


def test_assumptions_can_be_changed(synth: Synth) -> None:
    stack = Stack("aws-lab", synth("aws-lab"), {})
    changed = estimate(stack, CostAssumptions().changed({"users": 100.0, "busy_share": 1.0}))
    assert cost(changed, "Regional, Standard").typical == pytest.approx(100 * 5 * 0.5 * 0.30)
    assert changed.instances.typical == changed.instances.largest


def test_impossible_assumptions_are_refused_all_at_once() -> None:
    with pytest.raises(BadInputError) as caught:
        CostAssumptions().changed({"usres": 1.0, "home_gib": -1.0, "busy_share": 1.5, "hours": float("nan")})
    for mistake in ("no assumption usres", "home_gib = -1", "busy_share = 1.5", "hours = nan"):
        assert mistake in caught.value.message


def test_a_size_that_is_only_known_after_an_apply(synth: Synth) -> None:
    with pytest.raises(BadInputError, match="cannot be priced"):
        made(synth("aws-lab"), max_size="${aws_vpc.lab.id}")


def test_every_price_has_a_source_and_the_list_a_date() -> None:
    assert datetime.date.fromisoformat(price_list().as_of) <= datetime.date(2030, 1, 1)
    for name in json.loads((FOLDER / "services.json").read_text())["prices"]:
        price = service_price(name)
        assert price.amount > 0, name
        assert price.source.startswith("https://aws.amazon.com/"), name
        assert price.unit, name
