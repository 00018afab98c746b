"""Process of an application before it is confirmed, and the conditions that follow from it.

A rule states the process; it is expanded into conditions over the facts ``application.*``, each with a
reason and a remedy, so that an explanation names every missing step.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from core.text_marks import N_
from rules.yaml.wording import StrictFileModel

MAX_NOTICE_DAYS = 60
MAX_WORK_DAYS = 250  # of a stage: about a year
OTHER_STAGES = ("publish", "objections", "confirm")
"""The stages of officers' work that are no reviews, as ``work_days`` calls them."""
ReviewStage = Annotated[str, StringConstraints(pattern=r"""^[^'"{}<>=\s]{1,30}$""")]
"""The name of a stage of review, as the events call it; it stands in expressions."""
ProgrammeName = Annotated[str, StringConstraints(pattern=r"""^[^'"{}\n]{1,100}$""")]


_APPLIED_ON, _HAPPENED_ON = "application.applied_on", "event.happened_on"


def _in_a_year(day: str) -> str:
    """Refuse a day that no year has, or not each one."""
    try:
        date.fromisoformat(f"2025-{day}")
    except ValueError:
        raise PydanticCustomError(
            "yearly_day", N_("a day of each year is written 07-01, this is {value}")
        ) from None
    return day


YearlyDay = Annotated[str, StringConstraints(pattern=r"^[0-9]{2}-[0-9]{2}$"), AfterValidator(_in_a_year)]
"""A day of each year as MM-DD."""


@dataclass(frozen=True, slots=True)
class Precondition:
    """A condition that a process adds. ``least`` is the minimum of the one fact that it reads, if a number;
    ``{missing}`` in the text is then filled with the difference.
    """

    that: str
    otherwise: str
    remedy: str
    least: int | None = None


def _all_different(stages: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(stages)) < len(stages):
        raise PydanticCustomError("reviews", N_("every stage of review stands once, this is {value}"))
    return stages


class PublicNotice(StrictFileModel):
    """How long an application is published before it is confirmed."""

    days: Annotated[int, Field(ge=1, le=MAX_NOTICE_DAYS)]
    counted: Literal["work_days", "days"]


class YearlyWindow(StrictFileModel):
    """The days of each year from which and until which applications are taken, as MM-DD; it may cross New Year."""

    since: YearlyDay = Field(alias="from")
    until: YearlyDay

    @property
    def that(self) -> str:
        """The condition on the day of the first submission."""
        day = f"month({_APPLIED_ON}) * 100 + day({_APPLIED_ON})"
        first, last = (int(one[:2]) * 100 + int(one[3:]) for one in (self.since, self.until))
        return f"{day} >= {first} {'and' if first <= last else 'or'} {day} <= {last}"

    def holds(self, day: date) -> bool:
        """Return whether applications are taken on a day."""
        since, until = self.since <= f"{day:%m-%d}", f"{day:%m-%d}" <= self.until
        return since and until if self.since <= self.until else since or until


class Process(StrictFileModel):
    """Attachments, review stages by different reviewers, in order, and a public notice.

    Applications are taken in the ``window`` of each year, and ``within`` so many days of what happened, which the
    applicant dates (``event.happened_on``); the day of the first submission counts. ``work_days`` states within how many work-days officers finish a stage:
    no condition of the grant.
    """

    programme: ProgrammeName
    attachments: Annotated[int, Field(ge=0, le=100)] = 0
    reviews: Annotated[tuple[ReviewStage, ...], Field(max_length=10), AfterValidator(_all_different)] = ()
    public_notice: PublicNotice | None = None
    window: YearlyWindow | None = None
    within: Annotated[str, StringConstraints(pattern=r"^P[1-9][0-9]{0,3}D$")] | None = None
    work_days: dict[str, Annotated[int, Field(ge=1, le=MAX_WORK_DAYS)]] = Field(default_factory=dict)

    @field_validator("work_days")
    @classmethod
    def _of_known_stages(cls, stated: dict[str, int], info: ValidationInfo) -> dict[str, int]:
        """Refuse days of a stage that the process doesn't have: nobody would ever see them."""
        if "reviews" not in info.data:
            return stated  # the reviews are wrong themselves
        stages = (*info.data["reviews"], *OTHER_STAGES)
        if unknown := [name for name in stated if name not in stages]:
            raise PydanticCustomError(
                "work_days",
                N_("work_days: names {unknown}, which is no stage of this process; its stages are {stages}"),
                {"unknown": ", ".join(unknown), "stages": ", ".join(stages)},
            )
        return stated

    @property
    def among(self) -> str:
        """The condition that selects applications of its programme."""
        return f"event.programme == '{self.programme}'"

    def preconditions(self) -> tuple[Precondition, ...]:
        """Return the conditions in the order in which an applicant goes through the process."""
        return tuple(_preconditions(self))


# These texts are in Chinese, as rules are: explanations show them beside the texts that officers write.
def _preconditions(process: Process) -> Iterator[Precondition]:
    yield Precondition(
        "known(application.submitted_on)",
        "没有收到申请，或者申请已经撤回、不予通过",
        "提交申请；已经提交的，请受理的工会补报提交记录",
    )
    if window := process.window:
        first, last = (f"{int(day[:2])}月{int(day[3:])}日" for day in (window.since, window.until))
        yield Precondition(
            window.that,
            f"不在申请的日子里：每年{first}至{last}受理",
            f"下一个{first}起再申请",
        )
    if process.within:
        days = int(process.within[1:-1])
        yield Precondition(
            f"{_HAPPENED_ON} <= {_APPLIED_ON} and days_between({_HAPPENED_ON}, {_APPLIED_ON}) <= {days}",
            f"事情发生后{days}天内没有申请，或者没有写明是哪一天发生的",
            f"在发生后{days}天内申请，写明发生的日期；有特殊原因的，请问所在工会",
        )
    if process.attachments:
        yield Precondition(
            f"application.attachments >= {process.attachments}",
            "申请附件还差{missing}份",
            f"补齐附件后重新提交，至少{process.attachments}份，重复的只算一份",
            process.attachments,
        )
    yield from _reviews(process.reviews)
    if process.public_notice:
        yield from _notice(process.public_notice)


def _reviews(stages: tuple[str, ...]) -> Iterator[Precondition]:
    for stage in stages:
        yield Precondition(
            f"'{stage}' in application.stages",
            f"还没有通过“{stage}”的审核",
            f"请“{stage}”审核；重新提交的申请要重新审核",
        )
    if len(stages) < 2:
        return
    yield Precondition(
        " and ".join(f"'{later}>{earlier}' not in application.order" for earlier, later in pairwise(stages)),
        f"审核次序不对，应当是{'→'.join(stages)}",
        "请提前审核的环节先退回，再按次序重新审核",
    )
    yield Precondition(
        " and ".join(
            f"'{one}={other}' not in application.same_reviewer"
            for place, one in enumerate(stages)
            for other in stages[place + 1 :]
        ),
        "有两个审核环节是同一个人审的，或者没有登记审核人",
        "请其中一个环节退回，由另一个人重新审核，并登记审核人",
    )


def _notice(notice: PublicNotice) -> Iterator[Precondition]:
    fact, unit = (
        ("application.notice_work_days", "个工作日")
        if notice.counted == "work_days"
        else ("application.notice_days", "天")
    )
    yield Precondition(
        f"{fact} >= {notice.days}",
        f"公示还差{{missing}}{unit}",
        f"公示满{notice.days}{unit}后再确认（公示当天不算）；公示后又审核过的要重新公示",
        notice.days,
    )
    yield Precondition(
        "application.objections == 0",
        "公示中的异议还没有处理完",
        "请先处理异议，处理完后再确认",
    )
