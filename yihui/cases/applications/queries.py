"""Which applications wait for officers: the queue by deadline, and which of them another officer must decide."""

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from core.civil_time import civil_date, end_of_day
from core.prompts import Prompt
from core.text_marks import N_
from yihui.access.roles import Right
from yihui.cases.applications.acts import RIGHT
from yihui.cases.kernel.scope import is_own_step
from yihui.frame.cells import Chip
from yihui.frame.listing import Looking, RowSlice
from yihui.frame.todo import Waiting
from yihui.frame.types import Form, OrganisationCode
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from yihui.cases.applications.listed import ListedApplication
    from yihui.cases.applications.stages import ApplicationStage

PATH = "applications"
READS = Right.READ_APPLICATIONS
STAGE_LABELS = {
    "review": N_("in review"),
    "publish": N_("to be published"),
    "notice": N_("public notice runs"),
    "objections": N_("objections to answer"),
    "confirm": N_("to be confirmed"),
    "returned": N_("sent back, waits for the applicant"),
    "confirmed": N_("confirmed"),
    "withdrawn": N_("withdrawn"),
    "refused": N_("refused by an officer"),
}
_TONES = {"confirmed": "good", "withdrawn": "", "returned": "", "objections": "bad", "refused": "bad"}


class ApplicationFilter(Form):
    """Open applications of a stage, a programme, an organisation and those below it; overdue ones or appeals alone."""

    stage: Annotated[
        Literal["review", "publish", "notice", "objections", "confirm", "returned"] | None,
        Prompt(N_("Stage"), labels=STAGE_LABELS),
    ] = None
    programme: Annotated[str | None, Field(max_length=100), Prompt(N_("Programme"))] = None
    organisation: Annotated[OrganisationCode | None, Prompt(N_("Organisation"))] = None
    overdue: Annotated[bool, Prompt(N_("overdue ones only"))] = False
    appealed: Annotated[bool, Prompt(N_("appeals against refusals only"))] = False


def stage_chip(stage: "ApplicationStage", language: Language | None = None) -> Chip:
    """Return the stage of an application; of a review also whose it is."""
    title = STAGE_LABELS[stage.kind]
    if stage.review and language is not None:
        title = language.render(N_("review by {stage}"), stage=stage.review)
    if language is not None and stage.is_appeal:
        title = language.render(N_("{stage}, appeal"), stage=language.translate(title))
    return Chip(stage.kind, title, _TONES.get(stage.kind, "waiting"))


def list_open(look: Looking[Any], right: Right, asked: ApplicationFilter) -> "list[ListedApplication]":
    """List the open applications of the officer's subtrees, overdue ones first, then by their deadlines."""
    from yihui.cases.applications.listed import list_open_applications
    from yihui.services.access.officer_scope import OfficerScope

    today = civil_date(look.now)
    programme = (asked.programme or "").strip()
    found, _ = list_open_applications(
        look.wiring, look.connection, look.scope(right), programme, appealed=asked.appealed
    )
    if asked.organisation is not None:
        below = OfficerScope(frozenset({asked.organisation}), today)
        covered = below.find_covered(look.connection, {one.organisation for one in found})
        found = [one for one in found if one.organisation in covered]
    return sorted(
        found, key=lambda one: (not one.stage.is_overdue(today), one.stage.due or date.max, one.version)
    )


def find_applications(look: Looking[ApplicationFilter]) -> "RowSlice[ListedApplication]":
    """Find open applications, those that wait longest first."""
    asked, today = look.filter, civil_date(look.now)
    found = [
        one
        for one in list_open(look, READS, asked)
        if asked.stage in (None, one.stage.kind) and (one.stage.is_overdue(today) or not asked.overdue)
    ]
    return look.cut(found)


def find_waiting(look: Looking[Any], language: Language) -> RowSlice[Waiting]:
    """Find the applications whose next step the officer may do."""
    found = [
        one
        for one in list_open(look, RIGHT, ApplicationFilter())
        if one.stage.kind not in ("notice", "returned") and not is_barred(look, one)
    ]
    rows = [
        Waiting(
            f"{one.programme} {one.year} · {language.translate(stage_chip(one.stage, language).title)}",
            f"/desk/{PATH}/{one.number}",
            end_of_day(one.stage.due) if one.stage.due else None,
            one.member,
            one.organisation,
        )
        for one in found
    ]
    return look.cut(rows)


def list_barred(look: Looking[Any], one: "ListedApplication") -> frozenset[str]:
    """Return the acts that another officer does: who passed an earlier review doesn't pass this one, and who refused an
    application doesn't decide about the appeal.
    """
    from yihui.cases.applications.stages import DECIDING

    progress, kind = one.stage.progress, one.stage.kind
    if progress is None:
        return frozenset()
    if any(step.reviewer and is_own_step(look, step.reviewer) for step in progress.refusals):
        return DECIDING
    is_own = kind == "review" and any(who and is_own_step(look, who) for who in progress.accepted.values())
    return frozenset({"accept"}) if is_own else frozenset()


def is_barred(look: Looking[Any], one: "ListedApplication") -> bool:
    """Return whether another officer takes the next step of an application."""
    from yihui.cases.applications.stages import ACTS_OF_STAGES

    return not list_barred(look, one).isdisjoint(ACTS_OF_STAGES[one.stage.kind][:1])
