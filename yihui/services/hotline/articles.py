"""Write, review, list and search the articles of the hotline's knowledge base."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection

from core.civil_time import civil_date
from core.faults import FaultError
from events.retries import run_in_transaction
from members.hotline.article import Article, parse_query
from members.hotline.article_repository import (
    StoredArticle,
    append_review,
    append_version,
    count_due_reviews,
    find_article,
    insert_article,
    list_articles,
    list_versions,
    search_articles,
)
from members.hotline.faults import HOTLINE_FAULTS, HotlineRefused
from yihui.access.actor import Actor
from yihui.access.audit import AuditEntry, append_audit_entry
from yihui.access.roles import Right
from yihui.bootstrap import Wiring
from yihui.runtime.demo_clock import require_running_clock
from yihui.services.access.authorisation import authorise

ARTICLE_KIND = "hotline_article"
REVIEW_EVERY = timedelta(days=365)
PAGE = 10
MOST_REVIEWS = 100


def add_article(wiring: Wiring, actor: Actor | None, article: Article) -> StoredArticle:
    """Add an article. *Raises*: FaultError."""

    def work(connection: Connection) -> int:
        by = _authorise(wiring, connection, actor)
        number = insert_article(connection, article, by.id, wiring.now())
        _audit(wiring, connection, by, "add_article", number, 1)
        return number

    return _stored(wiring, run_in_transaction(wiring.database, work))


def change_article(
    wiring: Wiring, actor: Actor | None, number: int, seen: int, article: Article
) -> StoredArticle:
    """Add a version to an article, unless it was changed since the officer saw ``seen``. *Raises*: FaultError."""

    def work(connection: Connection) -> None:
        by = _authorise(wiring, connection, actor)
        version = append_version(connection, number, seen, article, by.id, wiring.now())
        _audit(wiring, connection, by, "change_article", number, version)

    run_in_transaction(wiring.database, work)
    return _stored(wiring, number)


def review_article(wiring: Wiring, actor: Actor | None, number: int, seen: int) -> StoredArticle:
    """Record that a version of an article was found to be right. *Raises*: FaultError."""

    def work(connection: Connection) -> None:
        by = _authorise(wiring, connection, actor)
        append_review(connection, number, seen, by.id, wiring.now())
        _audit(wiring, connection, by, "review_article", number, seen)

    run_in_transaction(wiring.database, work)
    return _stored(wiring, number)


def _authorise(wiring: Wiring, connection: Connection, actor: Actor | None) -> Actor:
    require_running_clock(wiring)
    authorise(wiring, connection, actor, Right.EDIT_ARTICLES, None)
    assert actor is not None
    return actor


def _audit(wiring: Wiring, connection: Connection, by: Actor, act: str, number: int, version: int) -> None:
    entry = AuditEntry(f"hotline.{act}", ARTICLE_KIND, str(number), after={"version": version})
    append_audit_entry(connection, by, entry, wiring.now())


def _stored(wiring: Wiring, number: int) -> StoredArticle:
    with wiring.database.read() as connection:
        return _require(connection, number)


def _require(connection: Connection, number: int) -> StoredArticle:
    found = find_article(connection, number) if 0 < number < 2**63 else None
    if found is None:
        raise HotlineRefused(HOTLINE_FAULTS.build("unknown_article", field="article", value=number))
    return found


def load_versions(wiring: Wiring, actor: Actor | None, number: int) -> Sequence[StoredArticle]:
    """Load all versions of an article, the newest first. *Raises*: FaultError."""
    with wiring.database.read() as connection:
        authorise(wiring, connection, actor, Right.READ_CASES, None)
        _require(connection, number)
        return list_versions(connection, number)


def load_articles(
    wiring: Wiring, actor: Actor | None, *, only_overdue: bool = False
) -> Sequence[StoredArticle]:
    """Load the newest versions, those first whose review is the longest ago. *Raises*: FaultError."""
    before = wiring.now() - REVIEW_EVERY if only_overdue else None
    with wiring.database.read() as connection:
        authorise(wiring, connection, actor, Right.READ_CASES, None)
        return list_articles(connection, reviewed_before=before)


@dataclass(frozen=True, slots=True)
class DueReviews:
    """The articles whose yearly review is due, those first that wait the longest; ``count`` of them in all."""

    articles: Sequence[StoredArticle]
    count: int


def load_due_reviews(wiring: Wiring, actor: Actor | None) -> DueReviews:
    """Load the first of the articles that nobody has reviewed for a year. *Raises*: FaultError."""
    before = wiring.now() - REVIEW_EVERY
    with wiring.database.read() as connection:
        authorise(wiring, connection, actor, Right.READ_CASES, None)
        found = list_articles(connection, reviewed_before=before, limit=MOST_REVIEWS)
        return DueReviews(found, count_due_reviews(connection, before))


def find_articles(
    wiring: Wiring, actor: Actor | None, query: str, *, page: int = 1, with_ended: bool = False
) -> Sequence[StoredArticle]:
    """Find the articles that answer a question, best first, ten a page; those valid today. *Raises*: FaultError."""
    if page < 1:
        raise FaultError(HOTLINE_FAULTS.build("unknown_code", field="page", value=page, known="1, 2, 3 …"))
    terms = parse_query(query)
    day = None if with_ended else civil_date(wiring.now())
    with wiring.database.read() as connection:
        authorise(wiring, connection, actor, Right.READ_CASES, None)
        return search_articles(connection, terms, day, PAGE, (min(page, 100) - 1) * PAGE)
