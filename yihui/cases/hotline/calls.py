"""What other nouns may call of the hotline's cases."""

from yihui.cases.hotline.queries import count_overdue_cases, list_member_cases, list_units_within
from yihui.cases.hotline.rates import TABS

__all__ = ["TABS", "count_overdue_cases", "list_member_cases", "list_units_within"]
