"""One call of the AWS CLI: received from a client, and run as if its process were that of the client."""

import atexit
import os
import runpy
import signal
import socket
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn, Self

# What Python starts with where a signal is not ignored. The server may ignore some: a shell starts what is to run in the
# background so, and all that it starts inherits it.
STARTED_WITH = {
    signal.SIGHUP: signal.SIG_DFL,
    signal.SIGINT: signal.default_int_handler,
    signal.SIGQUIT: signal.SIG_DFL,
    signal.SIGTERM: signal.SIG_DFL,
}


@dataclass(frozen=True, kw_only=True)
class Call:
    """What makes up the client's process.

    Root, folder and namespaces are descriptors, as the streams are; ``ignored`` holds numbers of signals.
    """

    umask: int
    ignored: bytes
    arguments: list[str]
    variables: dict[bytes, bytes]
    streams: list[int]
    root: int
    folder: int
    namespaces: list[int]

    @classmethod
    def receive(cls, connection: socket.socket) -> Self | None:
        """Read a call; None when the client has gone before it was complete."""
        header, descriptors, _, _ = socket.recv_fds(connection, 4, 32)
        missing = int.from_bytes(header, "big")
        parts = []
        while missing > 0 and (part := connection.recv(missing)):
            parts.append(part)
            missing -= len(part)
        if len(header) < 4 or missing > 0:
            return None
        umask, ignored, count, *words = b"".join(parts).split(b"\0")
        arguments, variables = words[: int(count)], words[int(count) :]
        return cls(
            umask=int(umask),
            ignored=ignored,
            arguments=[os.fsdecode(argument) for argument in arguments],
            variables={name: value for name, _, value in (entry.partition(b"=") for entry in variables)},
            streams=descriptors[:3],
            root=descriptors[3],
            folder=descriptors[4],
            namespaces=descriptors[5:],
        )

    def take_on(self, program: str, variables: Mapping[str, str]) -> None:
        """Give this process the client's streams, arguments, environment (and ``variables``), umask and signals."""
        for number, stream in enumerate(self.streams):
            os.dup2(stream, number)
        for descriptor in (*self.streams, self.root, self.folder, *self.namespaces):
            os.close(descriptor)
        sys.stdin = _stream(0, "<stdin>", "r", sys.stdin)
        sys.stdout = _stream(1, "<stdout>", "w", sys.stdout)
        sys.stderr = _stream(2, "<stderr>", "w", sys.stderr)
        os.environb.clear()
        os.environb.update(self.variables)
        os.environ.update(variables)
        os.umask(self.umask)
        for number, handler in STARTED_WITH.items():
            signal.signal(number, signal.SIG_IGN if number in self.ignored else handler)
        sys.argv = [program, *self.arguments]


def _stream(number: int, name: str, mode: str, like: Any) -> Any:
    """Open a standard stream as the interpreter does at its start."""
    buffering = 1 if name == "<stderr>" else -1
    stream: Any = open(number, mode, buffering, encoding=like.encoding, errors=like.errors, closefd=False)  # noqa: SIM115
    stream.buffer.raw.name = name  # for messages
    return stream


def run_program(program: str) -> int:
    """Run a Python program as ``__main__``; return the exit code that the interpreter would end with."""
    try:
        runpy.run_path(program, run_name="__main__")
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return (end.code or 0) & 0xFF
        print(end.code, file=sys.stderr)
        return 1
    except BaseException:
        sys.excepthook(*sys.exc_info())
        return 1
    return 0


def end(code: int) -> NoReturn:
    """End as the interpreter does, but do not take apart all that was imported: that costs more than many calls."""
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join()
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError as problem:
            code = 120
            if stream is sys.stdout:
                print(
                    f"Exception ignored in: {stream!r}\n{type(problem).__name__}: {problem}", file=sys.stderr
                )
    os._exit(code)
