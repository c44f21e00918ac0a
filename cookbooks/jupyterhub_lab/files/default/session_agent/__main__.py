"""``python -m session_agent``: one run. Exits with 0, 1 when a call to AWS failed, 2 when the settings are wrong."""

import argparse
import logging
import os
import sys
from pathlib import Path

from session_agent.agent import Agent, AgentFiles
from session_agent.aws import InstanceMetadata, MetadataError, ScalingGroup
from session_agent.sessions import BRIDGE_FOLDER, Hub
from session_agent.settings import INSTANCE_FILE, SettingsError, load_settings

RUN_FOLDER = Path("/run/jupyterhub-lab")
TOKEN_FILE = Path("/etc/jupyterhub-lab/agent-token")
CREDENTIAL = "hub-token"  # of the unit, which systemd hands over in a private folder
log = logging.getLogger("session-agent")


def main(arguments: list[str] | None = None) -> int:
    """Run once; return the exit status."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s: %(message)s", stream=sys.stderr)
    logging.getLogger("botocore").setLevel(logging.WARNING)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--settings", type=Path, default=INSTANCE_FILE, help="what the stack wrote")
    parser.add_argument("--run-folder", type=Path, default=RUN_FOLDER, help="memory and drain flag")
    parser.add_argument("--token-file", type=Path, default=_token_file(), help="token of the hub's service")
    parser.add_argument("--hub-url", help="the hub's API; by default on the port of the settings")
    parser.add_argument(
        "--bridge",
        type=Path,
        default=BRIDGE_FOLDER,
        help="ports of the containers' bridge, as the kernel lists them",
    )
    given = parser.parse_args(arguments)
    try:
        settings = load_settings(given.settings)
        token = given.token_file.read_text(encoding="utf-8").strip()
        metadata = InstanceMetadata()
        instance_id = metadata.instance_id()
        group = ScalingGroup(settings, instance_id)
    except SettingsError as error:
        log.error("%s", error)
        return 2
    except OSError as error:
        log.error("the hub's token cannot be read: %s", error)
        return 2
    except MetadataError as error:
        log.error("who this instance is cannot be found out: %s", error)
        return 1
    agent = Agent(
        settings=settings,
        hub=Hub(given.hub_url or f"http://127.0.0.1:{settings.hub_port}/hub/api", token),
        group=group,
        metadata=metadata,
        files=AgentFiles(
            memory=given.run_folder / "session-agent.json",
            drain_flag=given.run_folder / "draining",
            bridge=given.bridge,
        ),
        instance_id=instance_id,
    )
    agent.run()
    return 1 if agent.failures else 0


def _token_file() -> Path:
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    return Path(folder) / CREDENTIAL if folder else TOKEN_FILE


if __name__ == "__main__":
    sys.exit(main())
