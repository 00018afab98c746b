"""The kinds of values that tables and pages show; each has one form for readers and one for programs."""

from dataclasses import dataclass
from datetime import date, datetime

from core.civil_time import format_civil_instant, format_civil_minute
from core.money import format_yuan
from core.text_marks import N_
from yihui.frame.names import NO_NAMES, Names
from yihui.runtime.language import Language

_DAY = N_("{month}/{day}/{year} ({weekday})")
_WEEKDAYS = (
    *(N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu")),
    *(N_("Fri"), N_("Sat"), N_("Sun")),
)


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


@dataclass(frozen=True, slots=True)
class Chip:
    """A state: its code for programs, its title (a text of the catalogue) for readers, and its tone."""

    code: str
    title: str
    tone: str = ""  # "good", "waiting", "bad"; empty: neutral


@dataclass(frozen=True, slots=True)
class Percent:
    """A share in basis points."""

    bp: int


@dataclass(frozen=True, slots=True)
class Days:
    """A duration in days."""

    count: int


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
    | Days
    | Percent
    | None
)


def cell_text(cell: Cell, language: Language, names: Names = NO_NAMES) -> str:
    """Return a value as readers see it; an empty one as a dash."""
    match cell:
        case None | "":
            return "–"
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
        case Chip():
            return language.translate(cell.title)
        case Days():
            return language.render(N_("{count} days"), count=cell.count)
        case Percent():
            return f"{cell.bp / 100:g} %"
        case _:
            return str(cell)


def cell_json(cell: Cell) -> object:
    """Return a value as programs read it: amounts in fen, days and instants as ISO 8601, ids and codes as they are."""
    match cell:
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
        case Chip():
            return cell.code
        case Days():
            return cell.count
        case Percent():
            return cell.bp
        case datetime():
            return format_civil_instant(cell)
        case date():
            return cell.isoformat()
        case _:
            return cell


def is_figure(cell: Cell) -> bool:
    """Return whether a value stands flush right."""
    shown = cell.shown if isinstance(cell, Link) else cell
    return isinstance(shown, Money | Days | Percent | int) and not isinstance(shown, bool)


def day_text(day: date, language: Language) -> str:
    """Return a day with its weekday."""
    weekday = language.translate(_WEEKDAYS[day.weekday()])
    return language.render(_DAY, year=day.year, month=day.month, day=day.day, weekday=weekday)
