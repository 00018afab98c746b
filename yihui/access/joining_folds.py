"""Fold again from the audit log what organisations say of joining: who is reviewed, whose workers they take, which text counts.

Without a review nobody decides who comes back; who takes a platform's workers is where they are sent; and by the
text it is shown what a person agreed to, which the audit log holds by its digest.
"""

from collections.abc import Iterator, Mapping
from dataclasses import astuple, fields
from typing import Any

from sqlalchemy import Connection, select, true

from members.joining.consents import Consent, ConsentText, consent_from_row
from members.joining.tables import join_consents, join_review_settings, join_takers
from store import Fold, Portion
from yihui.access.key_folds import read_entries
from yihui.access.roles import Right
from yihui.access.tables import audit_entries

_RIGHT = Right.CHANGE_ORGANISATIONS.value
REVIEW_ACT, TAKERS_ACT = f"{_RIGHT}.review_joins", f"{_RIGHT}.say_takers"
WRITE_CONSENT_ACT, WITHDRAW_CONSENT_ACT = f"{_RIGHT}.write_consent", f"{_RIGHT}.withdraw_consent"
_OBJECT = "organisation"
_REVIEW = ("organisation", "reviews", "days", "officer", "at")
_TAKERS = ("organisation", "names", "officer", "at")
_TEXT = tuple(one.name for one in fields(ConsentText))
_CONSENT = ("organisation", "version", *_TEXT, "digest", "officer", "at")


def _list_reviews(connection: Connection) -> Iterator[Portion]:
    said = [
        (one.object_id, one.after["reviews"], one.after.get("days"), one.actor, one.at)
        for one in read_entries(connection, _OBJECT)
        if one.act == REVIEW_ACT
    ]
    said.sort(key=lambda row: row[0])
    yield Portion(true(), said)


def _list_takers(connection: Connection) -> Iterator[Portion]:
    said = [
        (one.object_id, "\n".join(one.after["takes"]), one.actor, one.at)
        for one in read_entries(connection, _OBJECT)
        if one.act == TAKERS_ACT
    ]
    said.sort(key=lambda row: row[0])
    yield Portion(true(), said)


def _list_consents(connection: Connection) -> Iterator[Portion]:
    there = {(row.organisation, row.version): row for row in connection.execute(select(join_consents))}
    said: dict[tuple[str, int], tuple[Any, ...]] = {}
    for one in read_entries(connection, _OBJECT):
        if one.act in (WRITE_CONSENT_ACT, WITHDRAW_CONSENT_ACT):
            key = (one.object_id, one.after["version"])
            digest = one.after.get("digest") or Consent(*key, None).digest
            row = (*key, *_expect_text(there.get(key), one.after, digest), digest, one.actor, one.at)
            said.setdefault(key, row)  # the same text written again is no new version
    yield Portion(true(), [*said.values()])


def _expect_text(row: Any, after: Mapping[str, Any], digest: str) -> tuple[str | None, ...]:
    """Return the words of a text as they stand there, or its digest for each where they are other ones."""
    if "digest" not in after:
        return (None,) * len(_TEXT)  # it was withdrawn
    stored = None if row is None else consent_from_row(row)
    if stored is None or stored.text is None or stored.digest != digest:
        return (f"sha256:{digest}",) * len(_TEXT)
    return astuple(stored.text)


_ORDER = ("organisation", "sequence")
JOINING_FOLDS = (
    Fold(join_review_settings, audit_entries.name, _REVIEW, 1, _list_reviews, _ORDER),
    Fold(join_takers, audit_entries.name, _TAKERS, 1, _list_takers, _ORDER),
    Fold(join_consents, audit_entries.name, _CONSENT, 2, _list_consents),
)
