"""Carries connections from the hosts' bridge to a port on this machine's loopback: the local AWS listens only there."""

import contextlib
import socket
import sys
import threading


def serve(listen: tuple[str, int], target: tuple[str, int]) -> None:
    """Accept connections at ``listen`` and carry each to ``target``, for ever."""
    with socket.create_server(listen) as listener:
        print("ready", flush=True)
        while True:
            near, _ = listener.accept()
            threading.Thread(target=_carry, args=(near, target), daemon=True).start()


def _carry(near: socket.socket, target: tuple[str, int]) -> None:
    try:
        far = socket.create_connection(target, timeout=10)
    except OSError:
        near.close()
        return
    far.settimeout(None)
    back = threading.Thread(target=_pump, args=(far, near), daemon=True)
    back.start()
    _pump(near, far)
    back.join()
    for end in (near, far):
        end.close()


def _pump(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)


if __name__ == "__main__":
    serve((sys.argv[1], int(sys.argv[2])), ("127.0.0.1", int(sys.argv[3])))
