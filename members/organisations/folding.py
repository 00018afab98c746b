"""Fold the spans of all organisations anew from their changes, to rebuild them or to compare them."""

from collections.abc import Iterator

from sqlalchemy import Connection, true

from members.organisations.projection import OrganisationBatch
from members.organisations.storage import (
    delete_spans,
    list_all_codes,
    read_changes,
    span_row,
)
from members.tables import organisation_changes, organisation_spans
from store import Fold, Portion


def rebuild_organisations(connection: Connection) -> int:
    """Fold the spans of all organisations anew from their changes; return the number of organisations."""
    batch = _fold_organisations(connection)
    delete_spans(connection)
    batch.record_spans()
    return len(batch.folded)


def _fold_organisations(connection: Connection) -> OrganisationBatch:
    codes = list_all_codes(connection)
    batch = OrganisationBatch(connection, read_changes(connection, codes), dict.fromkeys(codes, ()))
    batch.fold_all()
    return batch


_SPAN_COLUMNS = [one.name for one in organisation_spans.columns]


def _list_fold_portions(connection: Connection) -> Iterator[Portion]:
    spans = (one for spans in _fold_organisations(connection).folded.values() for one in spans)
    yield Portion(true(), (tuple(span_row(one)[name] for name in _SPAN_COLUMNS) for one in spans))


ORGANISATION_FOLD = Fold(organisation_spans, organisation_changes.name, _SPAN_COLUMNS, 2, _list_fold_portions)
