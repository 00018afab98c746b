"""What other nouns may call of members."""

from yihui.cases.members.member import MEMBER, TABS, Member
from yihui.cases.members.memberships import record_membership_act

__all__ = ["MEMBER", "TABS", "Member", "record_membership_act"]
