"""What a person agrees to before her ID number is taken: the texts of organisations, every version of each."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, astuple, dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from members.joining.tables import join_consents
from store import in_json_array, json_array, lock_exclusive


@dataclass(frozen=True, slots=True)
class ConsentText:
    """Who handles the ID number of a person who joins, why, how long and by which law, as a union wrote it."""

    handler: str
    purpose: str
    period: str
    law: str


@dataclass(frozen=True, slots=True)
class Consent:
    """A version of an organisation's text; without ``text`` the organisation withdrew it."""

    organisation: str
    version: int
    text: ConsentText | None

    @property
    def digest(self) -> str:
        """Return the SHA-256 of whose text it is and of each word; the same text written again has the same."""
        said = [self.organisation, *(astuple(self.text) if self.text else ())]
        return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()


_TEXT = tuple(join_consents.c[one.name] for one in fields(ConsentText))
_COLUMNS = (join_consents.c.organisation, join_consents.c.version, *_TEXT)
_NO_TEXT = dict.fromkeys(one.name for one in fields(ConsentText))


def append_consent(
    connection: Connection, organisation: str, text: ConsentText | None, officer: str, at: datetime
) -> Consent:
    """Append a version of an organisation's text, or its withdrawal; the same as the last is not stored again."""
    lock_exclusive(connection, "join consents")
    last = read_consents(connection, [organisation]).get(organisation, Consent(organisation, 0, None))
    if last.text == text:
        return last
    made = Consent(organisation, last.version + 1, text)
    said = asdict(text) if text else _NO_TEXT
    row = {"organisation": organisation, "version": made.version, "digest": made.digest, **said}
    connection.execute(insert(join_consents).values(**row, officer=officer, at=at))
    return made


def read_consents(connection: Connection, organisations: Sequence[str] | None = None) -> dict[str, Consent]:
    """Return the last version of each organisation that ever had a text; of some, or of all."""
    c = join_consents.c
    query = select(*_COLUMNS).order_by(c.version)
    if organisations is not None:
        query = query.where(in_json_array(c.organisation, "codes")).params(codes=json_array(organisations))
    rows = connection.execute(query)
    return {row.organisation: consent_from_row(row) for row in rows}


def choose_nearest_consent(last: Mapping[str, Consent], lineage: Sequence[str]) -> Consent | None:
    """Return the text that holds for the first of a lineage: its own, or that of the nearest above it."""
    return next((one for code in lineage if (one := last.get(code)) and one.text), None)


def find_consent(connection: Connection, digest: str) -> Consent | None:
    """Return the text of a digest, as it was stored first."""
    c = join_consents.c
    query = select(*_COLUMNS).where(c.digest == digest).order_by(c.version).limit(1)
    row = connection.execute(query).one_or_none()
    return None if row is None else consent_from_row(row)


def consent_from_row(row: Row[Any]) -> Consent:
    """Return the text of a row; one that lacks a word was withdrawn."""
    said = [getattr(row, column.name) for column in _TEXT]
    return Consent(row.organisation, row.version, None if None in said else ConsentText(*said))
