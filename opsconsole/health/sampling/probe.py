"""A tiny program that asks what may hang: file systems and sensors. It is started, and killed, by `prober`.

It is run as a script by a bare interpreter and imports nothing that takes time. It reads requests from
standard input, a line each, answers each with one line on standard output, and ends when its input ends. Its first
line is `ready`; then:

    m <path as hex>         → <block size> <blocks> <free> <available> <inodes> <free inodes>
    s <folder of /sys, hex> → <kind>:<chip, hex>:<label, hex>:<value>:<high>:<critical>:<charging> …

or `! <errno>`. Numbers of sensors are as the kernel writes them; `-` stands for none. A request that takes
longer than `LIFE` seconds ends the program by SIGALRM, so that it does not outlive its parent on a mount that hangs.
"""

import _signal  # type: ignore[import-not-found]  # `signal` itself takes 4 ms and 1 MiB more
import os

LIFE = 10
MOST_SENSORS = 200


def read(path: str) -> str:
    """The first line of a small file; empty where there is none."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return ""
    try:
        return os.read(descriptor, 4096).split(b"\n")[0].strip().decode("utf-8", "surrogateescape")
    except OSError:
        return ""
    finally:
        os.close(descriptor)


def names(folder: str) -> list[str]:
    """What is in a folder, sorted as a person would: `temp2` before `temp10`; empty where there is none."""
    try:
        return sorted(os.listdir(folder), key=lambda name: (len(name), name))
    except OSError:
        return []


def hexed(text: str) -> str:
    """Text as hex digits; `-` for none."""
    return text.encode("utf-8", "surrogateescape").hex() or "-"


def line(kind: str, chip: str, label: str, value: str, high: str = "", critical: str = "", charging: str = "") -> str:
    """One sensor in the form of the answer; empty where it gives no number."""
    numbers = [number if number.lstrip("-").isdigit() else "-" for number in (value, high, critical)]
    return ":".join([kind, hexed(chip), hexed(label), *numbers, charging or "-"]) if numbers[0] != "-" else ""


def hwmon(root: str) -> list[str]:
    """Temperatures and fans."""
    found = []
    for chip in names(root + "/class/hwmon"):
        folder = f"{root}/class/hwmon/{chip}/"
        title = read(folder + "name") or chip
        for name in names(folder):
            if not name.endswith("_input") or not name.startswith(("temp", "fan")):
                continue
            base = folder + name[:-6]
            if read(base + "_fault") == "1":
                continue
            limits = (read(base + "_max"), read(base + "_crit")) if name[0] == "t" else ("", "")
            found.append(line(name[0], title, read(base + "_label") or name[:-6], read(folder + name), *limits))
    return found


def thermal(root: str) -> list[str]:
    """Temperatures of a machine whose only sensors are thermal zones."""
    zones = [f"{root}/class/thermal/{name}/" for name in names(root + "/class/thermal") if name[:12] == "thermal_zone"]
    return [line("t", read(zone + "type"), "", read(zone + "temp")) for zone in zones]


def batteries(root: str) -> list[str]:
    """Charge of the machine's own batteries, not of a mouse."""
    found = []
    for name in names(root + "/class/power_supply"):
        folder = f"{root}/class/power_supply/{name}/"
        if read(folder + "type") == "Battery" and read(folder + "scope") != "Device":
            status = read(folder + "status")
            charging = {"Charging": "1", "Full": "1", "Not charging": "1", "Discharging": "0"}.get(status, "")
            found.append(line("b", name, "", read(folder + "capacity"), charging=charging))
    return found


def sensors(root: str) -> str:
    """All sensors below a folder such as /sys."""
    found = hwmon(root)
    if not any(sensor[:1] == "t" for sensor in found):
        found += thermal(root)
    found += batteries(root)
    return " ".join([sensor for sensor in found if sensor][:MOST_SENSORS])


def space(path: bytes) -> str:
    """Figures of the file system at a path."""
    found = os.statvfs(path)
    return (f"{found.f_frsize or found.f_bsize} {found.f_blocks} {found.f_bfree} {found.f_bavail} "
            f"{found.f_files} {found.f_ffree}")


def answer(request: bytes) -> str:
    """The answer to one request line."""
    try:
        what, argument = request[:2], bytes.fromhex(request[2:].decode("ascii"))
        if what == b"m ":
            return space(argument)
        if what == b"s ":
            return sensors(argument.decode("utf-8", "surrogateescape"))
    except OSError as error:
        return f"! {error.errno or 5}"
    except ValueError:
        pass
    return "! 22"


def tell(reply: str) -> bool:
    """Writes one line; whether anybody listens."""
    try:
        os.write(1, reply.encode("ascii", "replace") + b"\n")
    except OSError:
        return False
    return True


def main() -> None:
    """Answers until the input ends or nobody listens."""
    os.chdir("/")
    waiting = b""
    listened = tell("ready")
    while listened and (data := os.read(0, 65536)):
        *requests, waiting = (waiting + data).split(b"\n")
        for request in requests:
            _signal.alarm(LIFE)
            reply = answer(request)
            _signal.alarm(0)
            listened = tell(reply)


if __name__ == "__main__":
    main()
