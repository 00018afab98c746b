"""Sessions as lines and JSON."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from core.text_marks import N_
from yihui.runtime.language import Language
from yihui.services.benefits.sessions import SessionState
from yihui.views.claims import PARTICIPATION_TEXTS

SESSION_KIND_LABELS: Mapping[str, str] = {
    "course": N_("course"),
    "hall": N_("use of a hall"),
    "childcare": N_("childcare term"),
}
_SEATS: Mapping[str, str] = {
    "enrolled": N_("has a place"),
    "entered": N_("takes part in the draw"),
    "waiting": N_("waits, number {position}"),
    "over": PARTICIPATION_TEXTS["over"],
}


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


@dataclass(frozen=True, slots=True)
class SessionNote:
    """A session as riders read it on a station's card: finished texts that name no member."""

    id: str
    title: str
    dates: str
    places: str
    enrolment: str


def session_note(state: SessionState, today: date, language: Language) -> SessionNote:
    """Return a session's texts for riders: when it meets, the places left, and how members enrol."""
    session = state.stored.definition
    dates = language.render(
        N_("{first} to {last}, {begins}–{ends}"),
        first=session.since,
        last=session.until,
        begins=session.begins,
        ends=session.ends,
    )
    week = [f"{day:%m-%d}" for day in session.meetings_in_week(today) if day >= today]
    if week:
        dates += language.render(N_("; this week on {days}"), days=language.format_list(week))
    return SessionNote(
        session.id,
        f"{session.title} ({language.translate(SESSION_KIND_LABELS[session.kind])})",
        dates,
        language.render(
            N_("{left} of {places} places left, {waiting} wait"),
            left=state.places_left,
            places=session.places,
            waiting=state.count("waiting"),
        ),
        _enrolment_text(state, today, language),
    )


def _enrolment_text(state: SessionState, today: date, language: Language) -> str:
    enrolment = state.stored.definition.enrolment
    if today > enrolment.until:
        return language.render(N_("enrolment is over since {day}"), day=enrolment.until)
    by = {
        "first_come": N_("members enrol from {first} to {last}, first come first served"),
        "lottery": N_("members enrol from {first} to {last}; the places are drawn by lot"),
    }
    return language.render(by[enrolment.mode], first=enrolment.since, last=enrolment.until)


def session_lines(state: SessionState, language: Language) -> Iterator[str]:
    """Yield a session and its members with their attendance."""
    yield session_line(state, language)
    for seat in state.seats:
        days = state.attendance.get(seat.member, ())
        attended = language.render(N_("attended: {days}"), days=language.format_list(map(str, days)))
        standing = language.render(_SEATS[seat.state], position=seat.position)
        yield "  ".join(filter(None, (f"  {seat.member}", standing, attended if days else "")))
