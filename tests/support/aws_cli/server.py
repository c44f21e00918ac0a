"""The preloaded AWS CLI: imports it once and forks for each call, whose process runs the program ``aws`` itself.

Started as ``python server.py SOCKET AWS``; writes ``ready`` to standard output when it listens, and ends when standard
input does. A call's process enters the caller's namespaces and takes on the caller's streams, arguments and environment,
and dies with the caller.
"""

import contextlib
import os
import select
import signal
import socket
import sys
from pathlib import Path
from typing import Any, NoReturn

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from tests.support.aws_cli.call import Call, end, run_program
from tests.support.aws_cli.namespaces import die_with_parent, enter
from tests.support.aws_cli.warm_cli import WarmCli


def main() -> NoReturn:
    path, program = sys.argv[1:]
    cli = WarmCli()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen(128)
        watched: list[Any] = [0, listener, cli.lessons]
        os.write(1, b"ready\n")
        while True:
            ready, _, _ = select.select(watched, [], [])
            bury_children()
            if 0 in ready:
                os._exit(0)  # nothing to tidy up, and much to take apart
            if cli.lessons in ready:
                cli.learn()
            if listener in ready:
                connection, _ = listener.accept()
                if os.fork() == 0:
                    listener.close()
                    answer(connection, cli, program)
                connection.close()


def answer(connection: socket.socket, cli: WarmCli, program: str) -> NoReturn:
    """In a process for one call: start the call's own process, pass signals to it, and return how it ended."""
    die_with_parent()
    call = Call.receive(connection)
    if call is None:
        os._exit(0)
    if not cli.suits(call.variables, Path(f"/proc/self/fd/{call.root}")):
        with contextlib.suppress(OSError):
            connection.sendall(b"real")
        os._exit(0)
    enter(call.root, call.folder, call.namespaces)
    die_with_parent()
    # Another fork, as only a child is in the caller's namespace of processes.
    process = os.fork()
    if process == 0:
        die_with_parent()
        connection.close()
        call.take_on(program, cli.variables())
        code = run_program(program)
        cli.teach()
        end(code)
    status = wait(process, connection)
    with contextlib.suppress(OSError):  # the client may have gone
        connection.sendall(status.to_bytes(4, "big"))
    os._exit(0)


def bury_children() -> None:
    """Wait for those that have ended. What they used counts as used by this process, as with any child."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG) != (0, 0):
            pass


def wait(process: int, connection: socket.socket) -> int:
    """Wait for a process; pass on the signals that the client gets, and kill it when the client dies."""
    handle = os.pidfd_open(process)
    watched: list[Any] = [handle, connection]
    while True:
        ready, _, _ = select.select(watched, [], [])
        if handle in ready:
            return os.waitpid(process, 0)[1]
        try:
            signals = connection.recv(16)
        except ConnectionResetError:
            signals = b""
        for number in signals or [signal.SIGKILL]:
            os.kill(process, number)
        if not signals:
            return os.waitpid(process, 0)[1]


if __name__ == "__main__":
    main()
