"""What rules read of one event about one member, and by which of its days a grant counts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from rules.facts import FACTS_BY_EVENT, FactValue
from rules.territory import OrganisationTransfer

HAPPENED_ON: Mapping[str, str] = {
    **dict.fromkeys((event for event in FACTS_BY_EVENT if event.startswith("application.")), "happened_on"),
    "member.skill_certified": "certified_on",
    "member.honoured": "honoured_on",
    **dict.fromkeys(
        (
            *("member.birthday", "member.anniversary", "session.attended"),
            *("calendar.festival", "weather.heat_warned"),
        ),
        "on",
    ),
}
"""The field in which a type of event states the day of what it is about; the event itself may be later."""


@dataclass(slots=True)  # not frozen: building one for every event takes a fifth of the time
class EventFacts:
    """One event about one member; ``occurred_on`` is the civil date of ``occurred_at`` in Asia/Shanghai.

    ``known_on`` is the civil date on which its sender recorded it, if the event states one. ``transfer`` says
    where a transferred member was before. ``submitted_on`` is the day of an application's first submission
    that counts; ``submissions`` are the days of those of which it is stated when they were recorded, with that day.
    ``member_then`` are the facts on the day on which it happened, if the event states an earlier one.
    """

    source: str
    id: str
    type: str
    occurred_at: datetime
    occurred_on: date
    member: str
    payload: Mapping[str, FactValue]
    known_on: date | None = None
    transfer: OrganisationTransfer | None = None
    submitted_on: date | None = None
    submissions: tuple[tuple[date, date], ...] = ()
    member_then: Mapping[str, FactValue] | None = None

    @property
    def version_on(self) -> date:
        """The day whose rule versions decide, and in whose periods places and entries count.

        An officer's working day decides no member's right: an application goes by its first submission
        (docs/decisions/0127).
        """
        return self.submitted_on or self.occurred_on

    @property
    def happened_on(self) -> date:
        """The day in whose periods limits count: of what the benefit is for, where the event states that day.

        It is never later than ``version_on``: who types a day to come gets no other period by it.
        """
        known_by = self.submitted_on or self.occurred_on
        stated = self.payload.get(HAPPENED_ON.get(self.type, ""))
        return stated if isinstance(stated, date) and stated < known_by else known_by

    @property
    def stated_day(self) -> date | None:
        """The earlier day on which it happened; None if the event states none."""
        day = self.happened_on
        return None if day == self.version_on else day
