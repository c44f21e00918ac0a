"""The child process that serves the APIs; started by :class:`hubctl.trial.aws.server.LocalAws` only.

It binds to loopback, reports as one JSON line on standard output its port and, where groups scale, when its clock began,
and leaves when its parent is gone: standard input reaches its end when the parent dies, even by SIGKILL, and the parent's
id is checked too because another child of the parent could have inherited the pipe.
"""

import argparse
import gc
import json
import logging
import os
import select
import signal
import socket
import sys
import threading
from typing import Any

LOOPBACK = "127.0.0.1"
PARENT_CHECK_SECONDS = 1.0


def leave_with_parent(parent_id: int) -> None:
    """Block until the parent is gone, then end this process at once."""
    while os.getppid() == parent_id:
        readable, _, _ = select.select([sys.stdin], [], [], PARENT_CHECK_SECONDS)
        if readable and not os.read(sys.stdin.fileno(), 1024):
            break
    os._exit(0)


def serve(port: int, scaling_speed: float = 0.0, without_zones: tuple[str, ...] = ()) -> None:
    """Serve moto with the extensions on loopback until the process is ended.

    Args:
        port: TCP port, 0 for any free one.
        scaling_speed: How fast auto scaling's clock runs; 0 leaves alarms, policies and hooks at rest.
        without_zones: Availability zones that this AWS lacks.

    Raises:
        OSError: The port cannot be bound.

    """
    # First, because werkzeug ends the process with its own message when a port is taken.
    listener = socket.create_server((LOOPBACK, port))
    port = listener.getsockname()[1]
    # The imports make hundreds of thousands of objects that stay: looking for garbage among them takes a quarter of the start.
    gc.disable()
    # Imported late: the watch on the parent must stand before the slow imports begin.
    from hubctl.core.aws import share_models_everywhere

    share_models_everywhere()  # before moto, which asks EC2's model for AWS's regions time and again
    from moto.moto_server.werkzeug_app import (
        DomainDispatcherApplication,
        MotoRequestHandler,
        create_backend_app,
    )
    from werkzeug.serving import make_server

    from hubctl.trial.aws.answers import AnsweredOnce, in_turn
    from hubctl.trial.aws.extensions import register_extensions
    from hubctl.trial.aws.extensions.unserved import refusing_unserved, unserved_application
    from hubctl.trial.aws.troubles import CONNECTION_DROPPED

    class RequestHandler(MotoRequestHandler):
        def connection_dropped(self, error: BaseException, environ: dict[str, Any] | None = None) -> None:
            logging.info("%s %s: %s", CONNECTION_DROPPED, (environ or {}).get("PATH_INFO"), error)

    def create_app(service: Any) -> Any:
        if not service:
            return unserved_application
        return in_turn(service, refusing_unserved(service, create_backend_app(service)))

    register_extensions()
    if without_zones:
        from hubctl.trial.aws.seed import remove_zones

        remove_zones(without_zones)
    began = None
    if scaling_speed:
        from hubctl.trial.aws.extensions.backup import set_backup_speed
        from hubctl.trial.aws.scaling.requests import start_scaling

        began = start_scaling(scaling_speed).clock.start
        set_backup_speed(scaling_speed)
    application = AnsweredOnce(DomainDispatcherApplication(create_app))
    server = make_server(
        LOOPBACK,
        port,
        application,
        threaded=True,
        request_handler=RequestHandler,
        fd=listener.fileno(),
    )
    # moto posts to itself in places (SNS to HTTP subscribers, for one) and asks this variable for the port.
    os.environ["MOTO_PORT"] = str(port)
    gc.freeze()
    gc.enable()
    print(json.dumps({"port": port, "clock": began}), flush=True)
    server.serve_forever()


def main() -> None:
    """Parse the arguments that LocalAws gives, and serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("--scaling-speed", type=float, default=0.0)
    parser.add_argument("--without-zone", action="append", default=[])
    arguments = parser.parse_args()
    # The parent stops this process through the pipe; a Ctrl-C of the terminal reaches both and is the
    # parent's to handle, so that a command run against this server can still clean up.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    logging.getLogger("botocore").setLevel(logging.WARNING)
    threading.Thread(target=leave_with_parent, args=(arguments.parent,), daemon=True).start()
    try:
        serve(arguments.port, arguments.scaling_speed, tuple(arguments.without_zone))
    except OSError as error:
        sys.exit(f"cannot listen on {LOOPBACK}:{arguments.port}: {error.strerror}")


if __name__ == "__main__":
    main()
