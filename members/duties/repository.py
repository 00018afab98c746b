"""Store the records of organisations' yearly cycles, and read those in force."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from pydantic_core import from_json, to_json
from sqlalchemy import Connection, RowMapping, and_, func, or_, select

from core.faults import Fault
from members.duties.due import DutyNotice, find_life, find_notices
from members.duties.faults import DUTY_FAULTS
from members.duties.messages import (
    DUTY_PAYLOADS,
    DuesPassedUp,
    DutyDue,
    DutyPayload,
    DutyRecord,
    RecordWithdrawn,
)
from members.duties.records import StoredRecord, drop_withdrawn, payloads_in_force
from members.duties.tables import organisation_records
from members.duties.terms import DutyTerms
from members.organisations.projection import OrganisationBatch
from members.organisations.storage import begins_with, read_path, read_spans, span_from_row
from members.organisations.tree import OrganisationSpan
from members.tables import organisation_spans
from store import append_rows, in_json_array, json_array

_PAGE = 1_000
_COMMON = {"on", "document", "by"}


def read_records(connection: Connection, codes: Iterable[str]) -> dict[str, list[StoredRecord]]:
    """Return all records and withdrawals of some organisations, in order of arrival; one query."""
    found: dict[str, list[StoredRecord]] = {code: [] for code in codes}
    query = (
        select(organisation_records)
        .where(in_json_array(organisation_records.c.code, "codes"))
        .order_by(organisation_records.c.sequence)
    )
    for row in connection.execute(query, {"codes": json_array(found)}).mappings():
        found[row["code"]].append(_record_from_row(row))
    return found


def _record_from_row(row: RowMapping) -> StoredRecord:
    data = {"on": row["on"], "document": row["document"], "by": row["recorded_by"], **from_json(row["data"])}
    payload = DUTY_PAYLOADS[row["type"]].model_validate(data)
    assert isinstance(payload, DutyRecord | RecordWithdrawn), f"{row['type']} is not stored as a record"
    return StoredRecord(payload, row["type"], row["source"], row["event_id"], row["recorded_at"])


@dataclass(slots=True)
class DutyBatch:
    """The records that a batch of events adds; ``organisations`` are the tree as the acts before left it."""

    connection: Connection
    organisations: OrganisationBatch
    _records: dict[str, list[StoredRecord]] = field(default_factory=dict)
    _new: list[tuple[str, StoredRecord]] = field(default_factory=list)

    def find_faults(self, code: str, payload: DutyPayload) -> list[Fault]:
        """Return why a record can't be accepted; an empty list if it can."""
        faults = self.organisations.find_absence_faults(code, payload.on, "subject")
        if isinstance(payload, DuesPassedUp):
            faults += self._recipient_faults(code, payload)
        if isinstance(payload, RecordWithdrawn):
            faults = []  # also a record of an organisation that has ended may turn out to be wrong
            if all(one.event_id != payload.record for one in drop_withdrawn(self._of(code))):
                faults.append(
                    DUTY_FAULTS.build(
                        "no_record", field="data.record", value=payload.record, organisation=code
                    )
                )
        return faults

    def _recipient_faults(self, code: str, payload: DuesPassedUp) -> list[Fault]:
        if payload.to == code:
            return [DUTY_FAULTS.build("to_itself", field="data.to", value=code)]
        above = next((span.lineage for span in self.organisations.spans(code) if span.holds(payload.on)), ())
        if payload.to in above and not self.organisations.spans(payload.to):
            return []  # one above that isn't listed, such as the province where the list begins with a city
        return self.organisations.find_absence_faults(payload.to, payload.on, "data.to")

    def _of(self, code: str) -> list[StoredRecord]:
        if code not in self._records:
            self._records.update(read_records(self.connection, [code]))
        return self._records[code]

    def apply(
        self, code: str, payload: DutyPayload, type_: str, source: str, event_id: str, now: datetime
    ) -> None:
        """Add an accepted record; a notice of the schedule changes nothing."""
        if isinstance(payload, DutyDue):
            return
        assert isinstance(payload, DutyRecord | RecordWithdrawn), f"{type_} is no record"
        record = StoredRecord(payload, type_, source, event_id, now)
        self._of(code).append(record)
        self._new.append((code, record))

    def record(self) -> None:
        """Write what was added, in order of arrival."""
        append_rows(self.connection, organisation_records, [_row(code, one) for code, one in self._new])
        self._new.clear()


def _row(code: str, record: StoredRecord) -> dict[str, object]:
    payload = record.payload
    return {
        "code": code,
        "on": payload.on,
        "type": record.type,
        "source": record.source,
        "event_id": record.event_id,
        "data": to_json(payload.model_dump(exclude=_COMMON, exclude_none=True)).decode(),
        "document": payload.document,
        "recorded_by": payload.by,
        "recorded_at": record.recorded_at,
    }


@dataclass(frozen=True, slots=True)
class OrganisationRecords:
    """An organisation of a day, all its spans, and its records in force."""

    span: OrganisationSpan
    spans: Sequence[OrganisationSpan]
    records: Sequence[DutyRecord]


def iter_records(
    connection: Connection, code: str | None, day: date, after: str = "", page: int = _PAGE
) -> Iterator[list[OrganisationRecords]]:
    """Yield the organisations of a subtree of a day page by page, each after its parent; None: all of them.

    ``after`` is the last path of what the caller has seen already.
    """
    path, since, until = organisation_spans.c.path, organisation_spans.c.since, organisation_spans.c.until
    query = (
        select(organisation_spans)
        .where(and_(since <= day, or_(until.is_(None), until > day)))
        .order_by(path)
        .limit(page)
    )
    if code is not None:
        query = query.where(begins_with(read_path(connection, code, day)))
    while spans := [span_from_row(row) for row in connection.execute(query.where(path > after)).mappings()]:
        codes = [span.code for span in spans]
        every, records = read_spans(connection, codes), read_records(connection, codes)
        yield [
            OrganisationRecords(span, every[span.code], payloads_in_force(records[span.code], day))
            for span in spans
        ]
        after = spans[-1].path


def count_organisations_on(connection: Connection, day: date) -> int:
    """Return how many organisations there are on a day."""
    since, until = organisation_spans.c.since, organisation_spans.c.until
    query = select(func.count()).where(since <= day, or_(until.is_(None), until > day))
    return int(connection.execute(query).scalar_one())


def iter_notices(
    connection: Connection, day: date, terms: DutyTerms
) -> Iterator[tuple[int, Mapping[str, Sequence[DutyNotice]]]]:
    """Yield the notices of a day by organisation, page by page, with the number of organisations examined."""
    examined = 0
    for page in iter_records(connection, None, day):
        examined += len(page)
        found: dict[str, Sequence[DutyNotice]] = {}
        for one in page:
            life = find_life(one.spans, day)
            if life is not None and (notices := find_notices(life, one.records, terms, day)):
                found[one.span.code] = notices
        yield examined, found
