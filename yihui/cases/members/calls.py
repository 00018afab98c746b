"""What other nouns may call of members."""

from yihui.cases.members.member import MEMBER, TABS, Member, require_history
from yihui.cases.members.memberships import record_membership_act

__all__ = ["MEMBER", "TABS", "Member", "record_membership_act", "require_history"]
