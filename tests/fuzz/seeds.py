"""Good input for the readers, from which made-up input is bred."""

import json
from collections.abc import Mapping
from typing import Any

from hubctl.core.project_folders import ROOT

SETTINGS: dict[str, Any] = {
    "owner": "lab",
    "region": "eu-west-1",
    "zone_count": 3,
    "availability_zones": ["eu-west-1a", "eu-west-1b", "eu-west-1c"],
    "domain_name": "lab.example.org",
    "hosted_zone": "example.org",
    "hub_login_authenticator": "generic",
    "hub_login_authorize_url": "https://id.example.org/a",
    "hub_login_token_url": "https://id.example.org/t",
    "hub_login_userdata_url": "https://id.example.org/u",
    "hub_login_groups_claim": "https://example.org/roles",
    "hub_login_allowed_groups": ["staff"],
    "backend": {"type": "s3", "bucket": "states", "region": "eu-west-1"},
}
ADOPTION: dict[str, Any] = {
    "version": 1,
    "stack": "aws-lab",
    "source": {"lineage": "l", "serial": 3},
    "settings": {"zone_count": 2, "domain_name": "lab.example.org"},
    "moves": [{"from": "aws_vpc.main", "to": "aws_vpc.lab"}],
    "imports": [{"to": "aws_efs_file_system.homes", "id": "fs-1"}],
    "forget": ["module.a.aws_instance.b"],
    "leave_out": ["aws_cloudwatch_dashboard.operations"],
    "keep": {"aws_lb.lab": {"idle_timeout": 60, "name": None}},
    "ignore": {"aws_launch_template.lab": ["user_data"]},
    "carry": {"aws_iam_role.x": {"name": "x"}},
}
ANSWERS = b"""
[settings]
hosted_zone = "example.org"
[match]
"aws_vpc.lab" = "aws_vpc.main"
[there]
"aws_instance.b" = "forget"
[here]
"aws_lb.lab" = "leave out"
"""
ARRIVALS = (
    b"timestamp,user,duration\n1793610000,ada,5400\n1793610060,bo,5400\n1793610120,cy,1800\n",
    'timestamp;user;duration\r\n2026-11-30T09:00:00Z;"ad;a";1:30:00\r\n2026-11-30 09:01Z;bo;90 min\r\n'.encode(
        "utf-16"
    ),
    b"timestamp\tuser\tduration\n45992,375\tada\t5400,5\n45992,376\tbo\t60\n",
)
TIMETABLE = b"""\
zone: Europe/Berlin
terms: {winter: {first: 2026-10-12, last: 2027-02-05}}
holidays: [2026-11-02, {first: 2026-12-24, last: 2027-01-06}]
classes:
  - {name: A, days: &d [mon, wed], start: 9:00, end: 10:30, users: 100, except: [2026-12-09]}
  - {name: B, days: *d, start: "22:00", end: "25:00", users: 3, spare: 2, terms: [winter]}
  - {name: C, dates: [2027-02-12], start: 14:00, end: 16:00, users: 60, zone: UTC}
"""
CALENDAR = b"""\
BEGIN:VCALENDAR
VERSION:2.0
X-WR-TIMEZONE:Europe/Berlin
BEGIN:VEVENT
UID:1
SUMMARY:Statistics
DTSTART;TZID=Europe/Berlin:20261012T090000
DTEND;TZID=Europe/Berlin:20261012T103000
RRULE:FREQ=WEEKLY;COUNT=4;BYDAY=MO,TU
EXDATE;TZID=Europe/Berlin:20261019T090000
RDATE;TZID=Europe/Berlin:20261014T140000
DESCRIPTION:Room 5\\nusers: 40
END:VEVENT
BEGIN:VEVENT
UID:2
SUMMARY:Exam
DTSTART:20270212T140000
DURATION:PT2H
ATTENDEE;CUTYPE=INDIVIDUAL:mailto:a@example.org
END:VEVENT
END:VCALENDAR
"""
HUB: dict[str, Any] = {
    "max_users": 50,
    "max_cluster_memory_gib": 100,
    "max_disk_percent": 80,
    "notebook_image": "notebook:1",
    "user_memory_gib": 2,
    "login": {
        "authenticator": "generic",
        "authorize_url": "https://id.example.org/a",
        "token_url": "https://id.example.org/t",
        "userdata_url": "https://id.example.org/u",
        "groups_claim": "realm_access.roles",
        "allowed_groups": ["staff"],
        "admin_users": ["ada"],
    },
}
HUB_SETTINGS: dict[str, Any] = {
    "region": "eu-west-1",
    "hub_hostname": "notebooks.example.org",
    "autoscaling_group": "workers",
    "parameter_prefix": "/chef-hub",
    "network": "notebooks",
    "shared_folder": "/srv/shared",
    "users_folder": "/srv/shared/users",
    "state_folder": "/srv/shared/hub",
    "hub": HUB,
}
INSTANCE: dict[str, Any] = {
    "region": "eu-west-1",
    "domain": "lab.example.org",
    "autoscaling_group": "lab",
    "hub_port": 8000,
    "idle_timeout_seconds": 300,
    "user_memory_gib": 1.5,
    "drain_timeout_seconds": 600,
    "session_activity_minutes": 10,
    "lifecycle_hook": "drain",
    "metric": {"namespace": "Lab", "name": "UserSessions"},
    "parameter_prefix": "/lab",
    "homes": {"file_system_id": "fs-0123456789abcdef0", "mount_point": "/srv/homes"},
    "hub": {"user_cpus": 1, "login": HUB["login"]},
}
IMAGE = {
    "notebook_image": "n:1",
    "network": "lab",
    "bridge": "lab0",
    "subnet": "172.20.0.0/16",
    "gateway": "172.20.0.1",
}
ROLLOUT = {
    "id": "1",
    "version": "3",
    "state": "running",
    "started": "2026-11-30T10:00:00Z",
    "deadline": None,
    "capacity": 2,
}
ROLE = (ROOT / "cookbooks/roles/server.json").read_bytes()
WORKER = (ROOT / "cookbooks/roles/worker.json").read_bytes()
METADATA = b"name 'docker'\nversion '1.2.3'\nchef_version '>= 17'\ndepends 'hub_worker', '~> 1.0'\n"
WORDS = b"-var=max_size=3 -var zones=[1] --var-file six.tfvars -out=plan -json -destroy=false boot=120 a=b"
TFVARS = b'\xef\xbb\xbf# sizes\nzones = ["a", "b",]\n/* more */ max_size = 8.0\ntext = <<EOT\nx\nEOT\n'
VARIABLES: Mapping[str, Any] = {
    "zones": {"type": "list(string)", "default": []},
    "max_size": {"type": "number", "default": 4},
    "text": {"type": "string", "default": ""},
}
SHOWN = {
    "format_version": "1.0",
    "terraform_version": "1.11.4",
    "values": {
        "outputs": {"url": {"value": "x", "type": "string", "sensitive": False}},
        "root_module": {
            "resources": [
                {
                    "address": "aws_vpc.main[0]",
                    "mode": "managed",
                    "type": "aws_vpc",
                    "name": "main",
                    "index": 0,
                    "provider_name": "registry.example.test/hashicorp/aws",
                    "schema_version": 1,
                    "values": {"id": "vpc-1", "cidr_block": "10.0.0.0/16", "tags": {"a": "b"}},
                    "sensitive_values": {"tags": {"a": True}},
                    "depends_on": ["aws_eip.a"],
                }
            ],
            "child_modules": [{"address": "module.m", "resources": []}],
        },
    },
}


def dumped(document: Any) -> bytes:
    """Return a document as JSON."""
    return json.dumps(document).encode()


def small(state: bytes) -> bytes:
    """Return a state with a few of its resources, so that an edit meets each part often."""
    document = json.loads(state)
    document["resources"] = document["resources"][::5]
    return dumped(document)
