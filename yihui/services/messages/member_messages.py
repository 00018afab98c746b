"""What happened to a member, the newest first: read from the rows that exist, rendered when the member asks.

No text is stored, and nothing about reading: the caller says up to which instant the phone has shown messages.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, FromClause, Row, and_, func, select, true

import benefits
from benefits import list_held_benefits
from benefits.model.accounts import BUDGET_PREFIX, FEN
from benefits.tables.appeals import appeal_answers, appeals
from benefits.tables.decisions import decisions, grants, postings
from benefits.tables.draws import claims
from benefits.tables.transactions import transactions
from core.civil_time import civil_date
from members import read_application_steps, read_member_changes
from members.hotline.tables import hotline_case_events, hotline_cases
from members.joining.tables import join_requests
from members.reminders.queue import ReminderChoice, list_member_reminders, read_reminder_choices
from members.reminders.reminder import ReminderKind
from members.tables import application_steps, member_changes
from store import inbox
from yihui.bootstrap import Wiring
from yihui.cases.applications.listed import list_member_applications

MOST_MESSAGES = 1_000
PAGE_SIZE = 30
MessageKind = Literal[
    "decision", "move", "claim", "answer", "application", "membership", "request", "case", "reminder"
]
# What ends goes back to where it came from: that is the same money once more.
_NO_SOURCE = tuple(postings.c.account.not_like(f"{source}%") for source in (BUDGET_PREFIX, "unbudgeted/"))


@dataclass(frozen=True, slots=True)
class MemberMessage:
    """One event about the member, ``at`` the instant at which it was recorded here.

    ``name`` says which of its kind; ``params`` fill the sentence; ``subject`` is the decision's id, the grant's, the
    application's number or the case's, where the member has a page of it.
    """

    at: datetime
    kind: MessageKind
    name: str
    params: Mapping[str, object] = field(default_factory=dict)
    subject: str = ""
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class MessagePage:
    """A page of messages, the newest first. ``unread`` counts all that were new before this page was shown."""

    messages: Sequence[MemberMessage]
    unread: int
    has_more: bool


def load_message_page(wiring: Wiring, member: str, seen: datetime, page: int = 0) -> MessagePage:
    """Load a page of a member's messages; what was recorded after an instant is new."""
    with wiring.database.read() as connection:
        found = _list_messages(wiring, connection, member)
    marked = [replace(one, is_new=one.at > seen) for one in found]
    first = page * PAGE_SIZE
    unread = sum(one.is_new for one in marked)
    return MessagePage(marked[first : first + PAGE_SIZE], unread, len(marked) > first + PAGE_SIZE)


def count_unread_messages(wiring: Wiring, member: str, seen: datetime) -> int:
    """Return how many messages were recorded after an instant."""
    with wiring.database.read() as connection:
        return sum(one.at > seen for one in _list_messages(wiring, connection, member, seen))


def load_reminder_choices(wiring: Wiring, member: str) -> Mapping[ReminderKind, ReminderChoice]:
    """Load which reminders a member wants, with the time of each choice."""
    with wiring.database.read() as connection:
        return read_reminder_choices(connection, member)


def _list_messages(
    wiring: Wiring, connection: Connection, member: str, since: datetime | None = None
) -> list[MemberMessage]:
    """Return the messages, the newest first; those of long tables only ``since`` an instant, if one is given."""
    found = [
        *_decisions(connection, member, since),
        *_moves(connection, member, since),
        *_claims(connection, member),
        *_answers(connection, member),
        *_steps(connection, member, {} if since else _name_applications(wiring, connection, member)),
        *_changes(connection, member),
        *_requests(connection, member),
        *_cases(connection, member),
        *_reminders(connection, member, civil_date(wiring.now()), since),
    ]
    return sorted(found, key=lambda one: one.at, reverse=True)[:MOST_MESSAGES]


def _since(column: ColumnElement[datetime], since: datetime | None) -> ColumnElement[bool]:
    return true() if since is None else column > since


def _decisions(connection: Connection, member: str, since: datetime | None) -> Iterator[MemberMessage]:
    c = decisions.c
    query = select(c.id, c.recorded_at, c.outcome, c.explanation)
    query = query.where(c.member_id == member, _since(c.recorded_at, since))
    rows = connection.execute(query.order_by(c.recorded_at.desc()).limit(MOST_MESSAGES)).all()
    titles = _read_titles(connection, rows)
    for row in rows:
        yield MemberMessage(row.recorded_at, "decision", row.outcome, {"title": titles[row.id]}, row.id)


def _read_titles(connection: Connection, rows: Sequence[Row[*tuple[Any, ...]]]) -> dict[str, str]:
    """Return the titles of the rules that decided, by decision."""
    explained = benefits.read_explanations(connection, {row.id: row.explanation for row in rows})
    return {id_: str(content.get("title", "")) for id_, content in explained.items()}


def _moves(connection: Connection, member: str, since: datetime | None) -> Iterator[MemberMessage]:
    """Yield what moved a grant after its promise, with the money that it moved."""
    t, p = transactions.c, postings.c
    moved = (
        select(func.sum(p.amount))
        .where(p.transaction_id == t.id, p.unit == FEN, p.amount > 0, *_NO_SOURCE)
        .scalar_subquery()
        .label("fen")
    )
    query = (
        select(t.recorded_at, t.kind, grants.c.id, grants.c.title, moved)
        .join(grants, grants.c.id == t.grant_id)
        .where(grants.c.member_id == member, t.kind != "promise", _since(t.recorded_at, since))
        .order_by(t.recorded_at.desc())
        .limit(MOST_MESSAGES)
    )
    for row in connection.execute(query):
        params = {"title": row.title, "fen": int(row.fen or 0)}
        yield MemberMessage(row.recorded_at, "move", row.kind, params, row.id)


def _claims(connection: Connection, member: str) -> Iterator[MemberMessage]:
    query = select(claims.c.recorded_at, decisions.c.id, decisions.c.explanation)
    query = query.join(decisions, decisions.c.id == claims.c.decision_id)
    rows = connection.execute(query.where(decisions.c.member_id == member)).all()
    titles = _read_titles(connection, rows)
    for row in rows:
        yield MemberMessage(row.recorded_at, "claim", "claimed", {"title": titles[row.id]}, row.id)


def _answers(connection: Connection, member: str) -> Iterator[MemberMessage]:
    a = appeal_answers.c
    query = select(a.recorded_at, a.verdict, decisions.c.id, decisions.c.explanation)
    query = query.join(appeals, appeals.c.id == a.appeal_id)
    query = query.join(decisions, decisions.c.id == appeals.c.decision_id)
    rows = connection.execute(query.where(appeals.c.member_id == member)).all()
    titles = _read_titles(connection, rows)
    for row in rows:
        yield MemberMessage(row.recorded_at, "answer", row.verdict, {"title": titles[row.id]}, row.id)


def _read_arrivals(
    connection: Connection, table: FromClause, member: str
) -> Mapping[tuple[str, str], datetime]:
    """Return when the events behind a member's rows arrived; an event may say that it happened long before."""
    came = and_(inbox.c.source == table.c.source, inbox.c.id == table.c.event_id)
    query = select(inbox.c.source, inbox.c.id, inbox.c.recorded_at).join(table, came)
    rows = connection.execute(query.where(table.c.member_id == member))
    return {(row.source, row.id): row.recorded_at for row in rows}


def _name_applications(wiring: Wiring, connection: Connection, member: str) -> dict[str, str]:
    today = civil_date(wiring.now())
    return {one.application: one.name for one in list_member_applications(wiring, connection, member, today)}


def _steps(connection: Connection, member: str, names: Mapping[str, str]) -> Iterator[MemberMessage]:
    arrived = _read_arrivals(connection, application_steps, member)
    c = application_steps.c
    first = select(c.application, func.min(c.sequence)).where(c.member_id == member).group_by(c.application)
    numbers = {row[0]: row[1] for row in connection.execute(first)}
    before: dict[str, str] = {}  # application → its last step
    for one in read_application_steps(connection, [member])[member]:
        name = one.type.removeprefix("application.")
        if name == "reviewed":
            name = "accepted" if one.accepted else "returned"
        is_on_notice = before.get(one.application) == "published"
        before[one.application] = name
        if name == "published" and is_on_notice:
            name = "examined"  # an objection came or was dismissed; after a return it is published anew
        about = names.get(one.application, one.programme)
        params: dict[str, object] = {"programme": about, "year": one.year, "stage": one.stage or ""}
        params["objections"] = one.objections or 0
        params["day"] = one.last_day_to_resubmit
        at = arrived.get((one.source, one.event_id), one.effective_at)
        yield MemberMessage(at, "application", name, params, str(numbers[one.application]))


def _changes(connection: Connection, member: str) -> Iterator[MemberMessage]:
    """Yield what was recorded about the member; a correction, which writes at several past instants, once."""
    arrived = _read_arrivals(connection, member_changes, member)
    found: dict[tuple[object, ...], MemberMessage] = {}
    for one in read_member_changes(connection, [member])[member]:
        facts = sorted(set(one.values) - {"status"})
        at = arrived.get((one.source, one.event_id), one.effective_at)
        found[(at, one.type, *facts)] = MemberMessage(at, "membership", one.type, {"facts": facts})
    yield from found.values()


def _requests(connection: Connection, member: str) -> Iterator[MemberMessage]:
    """Yield her requests to join or to change that were refused; one that succeeded is an event of hers."""
    c = join_requests.c
    query = select(c.ended_at, c.decision_reason)
    for row in connection.execute(query.where(c.member_id == member, c.state == "refused")):
        yield MemberMessage(row.ended_at, "request", "refused", {"reason": row.decision_reason or ""})


def _cases(connection: Connection, member: str) -> Iterator[MemberMessage]:
    """Yield the cases about the member; those that she sent herself have a page of hers, and are named by her words."""
    c, first = hotline_cases.c, hotline_case_events.c
    query = select(c.number, c.opened_at, c.closed_at, first.by, first.data)
    query = query.join(hotline_case_events, (first.case_number == c.number) & (first.version == 1))
    for row in connection.execute(query.where(c.member_id == member)):
        is_own = row.by == member
        subject, words = (str(row.number), json.loads(row.data).get("summary")) if is_own else ("", None)
        opened, closed = ("sent", "answered") if words else ("opened", "closed")  # her words may be erased
        params = {"number": row.number} | ({"summary": words} if words else {})
        yield MemberMessage(row.opened_at, "case", opened, params, subject)
        if row.closed_at is not None:
            yield MemberMessage(row.closed_at, "case", closed, params, subject)


def _reminders(
    connection: Connection, member: str, today: date, since: datetime | None
) -> Iterator[MemberMessage]:
    """Yield the reminders, each with the titles of what could be used or claimed until its day."""
    found = [
        one for one in list_member_reminders(connection, member) if since is None or one.created_at > since
    ]
    ended: dict[date | None, list[str]] = {}
    for held in list_held_benefits(connection, member, today) if found else ():
        ended.setdefault(held.stands.last_day, []).append(held.grant.title)
    for one in found:
        titles = ended.get(one.key.last_day, [])
        yield MemberMessage(
            one.created_at, "reminder", one.key.kind, {"day": one.key.last_day, "titles": titles}
        )
