"""Versions, cuts and stops of rules, and what is held for them, against the acts that made them."""

from collections.abc import Iterator, Mapping
from datetime import timedelta

from pydantic_core import from_json
from sqlalchemy import Connection, RowMapping, select

from benefits.rulebook.versions import CONTENT_DIGEST, submission_in
from benefits.tables.rulebook import held_events, rule_acts, rule_cuts, rule_stops, rule_versions
from benefits.verification.bundles import Disagreement, wrong

N_ = str  # marks a text for the message catalogue

_Acts = Mapping[int, RowMapping]


def rulebook_disagreements(connection: Connection) -> Iterator[Disagreement]:
    """Everything that isn't what an officer did; the acts themselves are sealed."""
    rows = connection.execute(select(rule_acts).order_by(rule_acts.c.sequence)).mappings()
    acts = {row["sequence"]: row for row in rows}
    yield from _versions(connection, acts)
    yield from _cuts(connection, acts)
    yield from _stops(connection, acts)
    yield from _held(connection, acts)


def _versions(connection: Connection, acts: _Acts) -> Iterator[Disagreement]:
    handed_in = {act["hash_after"]: act for act in acts.values() if act["act"] == "submitted"}
    for row in connection.execute(select(rule_versions).order_by(rule_versions.c.hash)).mappings():
        first = handed_in.pop(row["hash"], None)
        if first is None or not (_is_as_handed_in(row, first) and _is_as_decided(row, acts)):
            yield wrong(N_("version {id} isn't what was handed in and decided"), id=row["hash"])
    for hash_ in handed_in:
        yield wrong(N_("version {id} was handed in and is missing"), id=hash_)


def _is_as_handed_in(row: RowMapping, act: RowMapping) -> bool:
    """Acts of former days knew no digest of the content; who looks at the rules in force sees its hash."""
    digest = _detail(act).get(CONTENT_DIGEST)
    same = (row["rule_id"], row["submitted_by"], row["submitted_at"]) == (
        act["rule_id"],
        act["who"],
        act["at"],
    )
    return same and digest in (None, submission_in(dict(row)))


def _is_as_decided(row: RowMapping, acts: _Acts) -> bool:
    decision = (row["state"], row["decided_by"], row["decided_at"])
    if row["decided"] is None:
        return decision == ("submitted", None, None)
    act = acts.get(row["decided"])
    if act is None or act["act"] not in ("approved", "rejected"):
        return False
    of = act["hash_after"] if act["act"] == "approved" else act["hash_before"]
    return decision == (act["act"], act["who"], act["at"]) and of == row["hash"]


def _cuts(connection: Connection, acts: _Acts) -> Iterator[Disagreement]:
    retired = {number: act for number, act in acts.items() if act["act"] == "retired"}
    query = (
        select(rule_cuts, rule_versions.c.since, rule_versions.c.takes_over)
        .outerjoin(rule_versions, rule_versions.c.decided == rule_cuts.c.act)
        .order_by(rule_cuts.c.act)
    )
    for row in connection.execute(query).mappings():
        act = acts.get(row["act"])
        retired.pop(row["act"], None)
        if act is None or act["rule_id"] != row["rule_id"] or not _is_cut_by(row, act):
            yield wrong(
                N_("the end of rule {key} isn't what act {id} says"), key=row["rule_id"], id=row["act"]
            )
    for number, act in retired.items():
        yield wrong(
            N_("rule {key} was retired by act {id}, its end is missing"), key=act["rule_id"], id=number
        )
    yield from _uncut(connection)


def _is_cut_by(row: RowMapping, act: RowMapping) -> bool:
    if row["kind"] == "retired":
        last_day: object = row["last_day"].isoformat()
        return bool(act["act"] == "retired") and _detail(act).get("last_day") == last_day
    if (row["kind"], act["act"]) != ("taken_over", "approved") or not row["takes_over"]:
        return False
    return bool(row["last_day"] == row["since"] - timedelta(days=1))


def _uncut(connection: Connection) -> Iterator[Disagreement]:
    """A version that takes over, and the end that it makes to those before it."""
    query = (
        select(rule_versions.c.hash)
        .outerjoin(rule_cuts, rule_cuts.c.act == rule_versions.c.decided)
        .where(rule_versions.c.takes_over, rule_versions.c.state == "approved", rule_cuts.c.act.is_(None))
    )
    for hash_ in connection.execute(query).scalars():
        yield wrong(N_("version {id} takes over, the end of those before it is missing"), id=hash_)


def _stops(connection: Connection, acts: _Acts) -> Iterator[Disagreement]:
    """A rule is stopped by the last act that stopped it, unless it was let go on since."""
    last = {act["rule_id"]: act for act in acts.values() if act["act"] in ("stopped", "resumed")}
    stopped = {rule: act["sequence"] for rule, act in last.items() if act["act"] == "stopped"}
    kept = {row.rule_id: row.act for row in connection.execute(select(rule_stops))}
    for rule in sorted(stopped.keys() | kept.keys()):
        if stopped.get(rule) != kept.get(rule):
            told = N_("rule {key} is kept as stopped by act {kept}, the acts say {expected}")
            yield wrong(told, key=rule, kept=kept.get(rule, "—"), expected=stopped.get(rule, "—"))


def _held(connection: Connection, acts: _Acts) -> Iterator[Disagreement]:
    """Each event that is held names the stop, and is the one that its columns say."""
    for row in connection.execute(select(held_events).order_by(held_events.c.sequence)).mappings():
        act = acts.get(row["act"])
        stops = act is not None and (act["act"], act["rule_id"]) == ("stopped", row["rule_id"])
        named = {name: row[column] for name, column in _NAMED.items()}
        event = _object(row["event"])
        if not stops or named != {name: event.get(name) for name in _NAMED}:
            told = N_("event {id}, held for rule {key}, isn't what its stop and its text say")
            yield wrong(told, id=row["event_id"], key=row["rule_id"])


_NAMED = {"source": "source", "id": "event_id", "type": "event_type", "subject": "member_id"}


def _detail(act: RowMapping) -> Mapping[str, object]:
    return _object(act["detail"])


def _object(text: str) -> Mapping[str, object]:
    """What somebody bent is no object any more; that it was bent is told."""
    try:
        content = from_json(text)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}
