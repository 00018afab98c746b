"""Organisations' pages: officers write, publish and withdraw them; readers get what is meant for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import Connection

from core.civil_time import civil_date
from core.faults import Fault, FaultError
from geo.registry import find_station
from members import list_links
from members.organisation_links import build_link_text
from members.organisation_pages.definition import MAX_PAGE_BYTES, PageContent, Post, parse_page
from members.organisation_pages.faults import PAGE_FAULTS
from members.organisation_pages.logo import Logo, parse_logo
from members.organisation_pages.repository import (
    PagePublication,
    PageVersion,
    append_page_version,
    append_publication,
    list_page_versions,
    list_publications,
    read_logo,
    read_page_version,
    read_published_page,
)
from members.tokens.key_ring import check_signing_key
from rules import PlacedCode, Rule, territory_covers
from yihui.bootstrap import Wiring
from yihui.runtime.markdown import find_html, find_refused_links
from yihui.services.access.officers import act_as_officer
from yihui.services.access.reach import Reach, require_organisation
from yihui.services.organisations.lookup import OrganisationState, read_organisation_state

_NO_CONTENT = PageContent(about="")


@dataclass(frozen=True, slots=True)
class PageRecord:
    """A version of a page as its officers see it, all versions and publications, and which one is published."""

    state: OrganisationState
    version: PageVersion
    versions: Sequence[tuple[int, str, datetime]]
    publications: Sequence[PagePublication]

    @property
    def published(self) -> int | None:
        return self.publications[-1].version if self.publications else None


@dataclass(frozen=True, slots=True)
class Campaign:
    """A rule in force whose scope covers the organisation."""

    rule: str
    title: str
    owner: str
    until: date | None


@dataclass(frozen=True, slots=True)
class OrganisationPage:
    """A page as its readers get it: the content holds only what they may read.

    ``join`` is the path of the organisation's link; None if none holds.
    """

    state: OrganisationState
    content: PageContent
    is_written: bool
    has_logo: bool
    campaigns: Sequence[Campaign]
    join: str | None
    for_members: bool


def edit_page(wiring: Wiring, code: str, file: Path, by: str) -> PageRecord:
    """Store a new version of a page; readers see it once it is published.

    A version equal to the last one is not stored again. *Raises*: FaultError with every fault; OSError.
    """
    content = parse_page(_read_bounded(file, MAX_PAGE_BYTES), file.name)
    faults = list(_markdown_faults(content, file.name))
    logo: Logo | None = None
    try:
        logo = _read_logo_file(content, file)
    except FaultError as error:
        faults += [fault.at(file=file.name) for fault in error.faults]

    def work(connection: Connection, at: datetime, who: str) -> PageRecord:
        found = [
            *faults,
            *_state_faults(connection, wiring, code),
            *_station_faults(connection, content, file),
        ]
        if found:
            raise FaultError(found)
        version = append_page_version(connection, code, content, logo, who, at)
        return _read_record(connection, wiring, code, version)

    return act_as_officer(wiring, by, "", lambda connection, acting: work(connection, acting.at, acting.who))


def _read_bounded(file: Path, most: int) -> bytes:
    with file.open("rb") as stream:
        return stream.read(most + 1)


def _read_logo_file(content: PageContent, file: Path) -> Logo | None:
    """Read the logo that lies beside the page's file. *Raises*: FaultError."""
    name = content.theme.logo
    if not name:
        return None
    path = file.parent / name
    if Path(name).name != name or not path.is_file():
        raise FaultError(PAGE_FAULTS.build("logo_path", field="theme.logo", value=name))
    return parse_logo(path.read_bytes(), name)


def _markdown_faults(content: PageContent, file: str) -> Sequence[Fault]:
    faults = []
    for place, text in content.markdown_texts():
        faults += [
            PAGE_FAULTS.build("link", field=place, value=link[:80], file=file)
            for link in find_refused_links(text)
        ]
        if (found := find_html(text)) is not None:
            faults.append(PAGE_FAULTS.build("html", field=place, value=found[:40], file=file))
    return faults


def _state_faults(connection: Connection, wiring: Wiring, code: str) -> Sequence[Fault]:
    try:
        state = read_organisation_state(connection, code, civil_date(wiring.now()))
    except FaultError as error:
        return error.faults
    if state.current is not None:
        return ()
    into = state.successors[-1].code if state.successors else "–"
    return [PAGE_FAULTS.build("ended", field="code", value=code, day=state.last.until, into=into)]


def _station_faults(connection: Connection, content: PageContent, file: Path) -> Sequence[Fault]:
    return [
        PAGE_FAULTS.build("unknown_station", field=f"stations.{number}", value=station, file=file.name)
        for number, station in enumerate(content.stations)
        if find_station(connection, station) is None
    ]


def publish_page(wiring: Wiring, code: str, version: int | None, by: str) -> PageRecord:
    """Publish a version of a page, by default the latest. *Raises*: FaultError."""

    def work(connection: Connection, at: datetime, who: str) -> PageRecord:
        if faults := _state_faults(connection, wiring, code):
            raise FaultError(faults)
        record = _read_record(connection, wiring, code, version)
        append_publication(connection, code, record.version.version, who, at)
        return _read_record(connection, wiring, code, record.version.version)

    return act_as_officer(wiring, by, "", lambda connection, acting: work(connection, acting.at, acting.who))


def withdraw_page(wiring: Wiring, code: str, by: str) -> PageRecord:
    """Withdraw a published page; its versions stay. *Raises*: FaultError if none is published."""

    def work(connection: Connection, at: datetime, who: str) -> PageRecord:
        _read_record(connection, wiring, code, None)
        if not append_publication(connection, code, None, who, at):
            raise FaultError(PAGE_FAULTS.build("not_published", field="CODE", value=code))
        return _read_record(connection, wiring, code, None)

    return act_as_officer(wiring, by, "", lambda connection, acting: work(connection, acting.at, acting.who))


def load_page_record(wiring: Wiring, code: str, version: int | None = None) -> PageRecord:
    """Return a version of a page, by default the latest, with its history. *Raises*: FaultError."""
    with wiring.database.read() as connection:
        return _read_record(connection, wiring, code, version)


def _read_record(connection: Connection, wiring: Wiring, code: str, version: int | None) -> PageRecord:
    state = read_organisation_state(connection, code, civil_date(wiring.now()))
    found = read_page_version(connection, code, version)
    if found is None:
        fault = "no_page" if version is None else "no_version"
        raise FaultError(PAGE_FAULTS.build(fault, field="CODE", value=code, version=version))
    return PageRecord(state, found, list_page_versions(connection, code), list_publications(connection, code))


def load_organisation_page(
    wiring: Wiring, code: str, *, for_members: bool, reach: Reach | None = None
) -> OrganisationPage:
    """Return the published page of an organisation as today's readers may see it.

    An organisation without a published page has its facts, campaigns and link. *Raises*: FaultError if
    there never was such an organisation.
    """
    day = civil_date(wiring.now())
    with wiring.database.read() as connection:
        require_organisation(connection, reach, code)
        state = read_organisation_state(connection, code, day)
        published = read_published_page(connection, code) if state.current else None
        content = published.content if published else _NO_CONTENT
        return OrganisationPage(
            state,
            select_readable(content, day, for_members=for_members),
            published is not None,
            published is not None and published.logo is not None,
            _list_campaigns(connection, wiring, state) if state.current else (),
            _read_join_path(connection, wiring, code) if state.current else None,
            for_members,
        )


def select_readable(content: PageContent, day: date, *, for_members: bool) -> PageContent:
    """Return what of a page its readers may see on a day: no name and no notice that isn't for them."""

    def hide(post: Post) -> Post:
        is_shown = for_members or post.name_for == "public"
        return post if is_shown else post.model_copy(update={"name": ""})

    posts = [
        hide(post)
        for post in content.posts
        if (post.since is None or post.since <= day) and (post.until is None or day <= post.until)
    ]
    notices = [
        notice
        for notice in content.notices
        if notice.holds(day) and (for_members or notice.audience == "public")
    ]
    return content.model_copy(
        update={
            "posts": tuple(posts),
            "notices": tuple(sorted(notices, key=lambda notice: notice.on, reverse=True)),
            "members": content.members if for_members else "",
        }
    )


def _list_campaigns(connection: Connection, wiring: Wiring, state: OrganisationState) -> list[Campaign]:
    """Return the rules in force that cover the organisation where it stands today, the nearest owner's first."""
    lineage = state.last.lineage
    code = PlacedCode(state.last.code, lineage)

    def distance(rule: Rule) -> int:
        owner = rule.definition.owner
        return lineage.index(owner) if owner in lineage else len(lineage)

    nearest: dict[str, Rule] = {}
    for rule in wiring.rulebook.in_force(connection).rules:
        if not rule.definition.in_force.holds(state.day) or not territory_covers(rule.definition.owner, code):
            continue
        other = nearest.get(rule.id)
        if other is None or distance(rule) <= distance(other):
            nearest[rule.id] = rule
    return [
        Campaign(rule.id, rule.definition.title, rule.definition.owner, rule.definition.in_force.until)
        for rule in sorted(nearest.values(), key=lambda rule: (distance(rule), rule.id))
    ]


def _read_join_path(connection: Connection, wiring: Wiring, code: str) -> str | None:
    holding = [link for link in list_links(connection, code) if link.revoked_at is None]
    if not holding:
        return None
    key = wiring.load_signing_key()
    check_signing_key(connection, key)
    return f"/join/{build_link_text(holding[-1], key)}"


def load_join_path(wiring: Wiring, code: str) -> str | None:
    """Return the path of an organisation's link; None if none holds."""
    with wiring.database.read() as connection:
        return _read_join_path(connection, wiring, code)


def load_page_logo(wiring: Wiring, code: str) -> Logo:
    """Return the logo of a published page. *Raises*: FaultError if there is none."""
    with wiring.database.read() as connection:
        published = read_published_page(connection, code)
        logo = read_logo(connection, published.logo) if published and published.logo else None
    if logo is None:
        raise FaultError(PAGE_FAULTS.build("no_picture", field="code", value=code))
    return logo


def load_page_colours(wiring: Wiring, code: str) -> tuple[str | None, str | None]:
    """Return the two colours of a published page; None for each that its officers didn't choose."""
    with wiring.database.read() as connection:
        published = read_published_page(connection, code)
    theme = published.content.theme if published else _NO_CONTENT.theme
    return theme.colour, theme.accent
