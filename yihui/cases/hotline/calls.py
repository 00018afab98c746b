"""What other nouns may call of the hotline's cases."""

from yihui.cases.hotline.cases import OPEN
from yihui.cases.hotline.own import OwnQuestion, build_ask_path, open_own_case
from yihui.cases.hotline.queries import list_member_cases
from yihui.cases.hotline.rates import TABS

OPEN_AUDIT = OPEN.audit

__all__ = ["OPEN_AUDIT", "TABS", "OwnQuestion", "build_ask_path", "list_member_cases", "open_own_case"]
