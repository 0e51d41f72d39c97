"""A FUSE file system that answers `statfs` and nothing else, for tests of mounts that hang; no library needed.

`python fuse_server.py <folder>` mounts itself there and serves until it is unmounted or killed; it writes `ready`
when it is mounted. After SIGUSR1 it takes requests and never answers them: whoever asked then hangs where SIGKILL
does not reach. Constants and layouts: include/uapi/linux/fuse.h.
"""

import ctypes
import os
import signal
import struct
import sys

GETATTR, STATFS, INIT, DESTROY, FORGET = 3, 17, 26, 38, 2
HEADER = struct.Struct("<IIQQIIII")
REPLY = struct.Struct("<IiQ")


def mount(folder: str) -> int:
    """Mounts and returns the descriptor on which the kernel asks."""
    device = os.open("/dev/fuse", os.O_RDWR)
    libc = ctypes.CDLL(None, use_errno=True)
    options = f"fd={device},rootmode=40000,user_id={os.getuid()},group_id={os.getgid()}"
    if libc.mount(b"hanging", os.fsencode(folder), b"fuse.hanging", 0, options.encode()) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return device


def answer(opcode: int) -> bytes | None:
    """What to say to a request; None for an error."""
    if opcode == INIT:
        return struct.pack("<IIIIHHIIHHI7I", 7, 31, 65536, 0, 16, 12, 65536, 1, 0, 0, 0, *[0] * 7)
    if opcode == STATFS:
        return struct.pack("<QQQQQIIII6I", 1000, 400, 300, 50, 20, 4096, 255, 4096, 0, *[0] * 6)
    if opcode == GETATTR:
        return struct.pack("<QII", 1, 0, 0) + struct.pack("<QQQQQQIIIIIIIIII", 1, 0, 0, 0, 0, 0, 0, 0, 0, 0o40755, 2,
                                                        0, 0, 0, 4096, 0)
    return None


def serve(device: int, silent: list[bool]) -> None:
    """Answers until the file system is gone."""
    while True:
        try:
            request = os.read(device, 1 << 20)
        except InterruptedError:
            continue
        except OSError:
            return
        _, opcode, unique, *_ = HEADER.unpack_from(request)
        if opcode in (FORGET, DESTROY) or silent:
            continue
        body = answer(opcode)
        # 38 is ENOSYS.
        os.write(device, REPLY.pack(16 + len(body or b""), 0 if body is not None else -38, unique) + (body or b""))


def main() -> None:
    """See above."""
    silent: list[bool] = []
    signal.signal(signal.SIGUSR1, lambda *_: silent.append(True))
    signal.signal(signal.SIGUSR2, lambda *_: silent.clear())
    device = mount(sys.argv[1])
    os.write(1, b"ready\n")
    serve(device, silent)


if __name__ == "__main__":
    main()
