"""Asks Route 53 for the name of a hosted zone of which the state only has the id."""

from collections.abc import Collection
from typing import Any


def looked_up_zone(zone_ids: Collection[str], region: str) -> str | None:
    """Return the name of the only public zone among ``zone_ids``; None when AWS cannot be asked or does not know it.

    It needs ``route53:GetHostedZone``. Whoever may not do that is asked for the name instead, as for any variable.
    """
    ids = set(zone_ids)
    if len(ids) != 1:
        return None
    import boto3
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError

    patience = Config(connect_timeout=5, read_timeout=10, retries={"total_max_attempts": 2})
    try:
        route53: Any = boto3.Session().client("route53", region_name=region, config=patience)
        zone = route53.get_hosted_zone(Id=ids.pop())["HostedZone"]
    except (BotoCoreError, ClientError, ValueError):  # ValueError: an endpoint that is not a URL
        return None
    if zone.get("Config", {}).get("PrivateZone"):
        return None
    return str(zone["Name"]).rstrip(".") or None
