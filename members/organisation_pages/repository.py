"""Store and read the versions of organisations' pages, their publications and logos."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, insert, select

from members.organisation_pages.definition import PageContent
from members.organisation_pages.logo import Logo
from members.organisation_pages.tables import (
    organisation_logos,
    organisation_page_publications,
    organisation_page_versions,
)
from store import insert_into
from store.locks import lock_exclusive

_LOCK = "organisation pages"


@dataclass(frozen=True, slots=True)
class PageVersion:
    """One version of a page, who wrote it and when; ``logo`` is the picture's digest."""

    code: str
    version: int
    content: PageContent
    logo: str | None
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PagePublication:
    """That an officer published a version, or withdrew the page (None)."""

    version: int | None
    by: str
    at: datetime


def append_page_version(
    connection: Connection, code: str, content: PageContent, logo: Logo | None, by: str, now: datetime
) -> int:
    """Append a version; return its number. A version equal to the last one is not stored again."""
    lock_exclusive(connection, _LOCK)
    here = organisation_page_versions.c
    latest = connection.execute(select(func.max(here.version)).where(here.code == code)).scalar()
    digest = logo.digest if logo else None
    text = content.model_dump_json(by_alias=True)
    if latest is not None:
        last = read_page_version(connection, code, latest)
        if last is not None and (last.content, last.logo) == (content, digest):
            return int(latest)
    if logo is not None:
        row = {"digest": digest, "content": logo.content, "width": logo.width, "height": logo.height}
        connection.execute(insert_into(connection, organisation_logos).values(row).on_conflict_do_nothing())
    row = {"code": code, "version": (latest or 0) + 1, "content": text, "logo": digest}
    connection.execute(insert(organisation_page_versions).values(row | {"edited_by": by, "edited_at": now}))
    return (latest or 0) + 1


def read_page_version(connection: Connection, code: str, version: int | None = None) -> PageVersion | None:
    """Return a version of a page, by default the latest; None if there is none."""
    here = organisation_page_versions.c
    query = select(organisation_page_versions).where(here.code == code).order_by(here.version.desc()).limit(1)
    if version is not None:
        query = query.where(here.version == version)
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    content = PageContent.model_validate_json(row.content)
    return PageVersion(code, row.version, content, row.logo, row.edited_by, row.edited_at)


def list_page_versions(connection: Connection, code: str) -> list[tuple[int, str, datetime]]:
    """Return the number, the officer and the time of each version, the earliest first."""
    here = organisation_page_versions.c
    query = (
        select(here.version, here.edited_by, here.edited_at).where(here.code == code).order_by(here.version)
    )
    return [(row.version, row.edited_by, row.edited_at) for row in connection.execute(query)]


def append_publication(
    connection: Connection, code: str, version: int | None, by: str, now: datetime
) -> bool:
    """Publish a version, or withdraw the page; return False if it stands so already."""
    lock_exclusive(connection, _LOCK)
    done = list_publications(connection, code)
    if (done[-1].version if done else None) == version:
        return False
    row = {"code": code, "version": version, "published_by": by, "published_at": now}
    connection.execute(insert(organisation_page_publications).values(row))
    return True


def list_publications(connection: Connection, code: str) -> Sequence[PagePublication]:
    """Return all publications of a page, the earliest first."""
    here = organisation_page_publications.c
    query = select(organisation_page_publications).where(here.code == code).order_by(here.sequence)
    return [
        PagePublication(row.version, row.published_by, row.published_at) for row in connection.execute(query)
    ]


def read_published_page(connection: Connection, code: str) -> PageVersion | None:
    """Return the version that is published now; None if none is."""
    done = list_publications(connection, code)
    if not done or done[-1].version is None:
        return None
    return read_page_version(connection, code, done[-1].version)


def read_logo(connection: Connection, digest: str) -> Logo | None:
    row = connection.execute(
        select(organisation_logos).where(organisation_logos.c.digest == digest)
    ).one_or_none()
    return None if row is None else Logo(row.content, row.width, row.height)
