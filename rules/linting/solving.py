"""Compute values of the last unchosen fact at which a question that joins several facts changes its result."""

from calendar import isleap
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from rules.expressions.evaluator import UNDECIDED, compile_evaluator
from rules.expressions.syntax import Call, Compare, FactReference, InTest, Node, walk_nodes
from rules.facts import MAX_INTEGER, Fact, FactValue
from rules.linting.atoms import linear_differences
from rules.linting.domains import add_days, shift_months
from rules.linting.linear import LinearSum, fact_paths

ChosenFacts = Mapping[str, FactValue]


def turning_values(path: str, fact: Fact, questions: Sequence[Node], chosen: ChosenFacts) -> list[FactValue]:
    """Return values of a fact at which questions change their results, given the other facts chosen."""
    found: list[FactValue] = []
    for node in questions:
        if any(chosen.get(other) is None for other in fact_paths(node) - {path}):
            continue
        found += _joined_texts(path, fact, node, chosen)
        for difference in linear_differences(node):
            if difference:
                found += _near(path, fact, difference, chosen)
    return list(dict.fromkeys(found))


def _joined_texts(path: str, fact: Fact, node: Node, chosen: ChosenFacts) -> Iterable[FactValue]:
    match node:
        case Compare(left=FactReference(path=one), right=FactReference(path=other)):
            value = chosen.get(other if one == path else one)
            if fact.kind in ("text", "boolean") and (fact.open or not fact.allowed or value in fact.allowed):
                yield value
        case InTest(item=FactReference(path=item), options=FactReference(path=options)):
            if options == path and isinstance(text := chosen[item], str):
                yield (text,)
            elif item == path and isinstance(listed := chosen[options], tuple):
                yield from listed
        case Call(name="within", arguments=(FactReference(path=code), FactReference(path=area))):
            value = chosen[area if code == path else code]
            yield value
            if code == path and isinstance(value, str):
                yield f"{value[:2]}0100" if value.endswith("0000") else f"{value[:4]}02"
            elif isinstance(value, str):
                yield from (value[:2] + "0000", value[:4] + "00")


def _near(path: str, fact: Fact, difference: LinearSum, chosen: ChosenFacts) -> Iterable[FactValue]:
    """Solve ``count * factor + rest = 0`` for one fact that only this factor reads."""
    rest, asked = difference.constant, None
    for key, count in difference.terms.items():
        reading = [factor for factor in key if path in fact_paths(difference.factors[factor])]
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


def _product(key: Sequence[str], factors: Mapping[str, Node], chosen: ChosenFacts) -> int | None:
    made = 1
    for name in key:
        value = compile_evaluator(factors[name])(chosen)
        if value is None or value is UNDECIDED or not isinstance(value, int | date):
            return None
        made *= value.toordinal() if isinstance(value, date) else value
    return made


def _solved(path: str, fact: Fact, factor: Node, number: int, chosen: ChosenFacts) -> Iterable[FactValue]:
    match factor:
        case FactReference() if fact.kind == "date":
            yield from _dates(date.fromordinal(number) if 1 <= number <= date.max.toordinal() else None)
        case FactReference():
            if abs(number) <= MAX_INTEGER:
                yield number
        case Call(name="year"):
            yield from _dates(date(number, 1, 1) if 1 < number < 9999 else None, (0, 100, 200))
        case Call(name="month"):
            yield from (date(year, number, 1) for year in (2024, 2025, 2026) if 1 <= number <= 12)
        case Call(name="day"):
            yield from (date(year, 1, number) for year in (2024, 2025, 2026) if 1 <= number <= 31)
        case Call(name="age" | "years" | "months_between" as name, arguments=(first, second)):
            months = number * (1 if name == "months_between" else 12)
            is_first = path in fact_paths(first)
            anchor = compile_evaluator(second if is_first else first)(chosen)
            if isinstance(anchor, date):
                yield from _dates(shift_months(anchor, -months if is_first else months), (0, -1, 1))


def _dates(day: date | None, steps: Sequence[int] = (0,)) -> Iterable[date]:
    return (moved for step in steps if day and (moved := add_days(day, step)))


def reads_month_or_day(node: Node) -> bool:
    """Return whether a node reads the month or the day of the month."""
    return any(isinstance(part, Call) and part.name in ("month", "day") for part in walk_nodes(node))


def move_to_other_years(turned: Sequence[FactValue], kinds: Sequence[FactValue]) -> Iterable[FactValue]:
    """Yield days of the given kinds (month and day) in the years of other days and the years beside them."""
    years = {day.year + step for day in turned if isinstance(day, date) for step in (-1, 0, 1)}
    for year in sorted(years):
        for kind in kinds:
            is_leap_day = isinstance(kind, date) and (kind.month, kind.day) == (2, 29)
            if isinstance(kind, date) and 1 <= year <= 9999 and not (is_leap_day and not isleap(year)):
                yield kind.replace(year=year)
