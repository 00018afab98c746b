"""Sessions as lines and JSON."""

from collections.abc import Iterator, Mapping
from datetime import date
from types import MappingProxyType

from core.text_marks import N_
from yihui.runtime.language import Language
from yihui.services.sessions import SessionState

SESSION_KIND_LABELS: Mapping[str, str] = MappingProxyType(
    {"course": N_("course"), "hall": N_("use of a hall"), "childcare": N_("childcare term")}
)
_SEATS: Mapping[str, str] = MappingProxyType(
    {
        "enrolled": N_("has a place"),
        "entered": N_("takes part in the draw"),
        "waiting": N_("waits, number {position}"),
    }
)


def session_json(state: SessionState, today: date, *, with_members: bool = False) -> dict[str, object]:
    """Return a session as JSON data; members only for officers."""
    session = state.stored.definition
    answer: dict[str, object] = {
        "id": session.id,
        "title": session.title,
        "kind": session.kind,
        "station": session.station,
        "from": session.since.isoformat(),
        "until": session.until.isoformat(),
        "begins": session.begins,
        "ends": session.ends,
        "this_week": [day.isoformat() for day in session.meetings_in_week(today)],
        "places": session.places,
        "places_left": state.places_left,
        "waiting": state.count("waiting"),
        "enrolment": {
            "mode": session.enrolment.mode,
            "from": session.enrolment.since.isoformat(),
            "until": session.enrolment.until.isoformat(),
        },
        "approved": state.is_approved,
        "closed_on": state.stored.closed_on and state.stored.closed_on.isoformat(),
    }
    if with_members:
        answer["members"] = [
            {
                "member": seat.member,
                "state": seat.state,
                "since": seat.since.isoformat(),
                "position": seat.position,
                "attended": [day.isoformat() for day in state.attendance.get(seat.member, ())],
            }
            for seat in state.seats
        ]
    return answer


def session_line(state: SessionState, language: Language) -> str:
    """Return a session on one line: when, and how many places are left."""
    session = state.stored.definition
    template = N_(
        "{title} ({kind}), {first} to {last}, {begins}–{ends}: {left} of {places} places left, {waiting} wait"
    )
    line = language.render(
        template,
        title=session.title,
        kind=language.translate(SESSION_KIND_LABELS[session.kind]),
        first=session.since,
        last=session.until,
        begins=session.begins,
        ends=session.ends,
        left=state.places_left,
        places=session.places,
        waiting=state.count("waiting"),
    )
    if state.stored.closed_on is not None:
        return f"{line}  {language.render(N_('closed on {day}'), day=state.stored.closed_on)}"
    return line if state.is_approved else f"{line}  {language.render(N_('not approved yet'))}"


def session_lines(state: SessionState, language: Language) -> Iterator[str]:
    """Yield a session and its members with their attendance."""
    yield session_line(state, language)
    for seat in state.seats:
        days = state.attendance.get(seat.member, ())
        attended = language.render(N_("attended: {days}"), days=language.format_list(map(str, days)))
        standing = language.render(_SEATS[seat.state], position=seat.position)
        yield "  ".join(filter(None, (f"  {seat.member}", standing, attended if days else "")))
