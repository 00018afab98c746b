"""Count a member's birthdays in the calendar by which she keeps them: the fact ``event.nth``, which no sender states."""

from collections.abc import Mapping
from datetime import date

from rules.event_facts import EventFacts
from rules.facts import FactValue
from rules.lunar import lunar_year


def count_birthdays(event: EventFacts, facts: Mapping[str, FactValue]) -> int | None:
    """Return which birthday of the member the event is, in the event's calendar; None where that isn't known.

    Who was born on the first day of the eleventh lunar month of 1976 (1976-12-21) has her fiftieth lunar birthday on
    2026-12-09, at 49 full years of age (周岁, Civil Code, article 200, which ``age()`` counts).
    """
    born = facts.get("member.birthday")
    year, calendar = event.payload.get("year"), event.payload.get("calendar")
    if not isinstance(born, date) or not isinstance(year, int):
        return None
    first = {"solar": born.year, "lunar": lunar_year(born)}.get(str(calendar))
    return year - first if first is not None and first < year else None
