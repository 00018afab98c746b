"""What became of one rider's report: who else said so, and which official word came after it."""

from collections.abc import Iterable
from dataclasses import dataclass

from core.civil_time import civil_date
from geo.status.statements import DOOR, SHUT, TERMS, Saying, Terms, What, lapses


@dataclass(frozen=True, slots=True)
class Followed:
    """``agreeing`` other riders said the same while it lasted.

    ``confirmed`` and ``settled`` are the first official words after it that say so too, and that end it; a
    word that says so after it was settled speaks of something new.
    """

    agreeing: int = 0
    confirmed: Saying | None = None
    settled: Saying | None = None


def followed(report: Saying, sayings: Iterable[Saying], terms: Terms = TERMS) -> Followed:
    """What was said of the same matter at the same station; sayings may come in any order."""
    others = sorted((other for other in sayings if other.id != report.id), key=lambda other: other.order)
    lasts = lapses(report, terms) - report.at
    agreeing = {
        other.who
        for other in others
        if other.counts and not other.is_official and other.who not in ("", report.who)
        if abs(other.at - report.at) < lasts and _says_so(other, report)
    }
    official = [other for other in others if other.is_official and other.order > report.order]
    settled = next((word for word in official if _settles(word, report)), None)
    until = official if settled is None else official[: official.index(settled)]
    return Followed(len(agreeing), next((word for word in until if _says_so(word, report)), None), settled)


def _says_so(other: Saying, report: Saying) -> bool:
    if report.what in SHUT:
        closed_today = other.what is What.CLOSED_DAY and other.days[0] == civil_date(report.at)
        return other.what in SHUT or closed_today
    if report.what is What.BROKEN:
        return other.what in (What.BROKEN, What.INSPECTED) and report.facilities <= other.facilities
    return other.what is report.what and other.facilities == report.facilities


def _settles(word: Saying, report: Saying) -> bool:
    """Whether an official word ends what the report said."""
    if report.what is What.FINE:
        return False
    if word.says_all_is_well:
        return True
    if report.what is What.BROKEN:
        mended = word.what is What.FINE and report.facilities <= word.facilities
        return mended or (word.what is What.INSPECTED and not report.facilities <= word.facilities)
    if word.what is What.INSPECTED:
        return True
    wanted = What.IN_PLACE if report.what is What.WRONG_PLACE else What.LET_IN
    return word.what is wanted and (report.what in DOOR or wanted is What.IN_PLACE)
