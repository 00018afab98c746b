"""An organisation's page as everybody reads it, and the members' part for those who are logged in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup
from sqlalchemy import Connection

from core.civil_time import civil_date
from core.faults import FaultError
from core.text_marks import N_
from members import UNKNOWN_FOUNDING, OrganisationSpan, count_current_members
from members.organisation_pages.definition import PageContent, Post
from members.organisation_pages.faults import PAGE_FAULTS
from members.organisation_pages.logo import Logo
from members.organisation_pages.repository import read_logo, read_published_page
from members.organisations.search import find_successors, name_lineage
from rules import PlacedCode, Rule, territory_covers
from yihui.bootstrap import Wiring
from yihui.cases.organisations.links import find_join_path
from yihui.cases.organisations.state import KIND_LABELS, OrganisationState, read_state
from yihui.runtime.language import Language
from yihui.runtime.markdown import render_markdown
from yihui.services.access.reach import Reach, require_organisation

_NO_CONTENT = PageContent(about="")
_FIRST_CAMPAIGNS = 6


@dataclass(frozen=True, slots=True)
class OrganisationPage:
    """A page as its readers get it: the content holds only what they may read.

    ``campaigns`` are the rules in force that cover the organisation, ``above`` the names of those above it, and
    ``join`` is the path of the organisation's link; None if none holds.
    """

    state: OrganisationState
    content: PageContent
    has_logo: bool
    campaigns: Sequence[Rule]
    above: Mapping[str, str]
    successors: Sequence[OrganisationSpan]
    members: int
    join: str | None
    for_members: bool


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
        state = read_state(connection, code, day)
        published = read_published_page(connection, code) if state.current else None
        content = published.content if published else _NO_CONTENT
        return OrganisationPage(
            state,
            select_readable(content, day, for_members=for_members),
            published is not None and published.logo is not None,
            _list_campaigns(connection, wiring, state) if state.current else (),
            name_lineage(connection, state.last.lineage, day if state.current else state.last.since),
            ()
            if state.current
            else find_successors(connection, [one for one in state.spans if one.since <= day]),
            count_current_members(connection, [code]).get(code, 0),
            find_join_path(wiring, connection, code) if state.current else None,
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


def _list_campaigns(connection: Connection, wiring: Wiring, state: OrganisationState) -> list[Rule]:
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
    return sorted(nearest.values(), key=lambda rule: (distance(rule), rule.id))


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


@dataclass(frozen=True, slots=True)
class NoticeText:
    title: str
    text: Markup
    on: date
    for_members: bool


@dataclass(frozen=True, slots=True)
class PageTexts:
    """The finished texts of a page. ``campaigns`` are those shown at once, ``more_campaigns`` on a tap."""

    name: str
    full_name: str
    kind: str
    above: str
    since: str
    about: Markup
    join: Markup
    members: Markup
    notices: Sequence[NoticeText]
    campaigns: Sequence[str]
    more_campaigns: Sequence[str]
    ended: str
    successors: Sequence[tuple[str, str]]


def render_page_texts(page: OrganisationPage, language: Language) -> PageTexts:
    """Render the texts of a page in the reader's language; officers' own words stay as they are."""
    last, content = page.state.last, page.content
    above = [page.above.get(code) for code in reversed(last.lineage[1:])]
    rules = [one.definition for one in page.campaigns]
    campaigns = [
        language.render(N_("{title} (until {until})"), title=one.title, until=until)
        if (until := one.in_force.until)
        else one.title
        for one in rules
    ]
    return PageTexts(
        content.theme.name or last.name,
        last.name,
        language.translate(KIND_LABELS[last.kind]),
        " › ".join(name for name in above if name),
        "" if page.state.founded == UNKNOWN_FOUNDING else page.state.founded.isoformat(),
        render_markdown(content.about),
        render_markdown(content.join),
        render_markdown(content.members),
        [
            NoticeText(one.title, render_markdown(one.text), one.on, one.audience == "members")
            for one in content.notices
        ],
        campaigns[:_FIRST_CAMPAIGNS],
        campaigns[_FIRST_CAMPAIGNS:],
        "" if page.state.current else _ended_text(page, language),
        [(one.code, one.name) for one in page.successors],
    )


def _ended_text(page: OrganisationPage, language: Language) -> str:
    last = page.state.last
    if last.until is None or last.since > page.state.day:
        return language.render(N_("This organisation begins on {day}."), day=last.since)
    return language.render(N_("This organisation ended on {day}."), day=last.until)
