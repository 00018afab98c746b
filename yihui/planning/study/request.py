"""What a study is to show."""

from dataclasses import dataclass
from datetime import datetime

from yihui.planning.order import AreaOrder


@dataclass(frozen=True, slots=True)
class StudyOrder(AreaOrder):
    """What to study. ``sites`` is the number of proposals, None for none; with ``streets`` all but the distances is
    by street.
    """

    at: datetime
    sites: int | None = None
