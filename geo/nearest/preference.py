"""Prefer stations whose hours at night are a statement to those whose 24 hours a form filled in."""

from datetime import datetime

from core.civil_time import CIVIL_TIME
from geo.hours import UNVERIFIED_ALL_DAY
from geo.nearest.filters import Filters
from geo.nearest.result import Match, NearestResult

NIGHT_FROM_HOUR, NIGHT_UNTIL_HOUR = 22, 6


def prefer_verified_at_night(found: NearestResult, filters: Filters) -> NearestResult:
    """Return the result of a search for open stations, those of unverified 24 hours last where it is night.

    The order by distance stays within both groups. Which stations match does not change.
    """
    if not filters.open_only or UNVERIFIED_ALL_DAY not in [hit.opening.reason for hit in found.results]:
        return found
    return found._replace(results=tuple(sorted(found.results, key=_is_unverified_at_night)))


def _is_unverified_at_night(hit: Match) -> bool:
    return hit.opening.reason == UNVERIFIED_ALL_DAY and _is_night(hit.at)


def _is_night(at: datetime) -> bool:
    hour = at.astimezone(CIVIL_TIME).hour
    return hour >= NIGHT_FROM_HOUR or hour < NIGHT_UNTIL_HOUR
