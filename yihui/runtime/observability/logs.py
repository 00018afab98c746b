"""Logs on standard error, as text or (YIHUI_LOG=json) one JSON object a line; never with what people sent."""

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

EVERY_S = 10.0  # so often the same is said
_REMEMBERED = 500
_DIGITS = re.compile(r"0x[0-9a-f]+|\d+")
_OURS = ("yihui", "events", "benefits", "members", "geo", "maps", "rules", "store")
_QUIET = logging.WARNING


def set_up_logs(environ: Mapping[str, str]) -> None:
    """One handler for all that is logged in this process; called again, it takes the place of the earlier one."""
    root = logging.getLogger()
    for handler in [handler for handler in root.handlers if isinstance(handler, _OnStandardError)]:
        root.removeHandler(handler)
    as_json = environ.get("YIHUI_LOG") == "json"
    handler = _OnStandardError()
    handler.setFormatter(AsJson() if as_json else AsText())
    handler.addFilter(Thinned())
    root.addHandler(handler)
    for name in _OURS:
        logging.getLogger(name).setLevel(logging.INFO if as_json else logging.NOTSET)


class _OnStandardError(logging.StreamHandler):  # type: ignore[type-arg]
    """Whatever standard error is when something is said; it may have been put elsewhere meanwhile."""

    def __init__(self) -> None:
        logging.Handler.__init__(self, logging.NOTSET)

    @property
    def stream(self) -> object:
        return sys.stderr


def said(record: logging.LogRecord) -> str:
    """What a record says, without numbers of persons; never an error's own words, which may name one."""
    from members import scrubbed  # a command that has nothing to say doesn't pay for it

    try:
        words = record.getMessage()
    except (TypeError, ValueError):
        words = str(record.msg)
    again = getattr(record, "again", 0)
    return scrubbed(words) + (f" (and {again} times more)" if again else "")


def _error(record: logging.LogRecord) -> dict[str, object] | None:
    """An error's type and where it came from: no words, no values."""
    error = record.exc_info[1] if record.exc_info else None
    if error is None:
        return None
    places = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in extract_tb(error.__traceback__)]
    return {"type": f"{type(error).__module__}.{type(error).__qualname__}", "at": places}


def _ids() -> tuple[str, str] | None:
    """The trace and the span that are under way."""
    from opentelemetry import trace

    found = trace.get_current_span().get_span_context()
    if not found.is_valid:
        return None
    return trace.format_trace_id(found.trace_id), trace.format_span_id(found.span_id)


class AsJson(logging.Formatter):
    """One object a line; ``trace_id`` and ``span_id`` where a trace is under way."""

    def format(self, record: logging.LogRecord) -> str:
        content: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": said(record),
            "process": record.process,
        }
        if found := _ids():
            content["trace_id"], content["span_id"] = found
        if error := _error(record):
            content["error"] = error
        return json.dumps(content, ensure_ascii=False)


class AsText(logging.Formatter):
    """As Python says it where nothing is set up: the message alone. With YIHUI_DEBUG, errors in full."""

    def format(self, record: logging.LogRecord) -> str:
        words = said(record)
        error = _error(record)
        if error is None:
            return words
        if os.environ.get("YIHUI_DEBUG") and record.exc_info:
            return f"{words}\n{self.formatException(record.exc_info)}"
        return f"{words} ({error['type']})"


@dataclass(slots=True)
class _Known:
    since: float
    again: int = 0


@dataclass(slots=True, eq=False)
class Thinned:
    """Lets a warning or an error through once in ``every_s``, then with how often it came meanwhile.

    While brokers are away, Faust and its client say the same thousands of times, with other numbers in it.
    """

    every_s: float = EVERY_S
    clock: Callable[[], float] = monotonic
    _lock: Lock = field(default_factory=Lock)
    _known: "OrderedDict[tuple[str, int, str], _Known]" = field(default_factory=OrderedDict)

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno < _QUIET:
            return True
        key = record.name, record.levelno, _DIGITS.sub("#", said(record))
        with self._lock:
            again = self._again(key, self.clock())
        if again:
            record.again = again
        return again is not None

    def _again(self, key: tuple[str, int, str], now: float) -> int | None:
        """How often it was held back until now; None where it is held back."""
        known = self._known.get(key)
        if known is not None and now - known.since < self.every_s:
            known.again += 1
            return None
        self._known[key] = _Known(now)
        self._known.move_to_end(key)
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return known.again if known else 0
