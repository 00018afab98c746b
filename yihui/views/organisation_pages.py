"""Show organisations' pages: the texts of the page, and what officers see of its versions."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from core.civil_time import format_civil_instant
from core.text_marks import N_
from members import UNKNOWN_FOUNDING
from yihui.runtime.language import Language
from yihui.runtime.markdown import render_markdown
from yihui.services.organisations.pages import OrganisationPage, PageRecord
from yihui.views.actors import actor_label
from yihui.views.organisations import KIND_LABELS

_FIRST_CAMPAIGNS = 6


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


def page_texts(page: OrganisationPage, language: Language) -> PageTexts:
    """Render the texts of a page in the reader's language; officers' own words stay as they are."""
    last, content = page.state.last, page.content
    above = [page.state.names.get(code) for code in reversed(last.lineage[1:])]
    campaigns = [
        language.render(N_("{title} (until {until})"), title=one.title, until=one.until)
        if one.until
        else one.title
        for one in page.campaigns
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
        [(one.code, one.name) for one in page.state.successors],
    )


def _ended_text(page: OrganisationPage, language: Language) -> str:
    last = page.state.last
    if last.until is None or last.since > page.state.day:
        return language.render(N_("This organisation begins on {day}."), day=last.since)
    return language.render(N_("This organisation ended on {day}."), day=last.until)


def page_record_json(record: PageRecord) -> dict[str, object]:
    """Return a version of a page with its history as JSON."""
    version = record.version
    return {
        "code": version.code,
        "version": version.version,
        "published": record.published,
        "by": version.by,
        "at": format_civil_instant(version.at),
        "logo": version.logo,
        "page": version.content.model_dump(mode="json", by_alias=True),
        "versions": [
            {"version": number, "by": by, "at": format_civil_instant(at)}
            for number, by, at in record.versions
        ],
        "publications": [
            {"version": one.version, "by": one.by, "at": format_civil_instant(one.at)}
            for one in record.publications
        ],
    }


def page_record_lines(record: PageRecord, language: Language) -> Iterator[str]:
    """Yield which version it is, which one readers see, and who did what when."""
    version = record.version
    yield f"{version.code}  {record.state.last.name}"
    yield language.render(
        N_("version {version} of {count}"), version=version.version, count=len(record.versions)
    )
    if record.published is None:
        yield language.render(N_("not published: readers see only the register's facts"))
    elif record.published != version.version:
        yield language.render(N_("readers see version {version}"), version=record.published)
    else:
        yield language.render(N_("published"))
    content = version.content
    yield language.render(
        N_("posts: {posts}, notices: {notices}, stations: {stations}, logo: {logo}"),
        posts=len(content.posts),
        notices=len(content.notices),
        stations=len(content.stations),
        logo=content.theme.logo or "–",
    )
    acts = [
        (
            at,
            0,
            language.render(
                N_("version {version} written by {by}"), version=number, by=actor_label(by, language)
            ),
        )
        for number, by, at in record.versions
    ]
    acts += [
        (
            one.at,
            1,
            language.render(
                N_("version {version} published by {by}"),
                version=one.version,
                by=actor_label(one.by, language),
            ),
        )
        if one.version
        else (one.at, 1, language.render(N_("withdrawn by {by}"), by=actor_label(one.by, language)))
        for one in record.publications
    ]
    for at, _, text in sorted(acts, key=lambda act: act[:2]):
        yield f"  {format_civil_instant(at)[:16].replace('T', ' ')}  {text}"
