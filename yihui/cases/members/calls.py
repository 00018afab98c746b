"""What other nouns may call of members."""

from yihui.cases.members.member import MEMBER, PERSON_TITLES, TABS, Member, require_history
from yihui.cases.members.memberships import record_membership_act

__all__ = ["MEMBER", "PERSON_TITLES", "TABS", "Member", "record_membership_act", "require_history"]
