"""What officers do with applications: pass, return and refuse, publish, answer objections, confirm."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel

from core.civil_time import civil_date
from core.faults import FaultError
from core.prompts import Prompt
from core.text_marks import N_
from yihui.access.roles import Right
from yihui.cases.kernel.forms import MemberReasonForm, ReasonForm, RemarkForm
from yihui.cases.kernel.sealing import seal, take_rules
from yihui.frame.acts import NO_JSON, Act, Change, Doing, Kind
from yihui.frame.listing import Looking
from yihui.frame.papers import PaperForm, record_paper, store_paper
from yihui.frame.types import CivilDay, Form, FreeText

if TYPE_CHECKING:
    from members import ApplicationStep
    from yihui.cases.applications.listed import ListedApplication
    from yihui.cases.applications.stages import ActKind, ApplicationTerms

RIGHT = Right.DECIDE_APPLICATIONS


class ReturnForm(MemberReasonForm):
    """Why an application is sent back, and until when it may come again and keep its first day."""

    until: Annotated[
        CivilDay | None,
        Prompt(N_("Hand in again until"), hint=N_("Empty: 30 days from today.")),
    ] = None


class WordsForm(Form):
    """What a member says against a refusal, as she wrote it on paper or said it."""

    reason: Annotated[FreeText, Prompt(N_("In the member's own words"))]


@dataclass(frozen=True, slots=True)
class FoundApplication:
    """An application with its steps, and what the rules ask of it."""

    listed: "ListedApplication"
    steps: "list[ApplicationStep]"
    terms: "ApplicationTerms"


def load_application(at: Doing[Any, Any] | Looking[Any], number: int, lock: bool) -> FoundApplication:
    """Return an application of the actor's subtrees; of two acts on one member's the later waits.

    *Raises*: FaultError for one of another subtree, the same as for one that isn't there.
    """
    from store import lock_exclusive
    from yihui.access.decide import subtrees
    from yihui.cases.applications.listed import find_application
    from yihui.services.access.officer_scope import OfficerScope

    today = civil_date(at.now)
    scope = OfficerScope(subtrees(at.actor, RIGHT if lock else Right.READ_APPLICATIONS, today), today)
    found = find_application(at.wiring, at.connection, scope, number)
    if lock:
        lock_exclusive(at.connection, f"application {found[0].member}")
        found = find_application(at.wiring, at.connection, scope, number)
    return FoundApplication(*found)


APPLICATION = Kind(
    "application", load_application, lambda one: one.listed.version, lambda one: one.listed.organisation
)


def _do(kind: "ActKind") -> Callable[[Doing[Any, FoundApplication]], Change]:
    """Return what carries out an act: its event, all that follows from it, and its reason."""

    def do(act: Doing[Any, FoundApplication]) -> Change:
        from yihui.cases.applications.steps import ApplicationAct, act_on_listed
        from yihui.services.access.acting import acting_officer

        found, reason = act.thing, act.form.reason or ""
        if kind == "appeal":
            _require_nothing_beside(act)
        until = getattr(act.form, "until", None)
        wanted = ApplicationAct(found.listed.number, found.listed.version, kind, act.actor.id, reason, until)
        officer = acting_officer(act.wiring, act.actor.id, reason)
        done = act_on_listed(act.wiring, act.connection, found.listed, found.steps, wanted, officer)
        after = {"application": done.application, "act": kind, "event": done.event, "outcomes": done.outcomes}
        return Change(
            found.listed.number,
            after,
            reason=reason,
            organisation=done.organisation,
            about=("member", done.member),
        )

    return do


def _require_nothing_beside(act: Doing[Any, FoundApplication]) -> None:
    """*Raises*: FaultError if the member has an open application for what was refused."""
    from yihui.cases.applications.listed import APPLICATION_FAULTS
    from yihui.cases.applications.own_applications import load_applicant, load_own

    listed = act.thing.listed
    applicant = load_applicant(act.wiring, act.connection, listed.member, civil_date(act.now))
    if load_own(act.wiring, act.connection, applicant, listed.number).open_number is not None:
        raise FaultError(APPLICATION_FAULTS.build("open_beside", field="kind"))


def _build(
    kind: "ActKind",
    title: str,
    form: type[BaseModel],
    done: str,
    *,
    ticked: str = "",
    is_grave: bool = False,
) -> Act[Any, FoundApplication]:
    return Act(
        kind,
        title,
        form,
        _do(kind),
        RIGHT,
        f"{RIGHT.value}.{'send_back' if kind == 'return' else kind}",
        done,
        APPLICATION,
        ticked=ticked,
        is_grave=is_grave,
        prepare=take_rules,
        after=seal,
    )


_COMPARED = N_("I have compared the papers with what was stated")
ACTS = (
    _build(
        "accept",
        N_("Pass the review"),
        RemarkForm,
        N_("The review was recorded as passed."),
        ticked=_COMPARED,
    ),
    _build("publish", N_("Begin the public notice"), RemarkForm, N_("The public notice began today.")),
    _build("dismiss", N_("Dismiss an objection"), ReasonForm, N_("The objection was dismissed.")),
    _build(
        "confirm",
        N_("Confirm the application"),
        RemarkForm,
        N_("The application was confirmed; what the rules decided stands below."),
        ticked=_COMPARED,
    ),
    _build(
        "uphold",
        N_("Uphold an objection and send it back"),
        ReturnForm,
        N_("The objection was upheld; the application was sent back."),
    ),
    _build("object", N_("Record an objection"), ReasonForm, N_("The objection was recorded.")),
    _build("return", N_("Send it back"), ReturnForm, N_("The application was sent back.")),
    _build(
        "refuse",
        N_("Refuse it"),
        MemberReasonForm,
        N_("The application was refused; the member reads the reason, and may appeal."),
        ticked=_COMPARED,
        is_grave=True,
    ),
    _build(
        "appeal", N_("Record an appeal"), WordsForm, N_("The appeal was recorded; another officer decides.")
    ),
    _build(
        "resubmit",
        N_("Record that it was handed in again"),
        RemarkForm,
        N_("The application was handed in again."),
    ),
    _build(
        "withdraw",
        N_("Record that it was withdrawn"),
        ReasonForm,
        N_("The application was withdrawn."),
        is_grave=True,
    ),
)


def _attach(act: Doing[PaperForm, FoundApplication]) -> Change:
    from yihui.services.attachments.attachments import describe_file

    listed = act.thing.listed
    made = record_paper(act, act.form.picture, act.form.title, listed.file_owner)
    after = {"application": made.subject, **describe_file(made)}
    about = ("member", listed.member)
    return Change(listed.number, after, organisation=listed.organisation, about=about)


ATTACH = Act("attach", N_("Attach a file"), PaperForm, _attach, RIGHT, f"{RIGHT.value}.attach",
             N_("The file was attached."), APPLICATION, ticked=N_("I have checked this"), doors=NO_JSON,
             around=store_paper)  # fmt: skip
ACT_TITLES = {act.name: act.title for act in ACTS} | {"submit": N_("Handed in"), "appeal": N_("Appealed")}
