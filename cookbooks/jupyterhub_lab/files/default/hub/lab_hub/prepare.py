"""``python -m lab_hub.prepare``: make ready what proxy and hub read, at every boot. Run by jupyterhub-lab-prepare.service.

Ends with 2 when the settings are wrong and with 1 when AWS or Docker failed; all it says goes to the journal.
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import boto3
from botocore.config import Config

from hub_common.database import PARAMETER, SQLITE_NAME
from hub_common.postgresql import DatabaseError, read_address, rehearse
from hub_common.settings import DATABASE_URL, PROXY_TOKEN, SettingsError
from lab_hub.containers import NetworkError, connect, make_network
from lab_hub.schemas import schema_of
from lab_hub.settings import (
    AGENT_TOKEN_FILE,
    DATABASE_SCHEMA,
    LIVE_NAMES,
    RUN_FOLDER,
    STATE_FOLDER,
    LabSettings,
    MachineImage,
    image_file,
    instance_file,
    load_image,
    load_settings,
)
from lab_hub.stored_secrets import (
    ParameterError,
    agent_token,
    environment_text,
    optional_parameter,
    own_secrets,
    parameter_names,
    parse_environment,
    read_parameters,
    write_private,
)
from session_agent.aws import InstanceMetadata, MetadataError

log = logging.getLogger("lab_hub.prepare")

# The recipe makes it of the cookbook nfs_client's template, with this word in place of the file system's name.
TUNNEL_TEMPLATE = Path("/usr/local/lib/jupyterhub-lab/efs.conf.in")
FILE_SYSTEM_NAME = "@FILE_SYSTEM_NAME@"
# The balancer must be the one who closes idle connections: else it sends a request into one that the proxy just closed,
# and the user sees a 502. https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html
LONGER_THAN_THE_BALANCER = 60


def main() -> int:
    """Prepare the instance; return the exit status."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s: %(message)s", stream=sys.stderr)
    logging.getLogger("botocore").setLevel(logging.WARNING)
    try:
        # First of all: without it the session agent does not start, which lets go of an instance that fails below.
        agent_token(AGENT_TOKEN_FILE)
        settings, image = load_settings(instance_file()), load_image(image_file())
        prepare(settings, image)
    except SettingsError as error:
        log.error("%s", error)
        return 2
    except (ParameterError, NetworkError, DatabaseError, MetadataError, OSError) as error:
        log.error("%s", error)
        return 1
    log.info("prepared for https://%s/ (login: %s)", settings.domain, settings.hub.login.authenticator)
    return 0


def prepare(
    settings: LabSettings,
    image: MachineImage,
    *,
    state_folder: Path = STATE_FOLDER,
    run_folder: Path = RUN_FOLDER,
    agent_token_file: Path = AGENT_TOKEN_FILE,
    tunnel_template: Path = TUNNEL_TEMPLATE,
) -> None:
    """Write all files, and make the containers' network."""
    for folder in (state_folder, run_folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    secrets = own_secrets(state_folder / "secrets.json")
    agent_token(agent_token_file)
    write_private(
        run_folder / "proxy.env", environment_text(proxy_variables(settings, image, secrets[PROXY_TOKEN]))
    )
    write_tunnel(settings, tunnel_template, run_folder / "efs.conf")
    make_network(connect(), image)
    names = parameter_names(settings.hub.login, settings.parameter_prefix)
    login = read_parameters(names, lambda: _ssm(settings.region))
    database = database_variables(settings, run_folder / "hub.env", state_folder / SQLITE_NAME)
    write_private(run_folder / "hub.env", environment_text({**secrets, **login, **database}))


def database_variables(settings: LabSettings, hub_env: Path, sqlite_file: Path) -> dict[str, str]:
    """Return what the hub is told of a PostgreSQL, once it was seen that the hub can use it; nothing without one."""
    name = f"{settings.parameter_prefix}/{PARAMETER}"
    written = parse_environment(hub_env.read_text(encoding="utf-8")) if hub_env.exists() else {}
    in_use = LIVE_NAMES.value(written, DATABASE_URL)
    url = optional_parameter(name, lambda: _ssm(settings.region))
    if not url:
        if in_use:
            raise ParameterError(
                f"the SSM parameter {name} does not exist any more, but is in use: put it back, or first delete {hub_env}"
            )
        return {}
    schema = schema_of(InstanceMetadata().instance_id())
    # What is in use is tried no more: its server may be away for a while.
    if url != in_use:
        found = rehearse(read_address(url, parameter=name, schema=schema), sqlite_file)
        log.info("the hub's database is in the schema %s of %s: %s", schema, name, found)
    return {LIVE_NAMES.variable(DATABASE_URL): url, DATABASE_SCHEMA: schema}


def proxy_variables(settings: LabSettings, image: MachineImage, token: str) -> dict[str, str]:
    """Return what the proxy's unit wants to know; times are in milliseconds."""
    keep_alive = (settings.idle_timeout_seconds + LONGER_THAN_THE_BALANCER) * 1000
    return {
        PROXY_TOKEN: token,
        "PROXY_PORT": str(settings.hub_port),
        "PROXY_KEEP_ALIVE": str(keep_alive),
        "HUB_URL": image.hub_url,
    }


def write_tunnel(settings: LabSettings, template: Path, file: Path) -> None:
    """Write the tunnel's configuration; without a shared file system there is none, and neither tunnel nor mount."""
    if settings.homes.file_system_id is None:
        file.unlink(missing_ok=True)
        return
    name = f"{settings.homes.file_system_id}.efs.{settings.region}.{dns_suffix(settings.region)}"
    write_private(file, template.read_text(encoding="utf-8").replace(FILE_SYSTEM_NAME, name))


def dns_suffix(region: str) -> str:
    """Return how the names of AWS's hosts end in a region.

    Those of China and of the European Sovereign Cloud end otherwise, those of GovCloud do not.
    https://docs.amazonaws.cn/en_us/aws/latest/userguide/endpoints-arns.html
    """
    if region.startswith("cn-"):
        return "amazonaws.com.cn"
    return "amazonaws.eu" if region.startswith("eusc-") else "amazonaws.com"


def _ssm(region: str) -> object:
    config = Config(connect_timeout=5, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 3})
    return boto3.session.Session(region_name=region).client("ssm", config=config)


if __name__ == "__main__":
    sys.exit(main())
