"""What a line of an access log says: status, path, time taken, bytes.

Formats: nginx `log_format` (https://nginx.org/en/docs/http/ngx_http_log_module.html), Apache `LogFormat`
(https://httpd.apache.org/docs/current/mod/mod_log_config.html), and JSON as nginx, Caddy, Traefik and others write it.
"""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

LINE: Final = 16_384
"""Characters; a longer line is no request."""
_SLOWEST: Final = 86_400.0
"""Seconds; what took longer is no figure."""


class Request(NamedTuple):
    """One request; None is what its line does not say."""

    status: int
    path: str
    seconds: float | None
    size: int | None


UNITS: Final = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}
_COMBINED: Final = re.compile(
    r'\S+ \S+ .{1,200}? \[[^\]]{1,60}\] "((?:[^"\\]|\\.)*)" (\d{3}) (\d+|-)'
    r'(?: "(?:[^"\\]|\\.)*" "(?:[^"\\]|\\.)*")?(.*)')
"""Common and combined, with the virtual host before it or not, and whatever comes behind."""
_NAMED_TIME: Final = re.compile(r"\b(?:rt|request_time|time|duration|latency|took)[=:]\"?(\d+(?:\.\d+)?)(ms|us|s)?\b")
_PLAIN_TIME: Final = re.compile(r'(?:^|[\s"])(\d+(\.\d+)?)"?$')
_MICROSECONDS: Final = 1e-6

_STATUS: Final = {"status", "%s", "%>s", "%<s"}
_REQUEST: Final = {"request", "%r"}
_PATH: Final = {"uri", "request_uri", "document_uri", "%U"}
_SIZE: Final = {"body_bytes_sent", "bytes_sent", "%b", "%B", "%O"}
_TIMES: Final = {"request_time": 1.0, "%D": 1e-6, "%T": 1.0, "%{s}T": 1.0, "%{ms}T": 1e-3, "%{us}T": 1e-6}
_FIELD: Final = re.compile(r"\$\{?(\w+)\}?|%[!0-9,]*([<>]?)(?:\{([^}]*)\})?([A-Za-z]|\^t[io])|%%")
_JSON_STATUS: Final = ("status", "status_code", "statusCode", "response_status", "http_status", "DownstreamStatus",
                       "code", "response_code", "sc-status")
_JSON_PATH: Final = ("request_uri", "uri", "path", "url", "RequestPath", "request_path", "target", "request")
_JSON_SIZE: Final = ("body_bytes_sent", "bytes_sent", "size", "bytes", "DownstreamContentSize", "response_size")
_JSON_TIMES: Final = (("request_time", "s"), ("duration", "s"), ("latency", "s"), ("duration_ms", "ms"),
                      ("latency_ms", "ms"), ("response_time_ms", "ms"), ("elapsed_ms", "ms"), ("took_ms", "ms"),
                      ("request_time_ms", "ms"), ("responseTime", "ms"), ("response_time", "s"), ("elapsed", "s"),
                      ("time_taken", "s"), ("took", "s"), ("request_duration", "s"), ("duration_us", "us"),
                      ("Duration", "ns"))


def reader(form: str, unit: str) -> Callable[[str], Request | None]:
    """What reads a line of this format, None for lines that are none.

    Args:
        form: as nginx or Apache are told, or empty for what can be recognised.
        unit: of the logged time: s, ms, us, or auto.

    Raises:
        ValueError: a format without a status.
    """
    factor = UNITS.get(unit)
    if not form:
        return lambda line: _json(line, factor) if line.startswith("{") else _combined(line, factor)
    pattern, fields = compiled(form)

    def read(line: str) -> Request | None:
        found = pattern.match(line)
        return _of_fields(dict(zip(fields, found.groups(), strict=True)), factor) if found else None
    return read


def compiled(form: str) -> tuple[re.Pattern[str], list[str]]:
    """A format as a pattern with one group for each field, and the names of the fields.

    Raises:
        ValueError: there is no status in it.
    """
    # nginx joins several texts in quotes; Apache has quotes escaped in its own.
    form = re.sub(r"'\s+'", "", form.strip().rstrip(";")).strip("'").replace('\\"', '"')
    parts, fields, at = [], [], 0
    for found in _FIELD.finditer(form):
        parts.append(re.escape(form[at:found.start()]))
        at = found.end()
        if found[0] == "%%":
            parts.append("%")
            continue
        name = found[1] or f"%{found[2]}{f'{{{found[3]}}}' if found[3] is not None else ''}{found[4]}"
        fields.append(name)
        parts.append(_group(name, form[at:at + 1]))
    parts.append(re.escape(form[at:]))
    if not _STATUS & set(fields):
        raise ValueError("the format has no status: $status for nginx, %>s for Apache")
    return re.compile("".join(parts) + r"\s*$" if parts[-1] else "".join(parts)), fields


def _group(name: str, behind: str) -> str:
    """What a field may be, so that it ends where the character behind it says."""
    if name == "%t":
        return r"(\[[^\]]*\])"
    if behind == '"':
        return r'((?:[^"\\]|\\.)*)'
    if not behind:
        return "(.*)"
    if name.startswith("upstream_") and behind.isspace():
        return r"([^\s,:]+(?:\s?[,:]\s[^\s,:]+)*)"
    return f"([^{re.escape(behind)}]*)"


def _of_fields(found: dict[str, str], factor: float | None) -> Request | None:
    status = next((found[name] for name in found if name in _STATUS), "")
    path = next((found[name] for name in found if name in _PATH), None)
    if path is None:
        path = _path(next((found[name] for name in found if name in _REQUEST), ""))
    timed = next((name for name in found if name in _TIMES), None)
    seconds = _seconds(found[timed], factor or _TIMES[timed]) if timed is not None else None
    size = next((found[name] for name in found if name in _SIZE), "")
    return _request(status, path, seconds, size)


def _combined(line: str, factor: float | None) -> Request | None:
    found = _COMBINED.match(line)
    if found is None:
        return None
    rest, seconds = found[4].strip(), None
    if rest:
        if named := _NAMED_TIME.search(rest):
            seconds = _seconds(named[1], UNITS[named[2]] if named[2] else factor or 1.0)
        elif plain := _PLAIN_TIME.search(rest):
            # A whole number at the end is Apache's %D, one with a point nginx's $request_time.
            seconds = _seconds(plain[1], factor or (1.0 if plain[2] else _MICROSECONDS))
    return _request(found[2], _path(found[1]), seconds, found[3])


def _json(line: str, factor: float | None) -> Request | None:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return None
    request = entry.get("request")
    if isinstance(request, dict):
        entry = {**request, **{key: value for key, value in entry.items() if key != "request"}}
    status = next((entry[name] for name in _JSON_STATUS if name in entry), None)
    path = next((entry[name] for name in _JSON_PATH if isinstance(entry.get(name), str)), "")
    name, unit = next(((name, unit) for name, unit in _JSON_TIMES if name in entry), ("", "s"))
    seconds = _seconds(entry[name], factor or UNITS[unit]) if name else None
    size = next((entry[name] for name in _JSON_SIZE if name in entry), "")
    return _request(status, _path(path) if " " in path else path, seconds, size)


def _path(request: str) -> str:
    """The path of `GET /path HTTP/1.1`; the text itself where it is no such line."""
    words = request.split(" ")
    return words[1] if len(words) > 1 and words[1] else request


def _seconds(text: Any, factor: float) -> float | None:
    if isinstance(text, str) and "," in text:
        text = text.rsplit(",", 1)[1]
    try:
        seconds = float(text) * factor
    except (TypeError, ValueError, OverflowError):
        return None
    return seconds if math.isfinite(seconds) and 0 <= seconds <= _SLOWEST else None


def _request(status: Any, path: str, seconds: float | None, size: Any) -> Request | None:
    code, length = str(status), str(size)
    if len(code) != 3 or not code.isascii() or not code.isdigit() or code[0] not in "12345":
        return None
    known = length.isascii() and length.isdigit() and len(length) < 19
    return Request(int(code), path.partition("?")[0], seconds, int(length) if known else None)
