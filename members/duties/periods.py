"""Periods that an organisation owes something for: years and quarters. Pure."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from core.text_marks import N_

QUARTERS = 4
_FORM = re.compile(r"((?:19|20)[0-9]{2})(?:-?Q([1-4]))?")
_A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A calendar year, or one quarter of it."""

    year: int
    quarter: int | None = None

    def __str__(self) -> str:
        return str(self.year) if self.quarter is None else f"{self.year}-Q{self.quarter}"

    @property
    def quarters(self) -> range:
        """The quarters that it holds, numbered through all years."""
        if self.quarter is None:
            return range(self.year * QUARTERS, (self.year + 1) * QUARTERS)
        number = self.year * QUARTERS + self.quarter - 1
        return range(number, number + 1)

    @property
    def last_day(self) -> date:
        return _first_day(self.quarters.stop) - _A_DAY


def quarter_of(day: date) -> int:
    """Return the number of the quarter, through all years, in which a day lies."""
    return day.year * QUARTERS + (day.month - 1) // 3


def _first_day(quarter: int) -> date:
    return date(quarter // QUARTERS, quarter % QUARTERS * 3 + 1, 1)


def parse_period(text: str) -> Period | None:
    """Parse 2026 or 2026-Q3, also with full-width signs or a small q; None for anything else."""
    found = _FORM.fullmatch(unicodedata.normalize("NFKC", text).strip().upper())
    return Period(int(found[1]), int(found[2]) if found[2] else None) if found else None


def _as_period(value: object) -> str:
    found = parse_period(value) if isinstance(value, str) else None
    if found is None:
        raise PydanticCustomError(
            "period", N_("{value} is neither a year such as 2026 nor a quarter such as 2026-Q3")
        )
    return str(found)


PeriodText = Annotated[
    str, BeforeValidator(_as_period), Field(json_schema_extra={"pattern": r"^(19|20)[0-9]{2}(-Q[1-4])?$"})
]
