"""The hub's VPC with its subnets and routes, and the hub's public name."""

from typing import Any

Configuration = dict[str, Any]


def test_one_vpc_in_a_private_range_with_two_zones(hub: Configuration, hub_resources: Configuration) -> None:
    assert hub["variable"]["vpc_cidr"]["default"] == "10.30.0.0/16"
    vpc = hub_resources["aws_vpc.infra-vpc"]
    assert (vpc["cidr_block"], vpc["enable_dns_hostnames"], vpc["enable_dns_support"]) == (
        "${var.vpc_cidr}",
        True,
        True,
    )
    zones = []
    for index, name in enumerate(("default_subnet", "default_subnet_2")):
        subnet = hub_resources[f"aws_subnet.{name}"]
        assert subnet["cidr_block"] == f"${{cidrsubnet(var.vpc_cidr, 2, {index})}}"
        assert subnet["map_public_ip_on_launch"] is False
        zones.append(subnet["availability_zone"])
    assert zones == ["${var.default_availability_zone}", "${var.secondary_availability_zone}"]


def test_the_main_routes_lead_to_the_internet(hub_resources: Configuration) -> None:
    (route,) = hub_resources["aws_route_table.main"]["route"]
    assert route["cidr_block"] == "0.0.0.0/0"
    assert route["gateway_id"] == "${aws_internet_gateway.core-igw.id}"
    main = hub_resources["aws_main_route_table_association.asc-main-vpc"]
    assert main["route_table_id"] == "${aws_route_table.main.id}"


def test_the_hub_has_a_public_name(hub_resources: Configuration) -> None:
    record = hub_resources["aws_route53_record.maphub_nb_cname_record"]
    assert record["name"] == "notebooks.${var.target_domain}"
    assert record["records"] == ["${aws_eip.hub-leader.public_ip}"]


def test_users_domains_lead_to_the_hub(hub_resources: Configuration) -> None:
    record, hub = (
        hub_resources[f"aws_route53_record.{name}"] for name in ("hub_users", "maphub_nb_cname_record")
    )
    assert record["name"] == "*.notebooks.${var.target_domain}"
    assert (record["type"], record["records"]) == ("A", hub["records"])
    assert "count" not in record  # whatever is switched off: servers that run keep their names
