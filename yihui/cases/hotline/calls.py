"""What other nouns may call of the hotline's cases."""

from yihui.cases.hotline.queries import list_member_cases
from yihui.cases.hotline.rates import TABS

__all__ = ["TABS", "list_member_cases"]
