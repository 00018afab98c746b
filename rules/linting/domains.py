"""Compute values that represent all values of a fact: the literals it is compared with, and values between."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations

from core.civil_time import add_months
from rules.expressions.syntax import Call, Compare, FactReference, InTest, Literal, Node, walk_nodes
from rules.facts import MAX_INTEGER, Fact, FactValue
from rules.linting.atoms import DerivedFigure, linear_differences
from rules.model.period import Span

_MOST_YEARS = 24
_MOST_IN_LIST = 6
_BOUNDS = {"month": (1, 12), "day": (1, 31), "year": (1, 9999), "lunar_month": (1, 12), "lunar_day": (1, 30)}
_OTHER_TEXT = "其他"
_OTHER_CODES = ("110000", "120000", "130000")
OCCURRED_ON = "event.occurred_on"


@dataclass(frozen=True, slots=True)
class RuleSetting:
    """The days on which a rule is in force, and the organisation that owns it."""

    in_force: Span
    owner: str


def representative_values(
    fact: Fact, questions: Sequence[Node], setting: RuleSetting
) -> list[FactValue] | None:
    """Return values that decide questions about one fact, the most ordinary first; None if too many."""
    match fact.kind:
        case "text":
            return _texts(fact, questions, setting)
        case "boolean":
            return [True, False, None]
        case "texts":
            return _lists(fact, questions)
        case "integer" | "fen":
            least, most = fact.bounds
            numbers = {edge for node in questions for edge in _edges(node) if least <= edge <= most}
            return [*sorted(numbers or {max(least, 1)}), None]
    return _days(fact, questions, setting)


def representative_figure_values(figure: DerivedFigure) -> list[FactValue]:
    """Return values that decide the questions about a derived figure."""
    if figure.kind == "boolean":
        return [True, False, None]
    if figure.allowed:
        return [*figure.allowed, None]
    if figure.kind == "text":
        return [*sorted(str(value) for value in figure.compared_values), _OTHER_TEXT, None]
    least, most = _bounds(figure)
    edges = {int(n) + step for n in figure.compared_values for step in (-1, 0, 1)}
    return [*sorted(n for n in edges if least <= n <= most), None]


def _bounds(figure: DerivedFigure) -> tuple[int, int]:
    if len(figure.factors) == 1:
        (factor,) = figure.factors.values()
        if isinstance(factor, Call) and factor.name in _BOUNDS:
            return _BOUNDS[factor.name]
    return -(10**40), 10**40


def _edges(node: Node) -> Iterable[int]:
    """Yield numbers on both sides of the value at which a comparison changes its result."""
    for difference in linear_differences(node):
        if difference and len(difference.terms) == 1:
            (count,) = difference.terms.values()
            turn = -difference.constant // count
            for edge in range(turn - 1, turn + 3):
                if abs(edge) <= MAX_INTEGER:
                    yield edge


def _texts(fact: Fact, questions: Sequence[Node], setting: RuleSetting) -> list[FactValue]:
    literals = {part.value for node in questions for part in walk_nodes(node) if isinstance(part, Literal)}
    texts = [value for value in literals if isinstance(value, str)]
    if fact.allowed and not fact.open:
        return [*fact.allowed, None]
    asks_area = any(isinstance(node, Call) and node.name == "within" for node in questions)
    areas = sorted(inner for text in texts for inner in _around(text)) if asks_area else []
    is_code = asks_area or fact.path.endswith((".organisation", ".district"))
    other = _other_code(texts, setting) if is_code else _OTHER_TEXT
    return [*dict.fromkeys([*sorted(texts), *fact.allowed, *areas, other]), None]


def _other_code(texts: Sequence[str], setting: RuleSetting) -> str:
    """Return a code below the owner that no text names or covers, or else one from elsewhere."""
    near = (setting.owner, f"{setting.owner[:4]}99", f"{setting.owner[:2]}9999")
    for code in (*near, *_OTHER_CODES):
        if code not in texts and not any(code.startswith(text.rstrip("0")) for text in texts):
            return code
    return _OTHER_CODES[0]


def _around(code: str) -> Iterable[str]:
    """Yield codes above and below a code."""
    yield from (code[:2] + "0000", code[:4] + "00")
    if len(code) == 6:
        yield from (f"{code[:2]}9999" if code.endswith("0000") else f"{code[:4]}99", f"{code}999")
    elif len(code) == 9:
        yield from (code[:6], f"{code}-99999")


def _lists(fact: Fact, questions: Sequence[Node]) -> list[FactValue] | None:
    asked = sorted(
        {str(n.item.value) for n in questions if isinstance(n, InTest) and isinstance(n.item, Literal)}
    )
    if len(asked) > _MOST_IN_LIST:
        return None
    sizes = range(len(asked) + 1)
    return [*(chosen for size in sizes for chosen in combinations(asked, size)), None]


def _days(fact: Fact, questions: Sequence[Node], setting: RuleSetting) -> list[FactValue] | None:
    span = setting.in_force
    edges, whole_years = {span.since, *([span.until] if span.until else [])}, False
    for node in questions:
        for part in walk_nodes(node):
            if isinstance(part, Compare | InTest):
                edges.update(_turns(part))
            whole_years |= isinstance(part, Call) and part.name in ("month", "day")
    # From 28, 29, 30 and 31 January a month is full on the same 28 February: the turn is up to 4 days later.
    near = {moved for edge in edges for step in range(-2, 5) if (moved := add_days(edge, step))}
    days: Iterable[date] = near
    if whole_years:
        years = {day.year + step for day in near for step in (-1, 0, 1)}
        if len(years) > _MOST_YEARS:
            return None
        days = (day for year in sorted(_with_leap(years)) for day in _year(year))
    found = sorted(day for day in days if fact.path != OCCURRED_ON or span.holds(day))
    inside = [day for day in found if span.holds(day)]
    known: list[FactValue] = [*dict.fromkeys([*inside, *found])]
    return known if fact.path == OCCURRED_ON else [*known, None]


def _turns(node: Compare | InTest) -> Iterable[date]:
    """Yield days near which a comparison may change its result."""
    for difference in linear_differences(node):
        if difference is None or len(difference.terms) != 1:
            continue
        ((key, count),) = difference.terms.items()
        number = -difference.constant // count
        for turn in (number, number + 1):  # <= 16 changes where 16 ends
            day = _turning_day(difference.factors[key[0]], turn)
            if day:
                yield day


def _turning_day(factor: Node, number: int) -> date | None:
    """Return the day at which a fact or a function of it reaches a number."""
    match factor:
        case FactReference():
            return _ordinal(number)
        case Call(name="year"):
            return date(number, 1, 1) if 1 <= number <= 9999 else None
        case Call(name="age" | "years" | "months_between" as name, arguments=(first, second)):
            months = number if name == "months_between" else number * 12
            return _months_from(first, months) or _months_from(second, -months)
    return None


def _months_from(anchor: Node, months: int) -> date | None:
    if not (isinstance(anchor, Literal) and isinstance(anchor.value, date)):
        return None
    return shift_months(anchor.value, months)


def shift_months(day: date, months: int) -> date | None:
    """Return the day that many months later, as `add_months` counts; None beyond the calendar."""
    try:
        return add_months(day, months)
    except ValueError:
        return None


def add_days(day: date, days: int) -> date | None:
    """Return the day that many days later; None beyond the calendar."""
    return _ordinal(day.toordinal() + days)


def _ordinal(number: int) -> date | None:
    return date.fromordinal(number) if 1 <= number <= date.max.toordinal() else None


def _year(year: int) -> Iterable[date]:
    first = date(year, 1, 1)
    return (first + timedelta(days=step) for step in range(date(year, 12, 31).timetuple().tm_yday))


def _with_leap(years: set[int]) -> set[int]:
    """Add leap years around each year, so that 29 February is among the days."""
    leap = {year - year % 4 + step for year in years for step in (-4, 0, 4)}
    return {year for year in years | leap if 1 <= year <= 9998}
