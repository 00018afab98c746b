"""Logs on standard error, as text or (YIHUI_LOG=json) one JSON object a line; never with users' input."""

import json
import logging
import os
import re
import sys
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Lock
from time import monotonic
from traceback import extract_tb

from yihui.runtime.setting import NO

REPEAT_INTERVAL_S = 10.0  # a repeated message is logged once in this time
_REMEMBERED = 500
_DIGITS = re.compile(r"0x[0-9a-f]+|\d+")
_OURS = ("yihui", "events", "benefits", "members", "geo", "maps", "rules", "store")
_QUIET = logging.WARNING


def set_up_logs(environ: Mapping[str, str]) -> None:
    """Install one handler for all logs of this process; a second call replaces the first handler."""
    root = logging.getLogger()
    for handler in [handler for handler in root.handlers if isinstance(handler, _OnStandardError)]:
        root.removeHandler(handler)
    as_json = environ.get("YIHUI_LOG") == "json"
    handler = _OnStandardError()
    handler.setFormatter(JsonFormatter() if as_json else TextFormatter())
    handler.addFilter(RepeatFilter())
    root.addHandler(handler)
    for name in _OURS:
        logging.getLogger(name).setLevel(logging.INFO if as_json else logging.NOTSET)


def is_debugging() -> bool:
    """Return whether errors are logged with their texts, which may name persons (YIHUI_DEBUG)."""
    return os.environ.get("YIHUI_DEBUG", "").strip().lower() not in ("", *NO)


class _OnStandardError(logging.StreamHandler):  # type: ignore[type-arg]
    """A handler that looks up standard error at each message, as it may have been redirected."""

    def __init__(self) -> None:
        logging.Handler.__init__(self, logging.NOTSET)

    @property
    def stream(self) -> object:
        return sys.stderr


def scrubbed_message(record: logging.LogRecord) -> str:
    """Return a record's message without personal numbers; never an error's own text, which may name a person."""
    from members import scrub_personal_numbers  # a command that logs nothing skips this import

    try:
        words = record.getMessage()
    except (TypeError, ValueError):
        words = str(record.msg)
    again = getattr(record, "again", 0)
    return scrub_personal_numbers(words) + (f" (and {again} times more)" if again else "")


def _error(record: logging.LogRecord) -> dict[str, object] | None:
    """Return an error's type and the places it passed through, without its text or values."""
    error = record.exc_info[1] if record.exc_info else None
    if error is None:
        return None
    places = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in extract_tb(error.__traceback__)]
    return {"type": f"{type(error).__module__}.{type(error).__qualname__}", "at": places}


class JsonFormatter(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        content: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": scrubbed_message(record),
            "process": record.process,
        }
        content |= getattr(record, "fields", {})  # of a structured line: ids and codes, never what was typed
        if error := _error(record):
            content["error"] = error
        return json.dumps(content, ensure_ascii=False)


class TextFormatter(logging.Formatter):
    """The message alone, as Python logs without any setup. With YIHUI_DEBUG, errors in full."""

    def format(self, record: logging.LogRecord) -> str:
        words = scrubbed_message(record)
        error = _error(record)
        if error is None:
            return words
        if is_debugging() and record.exc_info:
            return f"{words}\n{self.formatException(record.exc_info)}"
        return f"{words} ({error['type']})"


@dataclass(slots=True)
class _Known:
    since: float
    again: int = 0


@dataclass(slots=True, eq=False)
class RepeatFilter:
    """Passes a repeated warning or error once in ``every_s``, then with the number of repetitions.

    While brokers are unreachable, Faust and its client log the same message thousands of times, with
    other numbers in it.
    """

    every_s: float = REPEAT_INTERVAL_S
    clock: Callable[[], float] = monotonic
    _lock: Lock = field(default_factory=Lock)
    _known: "OrderedDict[tuple[str, int, str], _Known]" = field(default_factory=OrderedDict)

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno < _QUIET:
            return True
        key = record.name, record.levelno, _DIGITS.sub("#", scrubbed_message(record))
        with self._lock:
            again = self._again(key, self.clock())
        if again:
            record.again = again
        return again is not None

    def _again(self, key: tuple[str, int, str], now: float) -> int | None:
        """Return how often the message was held back until now; None if it is held back now."""
        known = self._known.get(key)
        if known is not None and now - known.since < self.every_s:
            known.again += 1
            return None
        self._known[key] = _Known(now)
        self._known.move_to_end(key)
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return known.again if known else 0
