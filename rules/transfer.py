"""A member's way from one organisation to another, and the quotas that lie behind her then."""

from dataclasses import dataclass

from rules.territory import territory_covers

_ORGANISATION = "member.organisation"


@dataclass(frozen=True, slots=True)
class OrganisationTransfer:
    """The organisations before and after a transfer, each with its place in the tree of that day."""

    before: str
    after: str

    def leaves(self, group: str) -> bool:
        """Return whether the places of a group are for the organisation before, and not for the one after.

        ``group`` is that of a quota: "" for all, a code whose subtree has places of its own, or facts by which
        places are counted, such as ``member.organisation=…``.
        """
        if not group or self.before == self.after:
            return False
        if "=" in group:
            return f"{_ORGANISATION}={self.before}" in group.split("&")  # no character of a code is escaped
        return territory_covers(group, self.before) and not territory_covers(group, self.after)
