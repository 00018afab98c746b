"""Payloads of the events of an organisation's yearly cycle. The subject is the organisation's code.

A record replaces an earlier one of the same key: the same election day, day of counting, period, or kind and
year of a report. ``organisation.record_withdrawn`` takes one back altogether.
"""

from types import MappingProxyType
from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from core.text_marks import N_
from members.duties.periods import PeriodText, parse_period
from members.message_fields import CivilDate, OrganisationCode
from members.organisations.messages import OrganisationPayload

Duty = Literal["election", "member_count", "dues_received", "dues_passed_up", "report"]
OfficerPost = Literal["chair", "vice_chair", "standing_member", "audit_chair", "women_chair"]
"""主席, 副主席, 常务委员, 经费审查委员会主任, 女职工委员会主任; who holds a post stands on the organisation's page."""
ReportKind = Literal["statistics", "work", "budget", "accounts"]
"""统计年报, 工作报告, 预算, 决算."""
NoticeKind = Literal["reminder", "overdue"]
Fen = Annotated[int, Field(strict=True, ge=0, le=10**13)]
Number = Annotated[int, Field(strict=True, ge=0, le=10**8)]
EventId = Annotated[str, Field(min_length=1, max_length=200)]


class DutyPayload(OrganisationPayload):
    """An event of the yearly cycle: it changes nothing in the tree."""


class DutyRecord(DutyPayload):
    """Something that an organisation did or filed; ``on`` is the day of it."""

    duty: ClassVar[Duty]

    @property
    def key(self) -> tuple[str, ...]:
        """What only one record of the organisation is in force for: the latest to arrive."""
        return self.duty, self.on.isoformat()


class ElectionHeld(DutyRecord):
    """``term_years`` is by default the setting; ``seats`` is the size of the committee, without names."""

    duty = "election"
    term_years: Literal[3, 5] | None = None
    seats: int | None = Field(None, strict=True, ge=1, le=999)
    posts: Annotated[tuple[OfficerPost, ...], Field(max_length=5)] = ()

    @model_validator(mode="after")
    def _names_each_once(self) -> "ElectionHeld":
        if len(set(self.posts)) < len(self.posts):
            raise PydanticCustomError("post_twice", N_("an election names each post once"))
        return self


class MembersCounted(DutyRecord):
    """The number of members as of ``on``: it counts for the year of that day."""

    duty = "member_count"
    number: Number


class _PeriodRecord(DutyRecord):
    period: PeriodText

    @property
    def key(self) -> tuple[str, ...]:
        return self.duty, self.period

    @model_validator(mode="after")
    def _is_not_far_ahead(self) -> "_PeriodRecord":
        period = parse_period(self.period)
        if period and period.year > self.on.year + 1:
            raise PydanticCustomError(
                "period_ahead", N_("the period {value} lies far after the day of the record")
            )
        return self


class DuesReceived(_PeriodRecord):
    """What came in for a period in all."""

    duty = "dues_received"
    amount_fen: Fen


class DuesPassedUp(_PeriodRecord):
    """What was passed up for a period in all, to one organisation."""

    duty = "dues_passed_up"
    amount_fen: Fen
    to: OrganisationCode

    @property
    def key(self) -> tuple[str, ...]:
        return self.duty, self.period, self.to


class ReportFiled(DutyRecord):
    duty = "report"
    report: ReportKind
    year: int = Field(strict=True, ge=1949, le=2100)

    @property
    def key(self) -> tuple[str, ...]:
        return self.duty, self.report, str(self.year)

    @model_validator(mode="after")
    def _is_not_far_ahead(self) -> "ReportFiled":
        if self.year > self.on.year + 1:
            raise PydanticCustomError(
                "period_ahead", N_("the period {value} lies far after the day of the record")
            )
        return self


class RecordWithdrawn(DutyPayload):
    """A record was wrong altogether: ``record`` is the id of its event. It counts for no day any more."""

    record: EventId


class DutyDue(DutyPayload):
    """The schedule's notice: a term ends soon (``reminder``), or a duty fell overdue (``overdue``).

    ``due_on`` is the last day in time; ``period`` is empty for an election.
    """

    duty: Duty
    notice: NoticeKind
    due_on: CivilDate
    period: Annotated[str, Field(max_length=7)] = ""
    report: ReportKind | None = None


DUTY_PAYLOADS: MappingProxyType[str, type[DutyPayload]] = MappingProxyType(
    {
        "organisation.election_held": ElectionHeld,
        "organisation.members_counted": MembersCounted,
        "organisation.dues_received": DuesReceived,
        "organisation.dues_passed_up": DuesPassedUp,
        "organisation.report_filed": ReportFiled,
        "organisation.record_withdrawn": RecordWithdrawn,
        "organisation.duty_due": DutyDue,
    }
)
