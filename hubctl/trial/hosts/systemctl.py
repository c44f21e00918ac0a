"""Stands in for ``systemctl`` on a host, whose units units.py runs: ``python systemctl.py SOCKET VERB [UNIT...]``.

Only what the cookbooks' and the nodes' programs ask for is known. Needs nothing but the standard library.
"""

import json
import socket
import sys

# Nothing here reads unit files or has jobs, so there is nothing to do or to tell.
_NOTHING_TO_DO = ("daemon-reload", "list-jobs")


def main(path: str, *arguments: str) -> int:
    """Ask the host's supervisor; return the exit code."""
    verb, *names = [word for word in arguments if not word.startswith("-")]
    if verb in _NOTHING_TO_DO:
        return 0
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(path)
        with connection.makefile("rw", encoding="utf-8") as stream:
            stream.write(json.dumps([verb, *names]) + "\n")
            stream.flush()
            code, said = json.loads(stream.readline())
    if said:
        print(said, file=sys.stderr)
    return int(code)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
