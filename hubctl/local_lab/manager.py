"""The process that holds a Lab which outlives the command that started it: ``python -m hubctl.local_lab.manager SETTINGS``.

`hubctl local-lab up` starts it with its settings as JSON, and `down` ends it. What it does stands in its log.
"""

import json
import os
import sys

from hubctl.errors import HubctlError
from hubctl.local_lab.access import LabAccess
from hubctl.local_lab.lab import Lab
from hubctl.local_lab.settings import STATE, LabSettings
from hubctl.local_swarm.host import started
from hubctl.local_swarm.manager import ManagerFiles
from hubctl.stopping import Stopped, stopping_in_order, told_to_stop

FILES = ManagerFiles(state=STATE)


def main(settings: LabSettings) -> int:
    """Start the Lab, hold it until told to end, stop it."""
    FILES.process.write_text(f"{os.getpid()} {started(os.getpid())}", encoding="utf-8")
    FILES.cluster.unlink(missing_ok=True)
    try:
        with stopping_in_order(), Lab(settings, tell=_say) as lab:
            with told_to_stop() as ended:
                LabAccess.of(lab).write(FILES.cluster)
                while not ended.wait(1.0):
                    lab.aws.check_running()
            FILES.cluster.unlink(missing_ok=True)
            _say("stopping")
    except HubctlError as error:
        _say(f"error: {error.message}\n{error.remedy}")
        return 1
    except (KeyboardInterrupt, Stopped):
        return 0
    finally:
        FILES.cluster.unlink(missing_ok=True)
        FILES.process.unlink(missing_ok=True)
    return 0


def _say(sentence: str) -> None:
    print(sentence, flush=True)


if __name__ == "__main__":
    sys.exit(main(LabSettings(**json.loads(sys.argv[1]))))
