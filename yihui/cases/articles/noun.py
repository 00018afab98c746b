"""The knowledge base at every door: the search, the list of what is due for its review, an article's page."""

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, Field

from core.civil_time import civil_date
from core.prompts import Prompt
from core.text_marks import N_
from members.hotline.article import KIND_TITLES, LONGEST_QUERY, parse_query
from yihui.access.roles import Right
from yihui.cases.articles.acts import ADD, ARTICLE, CHANGE, REVIEW
from yihui.cases.hotline.calls import TABS
from yihui.frame.cells import Chip, Link, Officer
from yihui.frame.content import Fact, Facts, Prose, Table, TableColumn, ThingPage
from yihui.frame.listing import Listing, Looking, RowSlice, find_selected
from yihui.frame.noun import Noun
from yihui.frame.types import Form
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from members.hotline.article_repository import StoredArticle

REVIEW_EVERY = timedelta(days=365)
_BEST = 200  # articles that a search finds
_column = TableColumn["StoredArticle"]
_OVERDUE = Chip("overdue", N_("overdue"), "bad")


class ArticleFilter(Form):
    """Which articles are found: those with these words, those that have ended, those not reviewed for a year."""

    query: Annotated[str, Field(max_length=LONGEST_QUERY), Prompt(N_("A question, or words of a law"))] = ""
    ended: Annotated[bool, Prompt(N_("also what is no longer valid"))] = False
    overdue: Annotated[bool, Prompt(N_("only what nobody reviewed for a year"))] = False


def find_articles(look: Looking[ArticleFilter]) -> "RowSlice[StoredArticle]":
    """Find the articles that answer a question, the best first; without one those whose review is the longest ago.

    *Raises*: FaultError for a question without a word.
    """
    from members.hotline.article_repository import search_articles, select_articles, stored_article

    asked = look.filter
    before = look.now - REVIEW_EVERY if asked.overdue else None
    if not asked.query.strip():
        return find_selected(look, select_articles(before), stored_article)
    day = None if asked.ended else civil_date(look.now)
    found = search_articles(look.connection, parse_query(asked.query), day, _BEST)
    return look.cut([one for one in found if before is None or one.reviewed_at <= before])


def show_article(look: Looking[BaseModel], newest: "StoredArticle", language: Language) -> ThingPage:
    """Return an article with all its versions, the newest first."""
    from members.hotline.article_repository import list_versions

    article, due = newest.article, newest.reviewed_at + REVIEW_EVERY
    versions = list_versions(look.connection, newest.number)
    facts = (
        Fact("kind", N_("Kind"), _kind(newest)),
        Fact("source", N_("Source"), article.source),
        Fact("clause", N_("Clause"), article.clause),
        Fact("valid_from", N_("Valid from"), article.valid_from),
        Fact("valid_until", N_("Valid until"), article.valid_until or ""),
        Fact("reviewed_at", N_("Reviewed"), civil_date(newest.reviewed_at)),
        Fact("review_due", N_("Review due"), civil_date(due)),
    )
    earlier = [
        Prose(f"text_{one.version}", _render_version(one, language), _render_text(one), is_folded=True)
        for one in versions[1:]
    ]
    return ThingPage(
        article.title,
        (Prose("text", "", article.text), Facts("", facts), _list_versions(versions), *earlier),
        status=_OVERDUE if due <= look.now else None,
        acts=("review", "change"),
    )


def _list_versions(versions: "Sequence[StoredArticle]") -> "Table[StoredArticle]":
    columns = (
        _column("version", N_("Version"), lambda one: one.version),
        _column("written_at", N_("Written on"), lambda one: one.written_at),
        _column("written_by", N_("Written by"), lambda one: Officer(one.written_by)),
    )
    return Table("versions", N_("Versions"), columns, versions, "")


def _render_version(one: "StoredArticle", language: Language) -> str:
    return language.render(N_("Text of version {version}"), version=one.version)


def _render_text(one: "StoredArticle") -> str:
    article = one.article
    head = f"{article.title} · {article.source} {article.clause} · {article.valid_from} – {article.valid_until or ''}"
    return f"{head.rstrip(' –')}\n\n{article.text}"


def _kind(one: "StoredArticle") -> Chip:
    return Chip(one.article.kind, KIND_TITLES[one.article.kind])


NOUN = Noun(
    "hotline/articles",
    N_("Knowledge base"),
    ARTICLE,
    Listing(
        N_("Search the articles; without a question list all, those first whose review is the longest ago."),
        ArticleFilter,
        find_articles,
        (
            _column(
                "title",
                N_("Title"),
                lambda one: Link(f"/desk/hotline/articles/{one.number}", one.article.title),
            ),
            _column("number", N_("Number"), lambda one: one.number),
            _column("version", N_("Version"), lambda one: one.version),
            _column("kind", N_("Kind"), _kind),
            _column("source", N_("Source"), lambda one: one.article.source),
            _column("clause", N_("Clause"), lambda one: one.article.clause),
            _column("reviewed_at", N_("Reviewed"), lambda one: civil_date(one.reviewed_at)),
        ),
        N_("There are no articles yet. Write the first one."),
    ),
    show_article,
    Right.READ_CASES,
    (REVIEW, CHANGE, ADD),
    tabs=TABS,
)
