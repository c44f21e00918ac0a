"""The process that holds a Lab which outlives the command that started it: ``python -m hubctl.local_lab.manager SETTINGS``.

`hubctl local-lab up` starts it with its settings as JSON, and `down` ends it. What it does stands in its log.
"""

import json
import os
import signal
import sys
import threading

from hubctl.errors import HubctlError
from hubctl.local_lab.access import LabAccess
from hubctl.local_lab.lab import Lab
from hubctl.local_lab.settings import STATE, LabSettings
from hubctl.local_swarm.host import started
from hubctl.local_swarm.manager import ManagerFiles

FILES = ManagerFiles(state=STATE)


def main(settings: LabSettings) -> int:
    """Start the Lab, hold it until told to end, stop it."""
    FILES.process.write_text(f"{os.getpid()} {started(os.getpid())}", encoding="utf-8")
    FILES.cluster.unlink(missing_ok=True)
    ended = threading.Event()

    def end(*_: object) -> None:
        # While the Lab is being started nothing looks at the event: this ends the start, once.
        if not ended.is_set() and not FILES.cluster.exists():
            ended.set()
            raise KeyboardInterrupt
        ended.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    try:
        with Lab(settings, tell=_say) as lab:
            LabAccess.of(lab).write(FILES.cluster)
            while not ended.wait(1.0):
                lab.aws.check_running()
            FILES.cluster.unlink(missing_ok=True)
            _say("stopping")
    except HubctlError as error:
        _say(f"error: {error.message}\n{error.remedy}")
        return 1
    except KeyboardInterrupt:
        return 0
    finally:
        FILES.cluster.unlink(missing_ok=True)
        FILES.process.unlink(missing_ok=True)
    return 0


def _say(sentence: str) -> None:
    print(sentence, flush=True)


if __name__ == "__main__":
    sys.exit(main(LabSettings(**json.loads(sys.argv[1]))))
