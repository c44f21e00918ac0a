"""The process that holds a Lab which outlives the command that started it, and how others reach that Lab.

``python -m hubctl.trial.lab.manager SETTINGS``; `hubctl local-lab up` starts it and `down` ends it. SETTINGS are the fields of
:class:`LocalLabSettings` as JSON.
"""

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from hubctl.core.errors import HubctlError
from hubctl.core.files import write_whole
from hubctl.core.stopping import Stopped, stopping_in_order, told_to_stop
from hubctl.trial.aws.environment import isolated_session
from hubctl.trial.hosts.host import start_ticks
from hubctl.trial.hosts.manager_files import ManagerFiles
from hubctl.trial.lab.lab import Lab
from hubctl.trial.lab.settings import DOMAIN, REGION, STATE, LocalLabSettings

LAB_FILES = ManagerFiles(state=STATE)


@dataclass(frozen=True, kw_only=True)
class LabAccess:
    """Addresses and the test login's password of a Lab that is up; for root's eyes only."""

    url: str
    domain: str
    address: str
    password: str
    endpoint_url: str
    profile: str
    group: str
    speed: float

    @classmethod
    def of(cls, lab: Lab) -> "LabAccess":
        """Return how to reach ``lab``."""
        return cls(
            url=lab.deployed.url,
            domain=DOMAIN,
            address=lab.address,
            password=lab.password,
            endpoint_url=lab.aws.endpoint_url,
            profile=lab.aws.environment()["AWS_CONFIG_FILE"],
            group=lab.deployed.group,
            speed=lab.settings.speed,
        )

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> "LabAccess":
        """Return what :meth:`write` wrote."""
        return cls(**document)

    def write(self, file: Path) -> None:
        """Write it for root alone, whole or not at all."""
        write_whole(file, json.dumps(asdict(self)), mode=0o600)

    def client(self, service: str) -> Any:
        """Return a boto3 client of the Lab's AWS."""
        return isolated_session(self.profile).client(
            service, region_name=REGION, endpoint_url=self.endpoint_url
        )


def main(settings: LocalLabSettings) -> int:
    """Start the Lab, hold it until a signal ends it, stop it."""
    LAB_FILES.process.write_text(f"{os.getpid()} {start_ticks(os.getpid())}", encoding="utf-8")
    LAB_FILES.cluster.unlink(missing_ok=True)
    try:
        with stopping_in_order(), Lab(settings, tell=_say) as lab:
            with told_to_stop() as ended:
                LabAccess.of(lab).write(LAB_FILES.cluster)
                while not ended.wait(1.0):
                    lab.aws.check_running()
            LAB_FILES.cluster.unlink(missing_ok=True)
            _say("stopping")
    except HubctlError as error:
        _say(f"error: {error.message}\n{error.remedy}")
        return 1
    except (KeyboardInterrupt, Stopped):
        return 0
    finally:
        LAB_FILES.cluster.unlink(missing_ok=True)
        LAB_FILES.process.unlink(missing_ok=True)
    return 0


def _say(sentence: str) -> None:
    print(sentence, flush=True)


if __name__ == "__main__":
    sys.exit(main(LocalLabSettings(**json.loads(sys.argv[1]))))
