"""Show requests to join: to the person who joins, and to officers who review them."""

from collections.abc import Iterator, Sequence

from core.civil_time import CIVIL_TIME
from core.text_marks import N_
from members import OrganisationSpan
from members.joining.repository import Escalation, ReviewSetting
from members.joining.request import MOST_WRONG_CODES
from yihui.runtime.language import Language
from yihui.services.joining.places import JoinPlaces
from yihui.services.joining.requests import JoinStatus
from yihui.services.joining.reviews import WaitingReview
from yihui.views.actors import actor_label

JOIN_STATE_LABELS = {
    "begun": N_("begun: name, ID number and phone are missing"),
    "code_sent": N_("a code was sent; it is not typed yet"),
    "proven": N_("the phone is proven; not confirmed yet"),
    "waiting": N_("confirmed; waits for a review"),
    "joined": N_("joined"),
    "transferred": N_("transferred"),
    "already_member": N_("was a member of this organisation already"),
    "refused": N_("refused by the organisation"),
    "withdrawn": N_("taken back by the person"),
    "locked": N_("ended after five wrong codes"),
    "expired": N_("ended; nobody confirmed it in time"),
}
OWN_REQUEST_LABELS = {  # as the person reads them on her own page
    "waiting": N_("waits for the organisation's answer"),
    "joined": N_("you joined"),
    "transferred": N_("you changed to this organisation"),
    "already_member": N_("you were a member there already"),
    "refused": N_("the organisation did not accept it"),
    "withdrawn": N_("you took it back"),
}
_NEXT_STEPS = {"begun": "identity", "code_sent": "code", "proven": "confirm"}


def join_json(status: JoinStatus) -> dict[str, object]:
    """Return a request as JSON; ``next`` is the step that goes on with it, and everything personal is masked."""
    request = status.request
    step = "transfer" if status.elsewhere else _NEXT_STEPS.get(request.state)
    review = None
    if request.state == "waiting" and request.review_until is not None:
        review = {
            "organisation": _named(status, request.reviewer),
            "until": request.review_until.isoformat(),
        }  # not the cause, which would tell a stranger whether the union knows an ID number
    return {
        "request": request.id,
        "state": request.state,
        "next": step,
        "organisation": _named(status, request.organisation),
        "person": dict(status.masks),
        "attempts_left": MOST_WRONG_CODES - request.wrong_codes,
        "member": request.member_id if request.state in ("joined", "transferred", "already_member") else None,
        "elsewhere": _named(status, status.elsewhere),
        "review": review,
        "expires_at": request.expires_at.isoformat(),
    }


def _named(status: JoinStatus, code: str | None) -> dict[str, str] | None:
    return None if code is None else {"code": code, "name": status.names.get(code, code)}


def join_lines(status: JoinStatus, language: Language) -> Iterator[str]:
    """Yield what became of a request."""
    request = status.request
    name = status.names.get(request.organisation, request.organisation)
    state = language.translate(JOIN_STATE_LABELS[request.state])
    yield language.render(N_("{id}  {name}: {state}"), id=request.id, name=name, state=state)


def places_json(found: JoinPlaces) -> dict[str, object]:
    """Return where a person may join, as JSON."""
    return {
        "organisations": [_place(span) for span in found.organisations],
        "homes": [_place(span) for span in found.homes],
        "districts": [{"code": one.code, "name": one.name} for one in found.districts],
        "is_cut": found.is_cut,
    }


def _place(span: OrganisationSpan) -> dict[str, object]:
    return {"code": span.code, "name": span.name, "kind": span.kind, "parent": span.parent}


def review_lines(reviews: Sequence[WaitingReview], language: Language) -> Iterator[str]:
    """Yield a line for each request that waits for a review."""
    template = N_("{id}  {who} → {name}; {reviewer} decides until {until}{overdue}")
    for one in reviews:
        request = one.request
        assert request.reviewer is not None and request.review_until is not None
        yield language.render(
            template,
            id=request.id,
            who="  ".join(one.masks.values()) or request.member_id,
            name=one.names.get(request.organisation, request.organisation),
            reviewer=one.names.get(request.reviewer, request.reviewer),
            until=_minute_text(request.review_until.astimezone(CIVIL_TIME).isoformat(sep=" ")),
            overdue=language.translate(N_("; overdue")) if one.is_overdue else "",
        )
        if request.review_cause == "other_data":
            yield "    " + language.render(
                N_("the vault holds of this ID number: {known}; compare both with the card"),
                known="  ".join(one.known.values()) or language.translate(N_("nothing")),
            )
    if not reviews:
        yield language.translate(N_("nobody waits for a review"))


def _minute_text(instant: str) -> str:
    return instant[:16]


def review_json(one: WaitingReview) -> dict[str, object]:
    """Return a waiting request as JSON for an officer; everything personal is masked."""
    request = one.request
    assert request.review_until is not None
    return {
        "request": request.id,
        "organisation": request.organisation,
        "reviewer": request.reviewer,
        "until": request.review_until.isoformat(),
        "overdue": one.is_overdue,
        "cause": request.review_cause,
        "person": dict(one.masks),
        "known": dict(one.known),
        "escalations": [escalation_json(escalation) for escalation in one.escalations],
    }


def escalation_json(one: Escalation) -> dict[str, object]:
    """Return a review that went up as JSON."""
    return {
        "request": one.request,
        "from": one.from_organisation,
        "to": one.to_organisation,
        "at": one.at.isoformat(),
    }


def escalation_lines(escalations: Sequence[Escalation], language: Language) -> Iterator[str]:
    """Yield a line for each review that went up, and their number."""
    for one in escalations:
        yield f"{one.request}  {one.from_organisation} → {one.to_organisation}"
    yield language.render(N_("reviews that went one level up: {count}"), count=len(escalations))


def setting_lines(settings: Sequence[ReviewSetting], days: int, language: Language) -> Iterator[str]:
    """Yield a line for each organisation with a setting."""
    for one in settings:
        template = (
            N_("{code}  reviews within {days} days; {by}, {on}")
            if one.reviews
            else N_("{code}  doesn't review; {by}, {on}")
        )
        on = one.at.astimezone(CIVIL_TIME).date()
        yield language.render(
            template,
            code=one.organisation,
            days=one.days or days,
            by=actor_label(one.officer, language),
            on=on,
        )
    if not settings:
        yield language.translate(N_("every organisation reviews who joins"))


def setting_json(one: ReviewSetting) -> dict[str, object]:
    """Return an organisation's setting as JSON."""
    return {
        "organisation": one.organisation,
        "reviews": one.reviews,
        "days": one.days,
        "by": one.officer,
        "reason": one.reason,
        "at": one.at.isoformat(),
    }
