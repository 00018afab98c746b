"""Show requests to join to the person who joins."""

from core.text_marks import N_
from members import OrganisationSpan
from members.joining.request import MOST_WRONG_CODES
from yihui.services.joining.places import JoinPlaces
from yihui.services.joining.requests import JoinStatus

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
