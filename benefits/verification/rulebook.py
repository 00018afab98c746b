"""Check versions, cuts and stops of rules, and held events, against the recorded acts."""

from collections.abc import Iterator, Mapping
from datetime import timedelta

from pydantic_core import from_json
from sqlalchemy import Connection, RowMapping, select

from benefits.rulebook.versions import CONTENT_DIGEST, submission_digest
from benefits.tables.rulebook import held_events, rule_acts, rule_cuts, rule_stops, rule_versions
from benefits.verification.bundles import disagreement, report_rows
from core.faults import Fault
from core.text_marks import N_

_Acts = Mapping[int, RowMapping]


def rulebook_disagreements(connection: Connection) -> Iterator[Fault]:
    """Yield every row that doesn't follow from the officers' acts; the acts themselves are sealed."""
    rows = connection.execute(select(rule_acts).order_by(rule_acts.c.sequence)).mappings()
    acts = {row["sequence"]: row for row in rows}
    yield from _versions(connection, acts)
    yield from _cuts(connection, acts)
    yield from _stops(connection, acts)
    yield from _held(connection, acts)


def _versions(connection: Connection, acts: _Acts) -> Iterator[Fault]:
    handed_in = {act["hash_after"]: act for act in acts.values() if act["act"] == "submitted"}
    for row in connection.execute(select(rule_versions).order_by(rule_versions.c.hash)).mappings():
        first = handed_in.pop(row["hash"], None)
        if first is None or not (_is_as_handed_in(row, first) and _is_as_decided(row, acts)):
            yield disagreement(N_("version {id} isn't what was handed in and decided"), id=row["hash"])
    for hash_ in handed_in:
        yield disagreement(N_("version {id} was handed in and is missing"), id=hash_)


def _is_as_handed_in(row: RowMapping, act: RowMapping) -> bool:
    """Return whether a version is the one that its act submitted."""
    same = (row["rule_id"], row["submitted_by"], row["submitted_at"]) == (
        act["rule_id"],
        act["who"],
        act["at"],
    )
    return same and _detail(act).get(CONTENT_DIGEST) == submission_digest(dict(row))


def _is_as_decided(row: RowMapping, acts: _Acts) -> bool:
    decision = (row["state"], row["decided_by"], row["decided_at"])
    if row["decided"] is None:
        return decision == ("submitted", None, None)
    act = acts.get(row["decided"])
    if act is None or act["act"] not in ("approved", "rejected"):
        return False
    of = act["hash_after"] if act["act"] == "approved" else act["hash_before"]
    return decision == (act["act"], act["who"], act["at"]) and of == row["hash"]


def _cuts(connection: Connection, acts: _Acts) -> Iterator[Fault]:
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
            yield disagreement(
                N_("the end of rule {key} isn't what act {id} says"), key=row["rule_id"], id=row["act"]
            )
    for number, act in retired.items():
        yield disagreement(
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


def _uncut(connection: Connection) -> Iterator[Fault]:
    """Return versions that take over from others but have no cut of those others."""
    query = (
        select(rule_versions.c.hash.label("id"))
        .outerjoin(rule_cuts, rule_cuts.c.act == rule_versions.c.decided)
        .where(rule_versions.c.takes_over, rule_versions.c.state == "approved", rule_cuts.c.act.is_(None))
    )
    told = N_("version {id} takes over, the end of those before it is missing")
    return report_rows(connection, told, query)


def _stops(connection: Connection, acts: _Acts) -> Iterator[Fault]:
    """Check that a rule is stopped by the last act that stopped it, unless a later act resumed it."""
    last = {act["rule_id"]: act for act in acts.values() if act["act"] in ("stopped", "resumed")}
    stopped = {rule: act["sequence"] for rule, act in last.items() if act["act"] == "stopped"}
    kept = {row.rule_id: row.act for row in connection.execute(select(rule_stops))}
    for rule in sorted(stopped.keys() | kept.keys()):
        if stopped.get(rule) != kept.get(rule):
            told = N_("rule {key} is kept as stopped by act {kept}, the acts say {expected}")
            yield disagreement(told, key=rule, kept=kept.get(rule), expected=stopped.get(rule))


def _held(connection: Connection, acts: _Acts) -> Iterator[Fault]:
    """Check that each held event names its stop, and that its columns agree with its text."""
    for row in connection.execute(select(held_events).order_by(held_events.c.sequence)).mappings():
        act = acts.get(row["act"])
        stops = act is not None and (act["act"], act["rule_id"]) == ("stopped", row["rule_id"])
        named = {name: row[column] for name, column in _NAMED.items()}
        event = _object(row["event"])
        if not stops or named != {name: event.get(name) for name in _NAMED}:
            told = N_("event {id}, held for rule {key}, isn't what its stop and its text say")
            yield disagreement(told, id=row["event_id"], key=row["rule_id"])


_NAMED = {"source": "source", "id": "event_id", "type": "event_type", "subject": "member_id"}


def _detail(act: RowMapping) -> Mapping[str, object]:
    return _object(act["detail"])


def _object(text: str) -> Mapping[str, object]:
    """Return the JSON object in a text; an empty one if it was tampered with (reported elsewhere)."""
    try:
        content = from_json(text)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}
