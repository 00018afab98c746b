"""Signed links of organisations: printed as QR codes, without an end, but revocable and replaceable."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, Row, select, update

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from members.organisation_codes import is_organisation_code
from members.tables import organisation_links
from members.tokens.faults import TokenRefused
from members.tokens.key_ring import read_public_keys
from members.tokens.keys import SigningKey
from members.tokens.text import build_token_text, verify_token
from store import insert_into, read_once, update_row_if_matched

LinkState = Literal["valid", "revoked", "replaced", "forged", "foreign", "retired", "not_ours"]
_LINK_BYTES = 10

LINK_FAULTS = FaultTable(
    "organisation_link",
    {
        "no_link": (N_("{value} has no link with this number"), N_("`yihui organisations link` makes one")),
        "not_valid": (
            N_("the link {value} was revoked before"),
            N_("make a new one with `yihui organisations link`"),
        ),
        "organisation": (
            N_("{value} is no organisation's code"),
            N_("a code has 6 or 9 digits, or 9 digits, a hyphen and 5 digits"),
        ),
    },
)
_STATE_OF_REFUSAL: dict[str, LinkState] = {
    "forged": "forged",
    "foreign_key": "foreign",
    "retired_key": "retired",
}


@dataclass(frozen=True, slots=True)
class OrganisationLink:
    """A link; ``link`` is its random number."""

    link: str
    organisation: str
    issued_at: datetime
    by: str
    revoked_at: datetime | None = None
    replaced_by: str | None = None


@dataclass(frozen=True, slots=True)
class LinkVerdict:
    """What a scanned link is; ``replacing`` is the link that holds in place of a replaced one."""

    state: LinkState
    link: OrganisationLink | None = None
    replacing: OrganisationLink | None = None


def issue_link(
    connection: Connection,
    organisation: str,
    by: str,
    now: datetime,
    *,
    random_bytes: Callable[[int], bytes] = secrets.token_bytes,
) -> OrganisationLink:
    """Store a new link; earlier ones stay valid. *Raises*: FaultError for no organisation's code."""
    if not is_organisation_code(organisation):
        raise FaultError(LINK_FAULTS.build("organisation", field="CODE", value=organisation[:40]))
    link = random_bytes(_LINK_BYTES).hex()
    row = {"link": link, "organisation": organisation, "issued_at": now, "by": by}
    connection.execute(insert_into(connection, organisation_links).values(row))
    return OrganisationLink(link, organisation, now, by)


def revoke_link(connection: Connection, link: str, by: str, now: datetime) -> bool:
    """Revoke a link; return False if it was revoked before. *Raises*: FaultError for an unknown one."""
    _require_link(connection, link)
    return _revoke(connection, link, by, now, None)


def replace_link(connection: Connection, link: str, by: str, now: datetime) -> OrganisationLink:
    """Revoke a link and issue the one that holds in its place.

    *Raises*: FaultError for an unknown link, or one that was revoked before.
    """
    known = _require_link(connection, link)
    new = issue_link(connection, known.organisation, by, now)
    if not _revoke(connection, link, by, now, new.link):
        raise FaultError(LINK_FAULTS.build("not_valid", value=link))
    return new


def find_link(connection: Connection, link: str) -> OrganisationLink | None:
    """Return a link by its number; None if there is none."""
    query = select(organisation_links).where(organisation_links.c.link == link)
    row = connection.execute(query).one_or_none()
    return None if row is None else _link(row)


def list_links(connection: Connection, organisation: str) -> list[OrganisationLink]:
    """Return all links of an organisation, the latest last."""
    c = organisation_links.c
    query = select(organisation_links).where(c.organisation == organisation).order_by(c.issued_at, c.link)
    return read_once(
        connection, ("links", organisation), lambda: [_link(row) for row in connection.execute(query)]
    )


def build_link_text(link: OrganisationLink, key: SigningKey) -> str:
    """Return the signed text of a link; the same link and key give the same text."""
    return build_token_text("organisation", key.id, link.link, link.issued_at, key.sign)


def verify_link(connection: Connection, text: str) -> LinkVerdict:
    """Return what a scanned link is; of a replaced one also the link that holds now."""
    try:
        token = verify_token(text, read_public_keys(connection), "organisation")
    except TokenRefused as refused:
        return LinkVerdict(_STATE_OF_REFUSAL.get(refused.short_code, "not_ours"))
    link = find_link(connection, token.subject)
    if link is None:
        return LinkVerdict("not_ours")
    if link.revoked_at is None:
        return LinkVerdict("valid", link)
    latest = _latest(connection, link)
    return LinkVerdict("replaced", link, latest) if latest else LinkVerdict("revoked", link)


def _latest(connection: Connection, link: OrganisationLink) -> OrganisationLink | None:
    """Return the valid link at the end of the chain of replacements; None if that was revoked too."""
    found: OrganisationLink | None = link
    while found is not None and found.revoked_at is not None:
        found = find_link(connection, found.replaced_by) if found.replaced_by else None
    return found


def _require_link(connection: Connection, link: str) -> OrganisationLink:
    known = find_link(connection, link)
    if known is None:
        raise FaultError(LINK_FAULTS.build("no_link", value=link[:40]))
    return known


def _revoke(connection: Connection, link: str, by: str, now: datetime, new: str | None) -> bool:
    c = organisation_links.c
    valid = update(organisation_links).where(c.link == link, c.revoked_at.is_(None))
    return update_row_if_matched(connection, valid.values(revoked_at=now, revoked_by=by, replaced_by=new))


def _link(row: Row[str]) -> OrganisationLink:
    return OrganisationLink(
        row.link, row.organisation, row.issued_at, row.by, row.revoked_at, row.replaced_by
    )
