"""Values of the last open fact of a question that joins several: there the question turns."""

from calendar import isleap
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from rules.expressions.syntax import Call, Compare, Node, Reading, Within, walk
from rules.facts import GREATEST_INTEGER, Fact, Value
from rules.linting.atoms import differences
from rules.linting.domains import months_later, shifted
from rules.linting.linear import Linear, facts_of
from rules.linting.truth import OPEN, answering

Facts = Mapping[str, Value]


def turns(path: str, fact: Fact, questions: Sequence[Node], chosen: Facts) -> list[Value]:
    """Values of a fact at which questions turn, whose other facts are chosen."""
    found: list[Value] = []
    for node in questions:
        if any(chosen.get(other) is None for other in facts_of(node) - {path}):
            continue
        found += _joined_texts(path, fact, node, chosen)
        for difference in differences(node):
            if difference:
                found += _near(path, fact, difference, chosen)
    return list(dict.fromkeys(found))


def _joined_texts(path: str, fact: Fact, node: Node, chosen: Facts) -> Iterable[Value]:
    match node:
        case Compare(left=Reading(path=one), right=Reading(path=other)):
            value = chosen.get(other if one == path else one)
            if fact.kind in ("text", "boolean") and (fact.open or not fact.allowed or value in fact.allowed):
                yield value
        case Within(item=Reading(path=item), options=Reading(path=options)):
            if options == path and isinstance(text := chosen[item], str):
                yield (text,)
            elif item == path and isinstance(listed := chosen[options], tuple):
                yield from listed
        case Call(name="within", arguments=(Reading(path=code), Reading(path=area))):
            value = chosen[area if code == path else code]
            yield value
            if code == path and isinstance(value, str):
                yield f"{value[:2]}0100" if value.endswith("0000") else f"{value[:4]}02"
            elif isinstance(value, str):
                yield from (value[:2] + "0000", value[:4] + "00")


def _near(path: str, fact: Fact, difference: Linear, chosen: Facts) -> Iterable[Value]:
    """Solves for one fact: ``count * factor + rest = 0``, where the factor alone reads it."""
    rest, asked = difference.constant, None
    for key, count in difference.terms.items():
        reading = [factor for factor in key if path in facts_of(difference.factors[factor])]
        if not reading:
            value = _product(key, difference.factors, chosen)
            if value is None:
                return
            rest += count * value
        elif len(reading) > 1 or asked is not None:
            return
        else:
            others = _product(tuple(f for f in key if f != reading[0]), difference.factors, chosen)
            if not others:
                return
            asked = (difference.factors[reading[0]], count * others)
    if asked is not None:
        number = -rest // asked[1]
        for step in (0, 1, -1, 2):
            yield from _solved(path, fact, asked[0], number + step, chosen)


def _product(key: Sequence[str], factors: Mapping[str, Node], chosen: Facts) -> int | None:
    made = 1
    for name in key:
        value = answering(factors[name])(chosen)
        if value is None or value is OPEN or not isinstance(value, int | date):
            return None
        made *= value.toordinal() if isinstance(value, date) else value
    return made


def _solved(path: str, fact: Fact, factor: Node, number: int, chosen: Facts) -> Iterable[Value]:
    match factor:
        case Reading() if fact.kind == "date":
            yield from _dates(date.fromordinal(number) if 1 <= number <= date.max.toordinal() else None)
        case Reading():
            if abs(number) <= GREATEST_INTEGER:
                yield number
        case Call(name="year"):
            yield from _dates(date(number, 1, 1) if 1 < number < 9999 else None, (0, 100, 200))
        case Call(name="month"):
            yield from (date(year, number, 1) for year in (2024, 2025, 2026) if 1 <= number <= 12)
        case Call(name="day"):
            yield from (date(year, 1, number) for year in (2024, 2025, 2026) if 1 <= number <= 31)
        case Call(name="age" | "years" | "months_between" as name, arguments=(first, second)):
            months = number * (1 if name == "months_between" else 12)
            is_first = path in facts_of(first)
            anchor = answering(second if is_first else first)(chosen)
            if isinstance(anchor, date):
                yield from _dates(months_later(anchor, -months if is_first else months), (0, -1, 1))


def _dates(day: date | None, steps: Sequence[int] = (0,)) -> Iterable[date]:
    return (moved for step in steps if day and (moved := shifted(day, step)))


def asks_calendar(node: Node) -> bool:
    """Whether it asks about the month or the day of the month."""
    return any(isinstance(part, Call) and part.name in ("month", "day") for part in walk(node))


def in_other_years(turned: Sequence[Value], kinds: Sequence[Value]) -> Iterable[Value]:
    """Days of given kinds (of such a month, on such a day) in the years of other days, and beside them."""
    years = {day.year + step for day in turned if isinstance(day, date) for step in (-1, 0, 1)}
    for year in sorted(years):
        for kind in kinds:
            is_leap_day = isinstance(kind, date) and (kind.month, kind.day) == (2, 29)
            if isinstance(kind, date) and 1 <= year <= 9999 and not (is_leap_day and not isleap(year)):
                yield kind.replace(year=year)
