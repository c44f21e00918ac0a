"""The command ``aws`` on a host of the tests: hands its call to the preloaded AWS CLI, and ends as that does.

``preloaded.py`` installs it, with its interpreter and the two paths filled in. All that makes up a process goes along:
arguments, environment, umask, the signals that it ignores, and descriptors of its streams, folders and namespaces.
"""

# Only what is part of the interpreter: the modules socket and signal take longer to import than all else here.
import _signal  # type: ignore[import-not-found]
import _socket
import os
import sys

SOCKET = "@SOCKET@"
REAL = "@REAL@"
NAMESPACES = ("user", "mnt", "net", "uts", "ipc", "pid")
FORWARDED = (_signal.SIGHUP, _signal.SIGINT, _signal.SIGQUIT, _signal.SIGTERM)


def main() -> int:
    umask = os.umask(0)
    os.umask(umask)
    arguments = [os.fsencode(argument) for argument in sys.argv[1:]]
    variables = [name + b"=" + value for name, value in os.environb.items()]
    ignored = bytes(number for number in FORWARDED if _signal.getsignal(number) == _signal.SIG_IGN)
    call = b"\0".join([b"%d" % umask, ignored, b"%d" % len(arguments), *arguments, *variables])
    descriptors = [0, 1, 2, *(os.open(path, os.O_PATH) for path in ("/", "."))]
    descriptors += [os.open(f"/proc/self/ns/{name}", os.O_RDONLY) for name in NAMESPACES]

    server = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    server.connect(SOCKET)
    passed = b"".join(descriptor.to_bytes(4, sys.byteorder) for descriptor in descriptors)
    length = len(call).to_bytes(4, "big")
    server.sendmsg([length], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, passed)])
    server.sendall(call)
    for number in FORWARDED:
        if _signal.getsignal(number) != _signal.SIG_IGN:
            _signal.signal(number, lambda caught, _: server.send(bytes([caught])))
    answer = server.recv(4)
    if answer == b"real":  # this environment would make the CLI another one when it is imported
        os.execv(REAL, [REAL, *sys.argv[1:]])  # noqa: S606 - as any shell would
    if not answer:
        print("aws: the preloaded AWS CLI has failed", file=sys.stderr)
        return 70
    return end_as(int.from_bytes(answer, "big"))


def end_as(status: int) -> int:
    """End by the signal that ended the call, or return its exit code."""
    if os.WIFSIGNALED(status):
        if os.WTERMSIG(status) != _signal.SIGKILL:
            _signal.signal(os.WTERMSIG(status), _signal.SIG_DFL)
        os.kill(os.getpid(), os.WTERMSIG(status))
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(main())
