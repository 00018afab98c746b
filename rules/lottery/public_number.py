"""The public number of a draw.

Its source is announced before the number is known, so that the organiser cannot choose the number.
"""

import re
from datetime import date, datetime, timedelta, timezone

from core.faults import Fault
from rules.lottery.faults import LOTTERY_FAULTS
from rules.lottery.file import LotteryDraw, PublicDigits

CHINA_TIME = timezone(timedelta(hours=8))  # China has had no summer time since 1992
_FIELD = "terms.number"
DAYS_TO_DRAW = 3  # after the number is published: a weekend
MIN_DIGITS = 12
"""With fewer, whoever commits could try secrets until friends win in more of the possible numbers."""


def count_late_days(plan: PublicDigits, drawn_on: date) -> int:
    """Return how many days a draw comes after its number, if those are more than `DAYS_TO_DRAW`; else 0.

    Once the number is out, the organiser, who holds the secret, knows the result: whoever waits may be
    thinking about not drawing at all.
    """
    days = (drawn_on - date.fromisoformat(plan.on)).days
    return days if days > DAYS_TO_DRAW else 0


def number_plan_faults(plan: PublicDigits, committed_at: datetime) -> list[Fault]:
    """Return the faults of the announced number."""
    faults = []
    if not plan.source.strip():
        faults.append(LOTTERY_FAULTS.build("no_source", field=_FIELD))
    if not MIN_DIGITS <= plan.count <= 200:
        faults.append(LOTTERY_FAULTS.build("digit_count", field=_FIELD, value=plan.count, fewest=MIN_DIGITS))
    day = _day(plan.on)
    if day is None:
        faults.append(LOTTERY_FAULTS.build("no_day", field=_FIELD, value=plan.on))
    elif day <= committed_at.astimezone(CHINA_TIME).date():
        faults.append(LOTTERY_FAULTS.build("known_already", field=_FIELD, value=plan.on))
    return faults


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) else None
    except ValueError:
        return None


def drawn_number_faults(plan: PublicDigits, draw: LotteryDraw) -> list[Fault]:
    """Return the faults of the number that was used for the draw."""
    if re.fullmatch(f"[0-9]{{{plan.count}}}", draw.number, re.ASCII):
        return []
    return [LOTTERY_FAULTS.build("not_digits", field="draw.number", value=draw.number, count=plan.count)]
