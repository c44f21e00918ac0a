"""What surrounds the network: names, certificates, files, scaling, and the services that nodes use by their roles."""

from collections.abc import Iterator, Sequence

from hubctl.diagram.kinds import SERVICE_ICONS, ServiceIcon, service_of, without_rule
from hubctl.diagram.machines import NetworkPlace, readiness_lines, scaling_lines
from hubctl.diagram.model import Arrow, Configuration, PictureNode, Resource

NAMES_A_LINE = 2


def names_and_certificates(
    configuration: Configuration, region: str
) -> tuple[list[PictureNode], list[Arrow]]:
    """Return hosted zones and certificates, with arrows from a zone to what its records point to."""
    nodes, arrows = [], []
    for zone, name in configuration.zones.items():
        records = [record for record in configuration.all("aws_route53_record") if zone in str(record.raw)]
        nodes.append(
            PictureNode(name=zone, icon="network.Route53", lines=("Route 53", f"zone {name}"), cluster=None)
        )
        for record in records:
            name = str(record.values.get("name"))
            for target in record.refers("alias", "records"):
                if "certificate" not in target:
                    arrows.append(Arrow(source=zone, target=target, lines=(name,), quiet=True))
    for certificate in configuration.all("aws_acm_certificate"):
        nodes.append(
            PictureNode(
                name=certificate.address,
                icon="security.CertificateManager",
                lines=("ACM certificate", str(certificate.values.get("domain_name"))),
                cluster=region,
            )
        )
        for listener in configuration.all("aws_lb_listener"):
            if _certificate(configuration, listener) == certificate.address:
                arrows += [
                    Arrow(
                        source=certificate.address,
                        target=balancer,
                        lines=("certificate",),
                        quiet=True,
                        supports=True,
                    )
                    for balancer in listener.refers("load_balancer_arn")
                ]
    return nodes, list(dict.fromkeys(arrows))


def _certificate(configuration: Configuration, listener: Resource) -> str | None:
    for address in listener.refers("certificate_arn"):
        if address.startswith("aws_acm_certificate."):
            return address
        if address in configuration.resources:  # the wait for its validation
            return next(iter(configuration.resources[address].refers("certificate_arn")), None)
    return None


def files(configuration: Configuration, region: str) -> tuple[list[PictureNode], list[Arrow]]:
    """Return the file systems, with arrows from their mount targets."""
    nodes = [
        PictureNode(
            name=system.address,
            icon="storage.ElasticFileSystemEFS",
            lines=("EFS", str(system.values.get("creation_token", system.name))),
            cluster=region,
        )
        for system in configuration.all("aws_efs_file_system")
    ]
    arrows = [
        Arrow(source=target.address, target=system, lines=(), quiet=True)
        for target in configuration.all("aws_efs_mount_target")
        for system in target.refers("file_system_id")
    ]
    return nodes, arrows


def scaling(
    configuration: Configuration, places: Sequence[NetworkPlace], region: str, vpc: str | None
) -> tuple[list[PictureNode], list[Arrow]]:
    """Return the auto scaling groups and what CloudWatch does to them, or whom it notifies."""
    nodes, arrows = [], []
    for group in configuration.all("aws_autoscaling_group"):
        sizes = f"{group.values.get('min_size')} to {group.values.get('max_size')} instances"
        lines = (
            "Auto scaling group",
            sizes,
            *readiness_lines(configuration, group),
            *scaling_lines(configuration, group),
        )
        nodes.append(PictureNode(name=group.address, icon="compute.EC2AutoScaling", lines=lines, cluster=vpc))
        arrows += [
            Arrow(source=group.address, target=place.node.name, lines=(), quiet=True)
            for place in places
            if place.scaled_by == group.address
        ]
    alarms = list(configuration.all("aws_cloudwatch_metric_alarm"))
    dashboards = list(configuration.all("aws_cloudwatch_dashboard"))
    if alarms or dashboards:
        counts = [_count(len(alarms), "alarm"), _count(len(dashboards), "dashboard")]
        watch = PictureNode(
            name="cloudwatch",
            icon="management.Cloudwatch",
            lines=("CloudWatch", ", ".join(filter(None, counts))),
            cluster=region,
        )
        nodes.append(watch)
        arrows += _alarmed(configuration, alarms)
    for topic in configuration.all("aws_sns_topic"):
        icon = "integration.SimpleNotificationServiceSnsTopic"
        nodes.append(
            PictureNode(name=topic.address, icon=icon, lines=("SNS topic", topic.name), cluster=region)
        )
    return nodes, arrows


def _alarmed(configuration: Configuration, alarms: Sequence[Resource]) -> Iterator[Arrow]:
    notified = list(dict.fromkeys(address for alarm in alarms for address in alarm.refers("alarm_actions")))
    groups = [
        group
        for address in notified
        if address.startswith("aws_autoscaling_policy.") and address in configuration.resources
        for group in configuration.resources[address].refers("autoscaling_group_name")
    ]
    for group in dict.fromkeys(groups):
        yield Arrow(source="cloudwatch", target=group, lines=("scales",), quiet=True, supports=True)
    for topic in notified:
        if topic.startswith("aws_sns_topic."):
            yield Arrow(source="cloudwatch", target=topic, lines=("notifies",), quiet=True)


def services(configuration: Configuration, places: Sequence[NetworkPlace], cluster: str) -> list[PictureNode]:
    """Return an icon a service of the region that the stack has something in, and one a type without a rule."""
    nodes = []
    for service in SERVICE_ICONS:
        found = [
            resource for resource in configuration.resources.values() if service_of(resource.kind) is service
        ]
        made = [resource for resource in found if configuration.makes(resource)]
        if made:
            lines = (service.title, *_what(service, made), *_used_by(configuration, service, places))
            nodes.append(PictureNode(name=service.name, icon=service.icon, lines=lines, cluster=cluster))
    plain = sorted(
        {resource.kind for resource in configuration.resources.values() if without_rule(resource.kind)}
    )
    nodes += [
        PictureNode(name=kind, icon="general.General", lines=(kind,), cluster=cluster) for kind in plain
    ]
    return nodes


def _what(service: ServiceIcon, made: Sequence[Resource]) -> tuple[str, ...]:
    if service.named is None:
        singular = service.plural.removesuffix("s") if service.plural.endswith("s") else service.plural
        return (service.plural if not service.plural.endswith("s") else _count(len(made), singular),)
    names = [str(resource.values.get(service.named, resource.name)) for resource in made]
    return tuple(", ".join(names[i : i + NAMES_A_LINE]) for i in range(0, len(names), NAMES_A_LINE))


def _used_by(
    configuration: Configuration, service: ServiceIcon, places: Sequence[NetworkPlace]
) -> tuple[str, ...]:
    """Return who may use a service by the policies of their roles; nothing when all of them may."""
    machines = {place.node.lines[0]: place.role for place in places if place.role}
    users = [
        name
        for name, role in machines.items()
        if any(action in _policies(configuration, str(role)) for action in service.actions)
    ]
    if not users or len(users) == len(machines):
        return ()
    return ("for " + users[0], *users[1:])


def _policies(configuration: Configuration, role: str) -> str:
    return " ".join(
        str(policy.raw.get("policy"))
        for policy in configuration.all("aws_iam_role_policy")
        if role in policy.refers("role")
    )


def _count(number: int, singular: str) -> str:
    return f"{number} {singular}{'' if number == 1 else 's'}" if number else ""
