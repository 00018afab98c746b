"""Organisations' pages (职工之家) as their officers write, publish and withdraw them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, Field, InstanceOf

from core.civil_time import civil_date
from core.faults import Fault, FaultError
from core.prompts import Prompt
from core.text_marks import N_
from members.organisation_pages.definition import PageContent, parse_page
from members.organisation_pages.faults import PAGE_FAULTS
from yihui.access.roles import Right
from yihui.cases.organisations.acts import RIGHT
from yihui.cases.organisations.pages import PATH as ORGANISATIONS
from yihui.cases.organisations.pages import TABS
from yihui.cases.organisations.state import OrganisationState, read_state
from yihui.frame.acts import Act, Change, Doing, Door, Kind
from yihui.frame.cells import Chip, Link, Organisation
from yihui.frame.content import Event, Fact, Facts, Prose, Section, TableColumn, ThingPage, Timeline
from yihui.frame.fields import FieldKind, TypedFile
from yihui.frame.listing import Listing, Looking, RowSlice, find_selected
from yihui.frame.noun import Noun
from yihui.frame.types import Form, read_whole
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from members.organisation_pages.logo import Logo
    from members.organisation_pages.repository import PagePublication, PageVersion

_PATH, _READS = f"{ORGANISATIONS}/pages", Right.READ_ORGANISATIONS


def _read_page(value: object) -> object:
    return parse_page(value.content, value.name) if isinstance(value, TypedFile) else value


class EditForm(Form):
    """A page as its officer writes it, with the picture that it names."""

    content: Annotated[
        InstanceOf[PageContent], BeforeValidator(_read_page), FieldKind.LIST,
        Prompt(N_("the page as YAML"), option="--from"),
    ]  # fmt: skip
    logo: Annotated[InstanceOf[TypedFile] | None, FieldKind.LIST, Prompt(N_("the logo that it names"))] = None


class PublishForm(Form):
    """Which version readers see; an earlier one takes back what came after it."""

    number: Annotated[
        int | None,
        Field(ge=1),
        BeforeValidator(read_whole),
        Prompt(N_("Version"), hint=N_("Empty: the latest.")),
    ] = None


@dataclass(frozen=True, slots=True)
class PageRecord:
    """An organisation's page: its latest version, all versions and publications."""

    state: OrganisationState
    latest: "PageVersion | None"
    versions: Sequence[tuple[int, str, datetime]]
    publications: "Sequence[PagePublication]"

    @property
    def published(self) -> int | None:
        return self.publications[-1].version if self.publications else None


def _load(at: Looking[Any] | Doing[Any, Any], code: str, _: bool) -> PageRecord:
    from members.organisation_pages.repository import list_page_versions, list_publications, read_page_version

    connection = at.connection
    state = read_state(connection, code, civil_date(at.now))
    versions, done = list_page_versions(connection, code), list_publications(connection, code)
    return PageRecord(state, read_page_version(connection, code), versions, done)


def _edit(act: Doing[EditForm, PageRecord]) -> Change:
    """Store a new version; one equal to the last is not stored again. *Raises*: FaultError with every fault."""
    from members.organisation_pages.repository import append_page_version

    content, code = act.form.content, act.thing.state.code
    faults, logo = [*_find_faults(act), *_find_state_faults(act.thing.state)], None
    try:
        logo = _read_logo(act.form)
    except FaultError as error:
        faults += error.faults
    if faults:
        raise FaultError(faults)
    version = append_page_version(act.connection, code, content, logo, act.actor.id, act.now)
    return Change(code, {"version": version})


def _read_logo(form: EditForm) -> "Logo | None":
    """Return the picture that a page names. *Raises*: FaultError if it is another file, or no such picture."""
    from members.organisation_pages.logo import parse_logo

    if not (name := form.content.theme.logo):
        return None
    if form.logo is None or form.logo.name != name:
        raise FaultError(PAGE_FAULTS.build("logo_path", field="theme.logo", value=name))
    return parse_logo(form.logo.content, name)


def _find_faults(act: Doing[EditForm, PageRecord]) -> list[Fault]:
    from geo.registry.stations import find_station
    from yihui.runtime.markdown import find_html, find_refused_links

    faults = []
    for place, text in act.form.content.markdown_texts():
        refused = find_refused_links(text)
        faults += [PAGE_FAULTS.build("link", field=place, value=link[:80]) for link in refused]
        if (found := find_html(text)) is not None:
            faults.append(PAGE_FAULTS.build("html", field=place, value=found[:40]))
    return faults + [
        PAGE_FAULTS.build("unknown_station", field=f"stations.{number}", value=station)
        for number, station in enumerate(act.form.content.stations)
        if find_station(act.connection, station) is None
    ]


def _find_state_faults(state: OrganisationState) -> list[Fault]:
    if state.current is not None:
        return []
    day, into = state.last.until, state.last.into or "–"
    return [PAGE_FAULTS.build("ended", field="key", value=state.code, day=day, into=into)]


def _publish(act: Doing[PublishForm, PageRecord]) -> Change:
    """Publish a version. *Raises*: FaultError if there is none, or the organisation has ended."""
    from members.organisation_pages.repository import append_publication

    code, known = act.thing.state.code, [number for number, _, _ in act.thing.versions]
    if faults := _find_state_faults(act.thing.state):
        raise FaultError(faults)
    number = act.form.number or (known[-1] if known else None)
    if number not in known:
        fault = "no_version" if act.form.number else "no_page"
        raise FaultError(PAGE_FAULTS.build(fault, field="number", value=code, version=number))
    append_publication(act.connection, code, number, act.actor.id, act.now)
    return Change(code, {"version": number}, {"version": act.thing.published})


def _withdraw(act: Doing[Form, PageRecord]) -> Change:
    """Withdraw a published page; its versions stay. *Raises*: FaultError if none is published."""
    from members.organisation_pages.repository import append_publication

    code = act.thing.state.code
    if act.thing.published is None:
        raise FaultError(PAGE_FAULTS.build("not_published", field="key", value=code))
    append_publication(act.connection, code, None, act.actor.id, act.now)
    return Change(code, before={"version": act.thing.published})


def find_pages(look: Looking[Form]) -> RowSlice[Any]:
    """Find the organisations of the officer's with a page, those that were written last first."""
    from sqlalchemy import func, select

    from members.organisation_pages.tables import organisation_page_publications as publications
    from members.organisation_pages.tables import organisation_page_versions as versions

    done, c = publications.c, versions.c
    last = select(func.max(done.sequence)).where(done.code == c.code).correlate(versions).scalar_subquery()
    published = select(done.version).where(done.sequence == last).scalar_subquery()
    latest = func.max(c.version).label("version"), func.max(c.edited_at).label("at")
    query = select(c.code, *latest, published.label("published")).group_by(c.code)
    return find_selected(look, query.order_by(func.max(c.edited_at).desc()), lambda row: row, c.code, _READS)


def show_page(look: Looking[Any], one: PageRecord, language: Language) -> ThingPage:
    """Return what the latest version says, which one readers see, and who wrote and published what."""
    code, latest = one.state.code, one.latest
    facts = [
        Fact("organisation", N_("Organisation"), Link(f"/desk/{ORGANISATIONS}/{code}", Organisation(code))),
        Fact("latest", N_("Latest version"), latest.version if latest else None),
        Fact("published", N_("Version that readers see"), one.published),
        Fact("public", N_("Page for everybody"), Link(f"/organisations/{code}", language.translate(N_("look at it")))),
    ]  # fmt: skip
    sections: list[Section] = [Facts("", facts)]
    if latest is not None:
        content = latest.content
        texts = (("about", N_("About"), content.about), ("join", N_("How to join"), content.join), ("members", N_("For members"), content.members))  # fmt: skip
        facts += [
            Fact("posts", N_("Posts"), len(content.posts)),
            Fact("notices", N_("Notices"), len(content.notices)),
            Fact("stations", N_("Stations"), len(content.stations)),
            Fact("logo", N_("Logo"), content.theme.logo or None),
        ]
        sections += [Prose(name, title, text) for name, title, text in texts if text]
    written = [
        Event(at, "written", N_("version written"), by, detail=str(number)) for number, by, at in one.versions
    ]
    published = [
        Event(done.at, "published" if done.version else "withdrawn", N_("version published") if done.version else N_("withdrawn"), done.by, detail=str(done.version or ""))
        for done in one.publications
    ]  # fmt: skip
    sections.append(Timeline(sorted([*written, *published], key=lambda event: event.at, reverse=True)))
    acts = [PUBLISH.name] if latest else []
    return ThingPage(
        one.state.last.name,
        sections,
        _chip(latest.version if latest else None, one.published),
        acts=[EDIT.name, *acts, *([WITHDRAW.name] if one.published else [])],
    )


def _chip(latest: int | None, published: int | None) -> Chip:
    if latest is None:
        return Chip("none", N_("no page is written"))
    if published is None:
        return Chip("draft", N_("not published"), "waiting")
    if published != latest:
        return Chip("earlier", N_("readers see an earlier version"), "waiting")
    return Chip("published", N_("published"), "good")


PAGE = Kind[PageRecord](
    "organisation",
    _load,
    lambda one: 1 + len(one.versions) + len(one.publications),
    lambda one: one.state.code,
    key=str,
    place=lambda _, code: code,
)
EDIT = Act("edit", N_("Write a new version"), EditForm, _edit, RIGHT, f"{RIGHT.value}.edit_page",
           N_("The version was stored; readers see it once it is published."), PAGE, doors=frozenset({Door.COMMAND}),
           help=N_("Store a new version of the page from a YAML file; readers see it once it is published."))  # fmt: skip
PUBLISH = Act("publish", N_("Publish a version"), PublishForm, _publish, RIGHT, f"{RIGHT.value}.publish_page",
              N_("Readers see this version now."), PAGE)  # fmt: skip
WITHDRAW = Act("withdraw", N_("Withdraw the page"), Form, _withdraw, RIGHT, f"{RIGHT.value}.withdraw_page",
               N_("The page was withdrawn; its versions stay."), PAGE, is_grave=True)  # fmt: skip
_COLUMNS = (
    TableColumn[Any]("organisation", N_("Organisation"), lambda one: Link(f"/desk/{_PATH}/{one.code}", Organisation(one.code))),
    TableColumn[Any]("state", N_("State"), lambda one: _chip(one.version, one.published)),
    TableColumn[Any]("latest", N_("Latest version"), lambda one: one.version),
    TableColumn[Any]("published", N_("Version that readers see"), lambda one: one.published),
    TableColumn[Any]("at", N_("Written on"), lambda one: one.at),
)  # fmt: skip
NOUN = Noun(
    _PATH,
    N_("Pages of organisations"),
    PAGE,
    Listing(
        N_("List the organisations with a page, those that were written last first"),
        Form,
        find_pages,
        _COLUMNS,
        N_("No organisation has written a page."),
    ),
    show_page,
    _READS,
    (EDIT, PUBLISH, WITHDRAW),
    TABS,
)
