"""Route 53: a record that was deleted can be created again, as the next deployment of a destroyed stack does.

moto remembers every change, and takes a change that it remembers for a record that is there.
"""

from typing import Any

from moto.route53.models import Route53Backend

from hubctl.local_aws.extensions.patching import wrap


@wrap(Route53Backend)
def change_resource_record_sets(
    original: Any, self: Route53Backend, zoneid: str, change_list: list[dict[str, Any]]
) -> None:
    """Change records; forget first what was created and is no longer there."""
    zone = self.get_hosted_zone(zoneid)
    there = {(record.name.rstrip("."), record.type) for record in zone.rrsets}
    zone.rr_changes[:] = [
        change
        for change in zone.rr_changes
        if change["Action"] != "CREATE"
        or (change["ResourceRecordSet"]["Name"].rstrip("."), change["ResourceRecordSet"]["Type"]) in there
    ]
    original(self, zoneid, change_list)
