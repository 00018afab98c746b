"""Read and write the organisations' changes and spans."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime

from pydantic_core import from_json, to_json
from sqlalchemy import ColumnElement, Connection, RowMapping, and_, bindparam, delete, func, or_, select

from members.organisation_codes import organisation_lineage
from members.organisations.tree import NO_LINEAGES, OrganisationChange, OrganisationLineages, OrganisationSpan
from members.tables import ORGANISATION_CHANGE_BATCHES, organisation_changes, organisation_spans
from store import append_batch, append_rows, in_json_array, json_array, read_once

_SPAN_FIELDS = tuple(one.name for one in fields(OrganisationSpan))
_CHANGED = ("name", "kind", "parent", "credit_code", "ended", "into", "term_years", "number")
_PAST_ALL = "\U0010ffff"  # no path goes on with it


@dataclass(frozen=True, slots=True)
class ActOrigin:
    """The event behind some changes of organisations, and who recorded it by which document."""

    type: str
    source: str
    event_id: str
    document: str | None
    recorded_by: str | None


@dataclass(frozen=True, slots=True)
class RecordedChange:
    """A change of an organisation with its origin, as it is listed."""

    change: OrganisationChange
    origin: ActOrigin
    recorded_at: datetime


def append_changes(
    connection: Connection, changes: Sequence[tuple[OrganisationChange, ActOrigin]], now: datetime
) -> None:
    """Append changes in order of arrival."""
    rows = [_change_row(one, origin, now) for one, origin in changes]
    append_batch(connection, ORGANISATION_CHANGE_BATCHES, rows, now)


def _change_row(change: OrganisationChange, origin: ActOrigin, now: datetime) -> dict[str, object]:
    said = {name: getattr(change, name) for name in _CHANGED if getattr(change, name) is not None}
    return {
        "code": change.code,
        "on": change.on,
        "type": change.type,
        "source": origin.source,
        "event_id": origin.event_id,
        "changes": to_json(said).decode(),
        "document": origin.document,
        "recorded_by": origin.recorded_by,
        "recorded_at": now,
    }


_CHANGES = (
    select(organisation_changes)
    .where(in_json_array(organisation_changes.c.code, "codes"))
    .order_by(organisation_changes.c.batch)
)


def read_recorded_changes(connection: Connection, codes: Iterable[str]) -> list[RecordedChange]:
    """Return all changes of some organisations with their origins, in order of arrival."""
    rows = connection.execute(_CHANGES, {"codes": json_array(codes)}).mappings()
    return [
        RecordedChange(
            change_from_row(row),
            ActOrigin(row["type"], row["source"], row["event_id"], row["document"], row["recorded_by"]),
            row["recorded_at"],
        )
        for row in rows
    ]


def read_changes(connection: Connection, codes: Iterable[str]) -> dict[str, list[OrganisationChange]]:
    """Return all changes of some organisations, in order of arrival; one query."""
    found: dict[str, list[OrganisationChange]] = {code: [] for code in codes}
    for row in connection.execute(_CHANGES, {"codes": json_array(found)}).mappings():
        found[row["code"]].append(change_from_row(row))
    return found


def change_from_row(row: RowMapping) -> OrganisationChange:
    return OrganisationChange(row["code"], row["on"], row["type"], **from_json(row["changes"]))


def span_from_row(row: RowMapping) -> OrganisationSpan:
    return OrganisationSpan(**{name: row[name] for name in _SPAN_FIELDS})


_SPANS = select(organisation_spans).order_by(organisation_spans.c.code, organisation_spans.c.since)
_SPANS_OF = _SPANS.where(in_json_array(organisation_spans.c.code, "codes"))
_EXCEPTIONAL = _SPANS.where(
    organisation_spans.c.code.in_(
        select(organisation_spans.c.code).where(
            organisation_spans.c.is_exceptional, in_json_array(organisation_spans.c.code, "codes")
        )
    )
)


def read_spans(connection: Connection, codes: Iterable[str]) -> dict[str, list[OrganisationSpan]]:
    """Return the spans of some organisations, the earliest first; an unlisted one has none."""
    found: dict[str, list[OrganisationSpan]] = {code: [] for code in codes}
    for row in connection.execute(_SPANS_OF, {"codes": json_array(found)}).mappings():
        found[row["code"]].append(span_from_row(row))
    return found


def load_lineages(connection: Connection, codes: Iterable[str]) -> OrganisationLineages:
    """Load where some organisations stood over time, for those whose codes don't say it."""
    wanted = {above for code in codes for above in organisation_lineage(code)}
    if not wanted:
        return NO_LINEAGES
    given = json_array(sorted(wanted))

    def read() -> OrganisationLineages:
        found: dict[str, list[OrganisationSpan]] = {}
        for row in connection.execute(_EXCEPTIONAL, {"codes": given}).mappings():
            found.setdefault(row["code"], []).append(span_from_row(row))
        return OrganisationLineages(found)

    return read_once(connection, ("lineages", given), read)


def write_spans(connection: Connection, spans: Mapping[str, Sequence[OrganisationSpan]]) -> None:
    """Replace the spans of some organisations."""
    if not spans:
        return
    codes = {"codes": json_array(spans)}
    connection.execute(
        delete(organisation_spans).where(in_json_array(organisation_spans.c.code, "codes")), codes
    )
    rows = [span_row(span) for code in sorted(spans) for span in spans[code]]
    append_rows(connection, organisation_spans, rows)


def span_row(span: OrganisationSpan) -> dict[str, object]:
    """Return a span as it is stored."""
    return {name: getattr(span, name) for name in _SPAN_FIELDS} | {"is_exceptional": span.is_exceptional}


def delete_spans(connection: Connection) -> None:
    """Delete the spans of all organisations; the caller folds them anew."""
    connection.execute(delete(organisation_spans))


def begins_with(prefix: str) -> ColumnElement[bool]:
    path = organisation_spans.c.path
    return and_(path >= prefix, path < prefix + _PAST_ALL)


def list_codes_below(connection: Connection, paths: Iterable[str]) -> list[str]:
    """Return the organisations that were ever below one of these paths, on any day, by code."""
    here = or_(*(begins_with(path) for path in paths))
    query = select(organisation_spans.c.code).where(here).distinct().order_by(organisation_spans.c.code)
    return list(connection.execute(query).scalars().all())


def holds_on(day: ColumnElement[date] | date) -> ColumnElement[bool]:
    """Return a condition on a span: it holds on a day."""
    until = organisation_spans.c.until
    return and_(organisation_spans.c.since <= day, or_(until.is_(None), until > day))


_DAY = bindparam("day", type_=organisation_spans.c.since.type)
_SUBTREE = (
    select(organisation_spans.c.code)
    .where(
        organisation_spans.c.path >= bindparam("prefix"),
        organisation_spans.c.path < bindparam("past"),
        holds_on(_DAY),
    )
    .order_by(organisation_spans.c.path)
    .subquery()
)
# One text for all: thousands of rows take most of the time. No code holds a line's end. Both databases join the
# codes in the order of the subquery, though the standard doesn't say so.
_SUBTREE_CODES = select(func.aggregate_strings(_SUBTREE.c.code, "\n"))


def read_path(connection: Connection, code: str, day: date) -> str:
    """Return the path of an organisation on a day; of an unlisted one, by the form of its code."""
    lineage = load_lineages(connection, [code]).lineage(code, day)
    return "".join(f"{above}/" for above in reversed(lineage))


def list_subtree(connection: Connection, code: str, day: date) -> list[str]:
    """Return the organisation and all listed ones below it on a day, each after its parent."""
    prefix = read_path(connection, code, day)
    given = {"prefix": prefix, "past": prefix + _PAST_ALL, "day": day}
    codes: str | None = connection.execute(_SUBTREE_CODES, given).scalar_one()
    return codes.split("\n") if codes else []


def list_subtree_spans(connection: Connection, code: str | None, day: date) -> list[OrganisationSpan]:
    """Return the span of each organisation of a subtree on a day, each after its parent; None: of all."""
    query = select(organisation_spans).where(holds_on(_DAY)).order_by(organisation_spans.c.path)
    if code is not None:
        query = query.where(begins_with(read_path(connection, code, day)))
    return [span_from_row(row) for row in connection.execute(query, {"day": day}).mappings().all()]


def count_subtree(connection: Connection, code: str, day: date) -> int:
    """Return how many organisations there are in a subtree on a day, its top included."""
    there = select(func.count()).select_from(organisation_spans).where(holds_on(_DAY))
    query = there.where(begins_with(read_path(connection, code, day)))
    return int(connection.execute(query, {"day": day}).scalar_one())


def find_by_credit_code(
    connection: Connection, credit_codes: Iterable[str]
) -> dict[str, list[OrganisationSpan]]:
    """Return the spans that have one of these unified social credit codes, by that code."""
    wanted = sorted(set(credit_codes))
    found: dict[str, list[OrganisationSpan]] = {}
    if wanted:
        query = _SPANS.where(in_json_array(organisation_spans.c.credit_code, "codes"))
        for row in connection.execute(query, {"codes": json_array(wanted)}).mappings():
            found.setdefault(row["credit_code"], []).append(span_from_row(row))
    return found


def list_common_spans(connection: Connection, day: date, within: Sequence[str]) -> list[OrganisationSpan]:
    """Return the organisations of a day that are no single employer's, below one of these paths, each after its parent."""
    c = organisation_spans.c
    is_common = or_(~c.code.contains("-"), c.kind != "union")
    query = select(organisation_spans).where(holds_on(_DAY), is_common, or_(*map(begins_with, within)))
    return [span_from_row(row) for row in connection.execute(query.order_by(c.path), {"day": day}).mappings()]


def list_names_below(
    connection: Connection, day: date, within: Sequence[str], most: int
) -> list[tuple[str, str]] | None:
    """Return code and name of each organisation of a day below some paths; None where there are more than ``most``."""
    c = organisation_spans.c
    query = select(c.code, c.name).where(holds_on(_DAY), or_(*map(begins_with, within))).limit(most + 1)
    found = [(row.code, row.name) for row in connection.execute(query, {"day": day})]
    return found if len(found) <= most else None


def organisation_names(connection: Connection, codes: Iterable[str] | None = None) -> Mapping[str, str]:
    """Return the latest name of each organisation by its code; of some, or of all."""
    query = select(organisation_spans.c.code, organisation_spans.c.name).order_by(organisation_spans.c.since)
    if codes is None:
        rows = connection.execute(query)
    else:
        here = in_json_array(organisation_spans.c.code, "codes")
        rows = connection.execute(query.where(here), {"codes": json_array(sorted(codes))})
    return {row.code: row.name for row in rows}


def list_all_codes(connection: Connection) -> list[str]:
    """Return every organisation that has a change, by code."""
    query = select(organisation_changes.c.code).distinct().order_by(organisation_changes.c.code)
    return list(connection.execute(query).scalars().all())
