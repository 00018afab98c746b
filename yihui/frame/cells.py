"""The kinds of values that tables and pages show; each has one form for readers and one for programs."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from core.civil_time import CIVIL_TIME, format_civil_instant, format_civil_minute, parse_civil_date
from core.money import format_yuan
from core.text_marks import N_
from yihui.frame.names import NO_NAMES, Names
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from collections.abc import Callable

_DAY = N_("{month}/{day}/{year} ({weekday})")
_ISO_DAY = re.compile(r"\b(?:19|20)\d\d-\d\d-\d\d\b", re.ASCII)  # beside Chinese characters too
_BLANKS_AT_DAYS = re.compile(
    r"(?:(?<=[0-9]日)|(?<=日（周[一二三四五六日]）)) (?=[一-鿿“])|(?<=[一-鿿”]) (?=(?:[0-9]{4}年)?[0-9]{1,2}月[0-9]{1,2}日)"
)
_WEEKDAYS = (*(N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu")), *(N_("Fri"), N_("Sat"), N_("Sun")))


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in fen."""

    fen: int


@dataclass(frozen=True, slots=True)
class Officer:
    """Who acted: an officer, a program or the clock, by the id that the audit log has."""

    id: str


@dataclass(frozen=True, slots=True)
class Person:
    """A member by her id; readers see her masked name."""

    member: str


@dataclass(frozen=True, slots=True)
class Organisation:
    """An organisation by its code."""

    code: str


@dataclass(frozen=True, slots=True)
class Link:
    """A value that leads to a page of the desk; programs read ``value`` in its place where there is one."""

    path: str
    shown: "Cell"
    value: "Cell" = None


class Button(Link):
    """A value on the member's page whose button does an act that needs no form, at its address."""


@dataclass(frozen=True, slots=True)
class Chip:
    """A state: its code for programs, its title (a text of the catalogue) for readers, and its tone."""

    code: str
    title: str
    tone: str = ""  # "good", "waiting", "bad"; empty: neutral


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several kinds that is no state: its code for programs, its title (a text of the catalogue) for readers."""

    code: str
    title: str


@dataclass(frozen=True, slots=True)
class Phrase:
    """A sentence of the catalogue with the values of its places; programs read these."""

    template: str
    values: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Several:
    """Several values of one field, and the sign between them; programs read a list."""

    cells: "tuple[Cell, ...]"
    sign: str = "；"


@dataclass(frozen=True, slots=True)
class Percent:
    """A share in basis points."""

    bp: int


@dataclass(frozen=True, slots=True)
class Share:
    """How many of how many."""

    good: int
    total: int

    @property
    def percent(self) -> float | None:
        return round(100 * self.good / self.total, 1) if self.total else None


@dataclass(frozen=True, slots=True)
class Deadline:
    """The instant at which a time is over; the end of a day is its 24:00, not the next day's 0:00."""

    at: datetime
    is_over: bool = False

    @property
    def civil_end(self) -> tuple[date, str]:
        """The civil day on which the time is over, and the time of that day after a space."""
        shown = self.at.astimezone(CIVIL_TIME)
        if (shown.hour, shown.minute, shown.second) == (0, 0, 0):
            return shown.date() - timedelta(days=1), " 24:00"
        return shown.date(), f" {shown:%H:%M}"

    def __str__(self) -> str:
        day, clock = self.civil_end
        return f"{day}{clock}"


@dataclass(frozen=True, slots=True)
class Days:
    """A duration in days."""

    count: int


@dataclass(frozen=True, slots=True)
class Measure:
    """A value in a unit of its own, as programs read it, and the function that writes it for readers.

    A workbook shows the number ``size`` in ``form``, as Excel writes forms; without a form, the text.
    """

    value: object
    write: "Callable[[], str]"
    form: str = ""
    size: float | None = None


Cell = (
    str
    | int
    | bool
    | date
    | datetime
    | Money
    | Officer
    | Person
    | Organisation
    | Link
    | Chip
    | Choice
    | Phrase
    | Days
    | Several
    | Share
    | Deadline
    | Percent
    | Measure
    | None
)


def cell_text(cell: Cell, language: Language, names: Names = NO_NAMES) -> str:
    """Return a value as readers see it; an empty one as a dash."""
    match cell:
        case None | "":
            return "–"
        case Measure():
            return cell.write()
        case bool():
            return language.translate(N_("yes") if cell else N_("no"))
        case datetime():
            return format_civil_minute(cell)
        case date():
            return day_text(cell, language)
        case Money():
            return language.render(N_("{yuan} yuan"), yuan=format_yuan(cell.fen))
        case Officer():
            return names.officer(cell.id, language)
        case Person():
            return names.person(cell.member, language)
        case Organisation():
            return names.organisation(cell.code)
        case Link():
            return cell_text(cell.shown, language, names)
        case Chip() | Choice():
            return language.title(cell.title)
        case Phrase():
            return language.render(cell.template, **cell.values)
        case Days():
            return language.render(N_("{count} days"), count=cell.count)
        case Several():
            return cell.sign.join(cell_text(one, language, names) for one in cell.cells) or "–"
        case Percent():
            return f"{cell.bp / 100:g} %"
        case Share():
            return f"{cell.percent:.1f} % ({cell.good}/{cell.total})" if cell.total else "–"
        case Deadline() if cell.is_over:
            return language.render(N_("{deadline} (overdue)"), deadline=cell)
        case _:
            return str(cell)


def cell_json(cell: Cell) -> object:
    """Return a value as programs read it: amounts in fen, days and instants as ISO 8601, ids and codes as they are."""
    match cell:
        case Measure():
            return cell.value
        case Money():
            return cell.fen
        case Officer():
            return cell.id
        case Person():
            return cell.member
        case Organisation():
            return cell.code
        case Link():
            return cell_json(cell.shown if cell.value is None else cell.value)
        case Chip() | Choice():
            return cell.code
        case Phrase():
            return {name: str(value) for name, value in cell.values.items()}
        case Days():
            return cell.count
        case Several():
            return [cell_json(one) for one in cell.cells]
        case Percent():
            return cell.bp
        case Share():
            return {"good": cell.good, "total": cell.total, "percent": cell.percent}
        case Deadline():
            return format_civil_instant(cell.at)
        case datetime():
            return format_civil_instant(cell)
        case date():
            return cell.isoformat()
        case _:
            return cell


def is_figure(cell: Cell) -> bool:
    """Return whether a value stands flush right."""
    shown = cell.shown if isinstance(cell, Link) else cell
    if isinstance(shown, Several) and shown.cells:
        shown = shown.cells[0]
    if isinstance(shown, Measure):
        return bool(shown.form)
    return isinstance(shown, Money | Days | Percent | Share | int) and not isinstance(shown, bool)


def short_text(cell: Cell, language: Language, today: date | None) -> str | None:
    """Return a day or an instant as a column shows it: without a year that is today's; None for what is neither."""
    at: datetime | date
    if isinstance(cell, Deadline):
        at, clock = cell.civil_end
    elif isinstance(cell, datetime):
        at = cell.astimezone(CIVIL_TIME)
        clock = f" {at:%H:%M}"
    elif isinstance(cell, date):
        at, clock = cell, ""
    else:
        return None
    is_this_year = today is not None and at.year == today.year
    text = N_("{month}/{day}") if is_this_year else N_("{month}/{day}/{year}")
    return language.render(text, year=at.year, month=at.month, day=at.day) + clock


def shorten_days(text: str, language: Language, today: date | None) -> str:
    """Return a sentence that programs read too with its days as people say them: 10月3日 for 2026-10-03.

    Without ``today`` each keeps its year, as in what is read again in another year.
    """
    return _ISO_DAY.sub(
        lambda found: short_text(parse_civil_date(found[0]), language, today) or found[0], text
    )


def reword_days(text: str, language: Language, today: date | None) -> str:
    """Return a sentence with its days as ``shorten_days`` says them, without blanks between them and Chinese words."""
    return _BLANKS_AT_DAYS.sub("", shorten_days(text, language, today))


def short_day_text(day: date, language: Language, today: date) -> str:
    """Return a day with its weekday, without a year that is today's."""
    weekday = language.translate(_WEEKDAYS[day.weekday()])
    return language.render(N_("{weekday} {day}"), weekday=weekday, day=short_text(day, language, today))


def day_text(day: date, language: Language) -> str:
    """Return a day with its weekday."""
    weekday = language.translate(_WEEKDAYS[day.weekday()])
    return language.render(_DAY, year=day.year, month=day.month, day=day.day, weekday=weekday)
