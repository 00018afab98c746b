"""Turn two written times into the minutes of a span; raise NotUnderstoodError where they are ambiguous."""

from dataclasses import dataclass

from geo.hours.tokens import NotUnderstoodError
from geo.hours.words import AFTERNOON, EVENING, MORNING, NOON, SMALL_HOURS

HALF_DAY, DAY = 720, 1440
_LAST_MINUTE = DAY - 1
# An end before its start is the next morning only in these cases; otherwise it may be a 12-hour time.
_LATE_START = 16 * 60
_SMALL_HOURS_END = 3 * 60
_LATEST_EVENING = 3 * 60  # 晚上两点 is called evening, 晚上三点 perhaps not
_EARLIEST_UNPADDED = 5 * 60  # "1:30" may be 13:30, "01:30" is not


@dataclass(frozen=True, slots=True)
class ClockTime:
    """A time as it is written. *Units*: minutes, before its mark (上午, 下午 …) is applied."""

    minutes: int
    mark: str = ""
    padded: bool = False  # 08:30 or 0830: never used for half past eight in the evening
    next_day: bool = False

    @property
    def is_unmarked(self) -> bool:
        return not self.mark and not self.next_day


def span_minutes(start: ClockTime, end: ClockTime) -> tuple[int, int]:
    """Start and end of a span. *Units*: minutes from midnight; the end may pass 1440. *Raises* NotUnderstoodError."""
    first = start_minutes(start)
    last = _end_minutes(end, first, start)
    if last == _LAST_MINUTE:
        last = DAY  # 23:59 is written for midnight
    if not first < last <= first + DAY:
        raise _refusal(start, end)
    return first, last


def is_form_default(start: ClockTime, end: ClockTime) -> bool:
    """Return whether the times are what a form fills in by itself: 00:00-00:00, 0:00-23:59."""
    unmarked = start.is_unmarked and end.is_unmarked
    return unmarked and start.minutes in (0, 1) and end.minutes in (0, _LAST_MINUTE)


def start_minutes(time: ClockTime) -> int:
    """Return the minutes of a time that begins a span. *Raises* NotUnderstoodError."""
    if time.next_day or time.minutes > DAY:
        raise NotUnderstoodError(str(time.minutes))
    early = 0 < time.minutes < _EARLIEST_UNPADDED
    if time.is_unmarked and early and not time.padded:
        raise NotUnderstoodError(f"{time.minutes // 60}:{time.minutes % 60:02d}")
    return _marked(time)


def _marked(time: ClockTime) -> int:
    """Return the minutes of the day for a time with its own mark applied."""
    value, mark = time.minutes, time.mark
    noonish = HALF_DAY <= value < HALF_DAY + 60
    if mark in MORNING | SMALL_HOURS and value > HALF_DAY:
        raise NotUnderstoodError(f"{mark}{value // 60}")
    if mark in SMALL_HOURS and value == HALF_DAY:
        return 0
    if mark in AFTERNOON and value < HALF_DAY:
        return value + HALF_DAY
    if mark in EVENING and value < HALF_DAY:
        if value < 4 * 60:
            raise NotUnderstoodError(f"{mark}{value // 60}")
        return value + HALF_DAY
    if mark in EVENING and noonish:
        return value + HALF_DAY
    if mark in NOON and value < 4 * 60:
        return value + HALF_DAY
    return value


def _end_minutes(end: ClockTime, first: int, start: ClockTime) -> int:
    if end.next_day:
        return _marked(ClockTime(end.minutes, end.mark)) + DAY
    if end.mark in AFTERNOON and end.minutes == HALF_DAY and first < HALF_DAY:
        raise _refusal(start, end)  # 上午5时至下午12时: noon or midnight?
    if end.mark in EVENING and 0 < end.minutes < _LATEST_EVENING and first >= HALF_DAY:
        return end.minutes + DAY  # 下午三点到晚上一点
    value = _marked(end)
    if value > first:
        return value
    if start.mark in EVENING and end.mark in MORNING:
        return value + DAY  # 晚6点-早6点
    if start.mark in NOON and not end.mark and value <= 4 * 60:
        return value + HALF_DAY  # 中午12点到1点
    if end.mark and end.mark not in SMALL_HOURS:
        if end.mark in EVENING and value == 0:
            return DAY
        raise _refusal(start, end)
    if value == 0 or end.mark in SMALL_HOURS:
        return value + DAY
    if start.mark in AFTERNOON | EVENING and first < value + HALF_DAY <= DAY and not end.padded:
        return value + HALF_DAY  # 下午1:30-5:30
    late = first >= _LATE_START and value < 12 * 60
    if late or (end.padded and value <= _SMALL_HOURS_END):
        return value + DAY
    raise _refusal(start, end)


def _refusal(start: ClockTime, end: ClockTime) -> NotUnderstoodError:
    return NotUnderstoodError(f"{start.mark}{start.minutes // 60}-{end.mark}{end.minutes // 60}")
