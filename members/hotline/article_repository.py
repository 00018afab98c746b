"""Store, review and search articles; the caller opens the transaction."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import log
from typing import Any

from sqlalchemy import Connection, Row, Select, TextClause, func, insert, or_, select, text, update

from members.hotline.article import Article
from members.hotline.faults import HOTLINE_FAULTS, HotlineRefused
from members.hotline.tables import hotline_article_reviews, hotline_article_versions, hotline_articles
from store import update_row_if_matched

_FIELDS = tuple(Article.model_fields)
_MOST_ENTRIES = 3_000  # of the index that a search reads
_CANDIDATES = 200  # that are ranked by all terms
_SATURATION = 1.2  # as in BM25: the third time a term stands there says less than the second
_HOLDS = "array_to_tsvector(string_to_array(terms, ' ')) @@ CAST('''' || term || '''' AS tsquery)"
_V, _A = hotline_article_versions.c, hotline_articles.c


@dataclass(frozen=True, slots=True)
class StoredArticle:
    """A version of an article; ``reviewed_at`` is when the article was last found to be right."""

    number: int
    version: int
    article: Article
    written_by: str
    written_at: datetime
    reviewed_at: datetime


def insert_article(connection: Connection, article: Article, by: str, now: datetime) -> int:
    """Store a new article; return its number."""
    row = {"version": 1, "reviewed_at": now}
    number: int = connection.execute(insert(hotline_articles).values(row).returning(_A.number)).scalar_one()
    _append_version(connection, number, 1, article, by, now)
    return number


def append_version(
    connection: Connection, number: int, seen: int, article: Article, by: str, now: datetime
) -> int:
    """Store a new version of an article; return it. *Raises*: HotlineRefused unless ``seen`` is the newest one."""
    _change(connection, number, seen, now, version=_A.version + 1)
    _append_version(connection, number, seen + 1, article, by, now)
    return seen + 1


def append_review(connection: Connection, number: int, seen: int, by: str, now: datetime) -> None:
    """Record that an officer found a version to be right. *Raises*: HotlineRefused unless it is the newest one."""
    _change(connection, number, seen, now)
    connection.execute(
        insert(hotline_article_reviews).values(article_number=number, version=seen, by=by, at=now)
    )


def _change(connection: Connection, number: int, seen: int, now: datetime, **values: Any) -> None:
    statement = update(hotline_articles).where(_A.number == number, _A.version == seen)
    if update_row_if_matched(connection, statement.values(reviewed_at=now, **values)):
        return
    newest = connection.execute(select(_A.version).where(_A.number == number)).scalar()
    if newest is None:
        raise HotlineRefused(HOTLINE_FAULTS.build("unknown_article", field="article", value=number))
    raise HotlineRefused(
        HOTLINE_FAULTS.build("article_changed", field="version", value=number, version=newest, seen=seen)
    )


def _append_version(
    connection: Connection, number: int, version: int, article: Article, by: str, now: datetime
) -> None:
    row = {name: getattr(article, name) for name in _FIELDS}
    connection.execute(
        insert(hotline_article_versions).values(
            **row, article_number=number, version=version, written_by=by, written_at=now, terms=article.terms
        )
    )


_STORED = select(hotline_article_versions, _A.reviewed_at).join(
    hotline_articles, _A.number == _V.article_number
)


def stored_article(row: Row[Any]) -> StoredArticle:
    """Return the version of an article that a row of ``select_articles`` holds."""
    known = row._mapping
    return StoredArticle(
        known["article_number"],
        known["version"],
        Article.model_construct(**{name: known[name] for name in _FIELDS}),
        known["written_by"],
        known["written_at"],
        known["reviewed_at"],
    )


def find_article(connection: Connection, number: int) -> StoredArticle | None:
    """Return the newest version of an article."""
    row = connection.execute(
        _STORED.where(_V.article_number == number, _V.version == _A.version)
    ).one_or_none()
    return None if row is None else stored_article(row)


def list_versions(connection: Connection, number: int) -> list[StoredArticle]:
    """List all versions of an article, the newest first."""
    query = _STORED.where(_V.article_number == number).order_by(_V.version.desc())
    return [stored_article(row) for row in connection.execute(query)]


def select_articles(reviewed_before: datetime | None = None) -> Select[Any]:
    """Select the newest versions, the longest unreviewed first; with an instant, only those reviewed before it."""
    query = _STORED.where(_V.version == _A.version)
    if reviewed_before is not None:
        query = query.where(_A.reviewed_at <= reviewed_before)
    return query.order_by(_A.reviewed_at, _A.number)


def search_articles(
    connection: Connection, terms: Sequence[str], day: date | None, limit: int
) -> list[StoredArticle]:
    """Return the newest versions that hold any of the terms and are valid on a day (None: on any), best first.

    The database's index (FTS5, tsvector) finds candidates by the rarest terms; they are ranked by all terms.
    A term counts the more, the fewer articles hold it.
    """
    weights = _weigh(connection, terms)
    if not weights:
        return []
    search = _search_sqlite if connection.dialect.name == "sqlite" else _search_postgresql
    first = max(_CANDIDATES, 4 * limit)
    while True:
        candidates = connection.execute(search(_rarest(weights), first)).scalars().all()
        scores = _score_valid(connection, candidates, weights, day)
        if len(scores) >= limit or len(candidates) < first:
            break
        first *= 4
    page = sorted(scores, key=lambda sequence: (-scores[sequence], sequence))[:limit]
    rows = connection.execute(_STORED.where(_V.sequence.in_(page)))
    found = {row.sequence: stored_article(row) for row in rows}
    return [found[sequence] for sequence in page]


def _weigh(connection: Connection, terms: Sequence[str]) -> dict[str, tuple[float, int]]:
    """Return the weight of each term that any article holds, and how many hold it (at most a limit)."""
    count = _count_sqlite if connection.dialect.name == "sqlite" else _count_postgresql
    articles = connection.execute(select(func.count()).select_from(hotline_articles)).scalar_one()
    return {
        term: (log(1 + articles / number), number)
        for term, number in count(connection, terms).items()
        if number
    }


def _rarest(weights: Mapping[str, tuple[float, int]]) -> dict[str, float]:
    """Return the rarest terms: a search reads at most so many entries of the index, or one term.

    A term that most articles hold distinguishes none, and would take most of the time.
    """
    chosen: dict[str, float] = {}
    entries = 0
    for term, (weight, number) in sorted(weights.items(), key=lambda item: (item[1][1], item[0])):
        entries += number
        if chosen and entries > _MOST_ENTRIES:
            break
        chosen[term] = weight
    return chosen


def _score_valid(
    connection: Connection,
    candidates: Sequence[int],
    weights: Mapping[str, tuple[float, int]],
    day: date | None,
) -> dict[int, float]:
    """Return the scores of those candidates that are the newest version and valid on a day."""
    query = (
        select(_V.sequence, _V.terms)
        .join(hotline_articles, _A.number == _V.article_number)
        .where(_V.version == _A.version, _V.sequence.in_(candidates))
    )
    if day is not None:
        query = query.where(_V.valid_from <= day, or_(_V.valid_until.is_(None), _V.valid_until >= day))
    return {row.sequence: _score(row.terms, weights) for row in connection.execute(query)}


def _score(terms: str, weights: Mapping[str, tuple[float, int]]) -> float:
    """Return the sum of the weights of the terms that a version holds; one that it repeats counts more."""
    held = Counter(term for term in terms.split(" ") if term in weights)
    return sum(weights[term][0] * times / (times + _SATURATION) for term, times in held.items())


def _count_sqlite(connection: Connection, terms: Sequence[str]) -> dict[str, int]:
    """Count the articles that hold each term, up to a limit."""
    query = text(
        "SELECT count(*) FROM (SELECT 1 FROM hotline_articles_fts WHERE hotline_articles_fts MATCH :term LIMIT :most)"
    )
    return {
        term: connection.execute(query, {"term": f'"{term}"', "most": _MOST_ENTRIES}).scalar_one()
        for term in terms
    }


def _count_postgresql(connection: Connection, terms: Sequence[str]) -> dict[str, int]:
    query = text(
        f"SELECT term, (SELECT count(*) FROM (SELECT 1 FROM hotline_article_versions WHERE {_HOLDS} LIMIT :most) AS capped) AS number "
        "FROM unnest(CAST(:terms AS text[])) AS term"
    )
    # Without statistics, of a table that was just filled, the server would split every row's terms anew.
    connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
    rows = connection.execute(query, {"terms": list(terms), "most": _MOST_ENTRIES})
    return {row.term: row.number for row in rows}


def _search_sqlite(weights: Mapping[str, float], first: int) -> TextClause:
    wanted = " OR ".join(f'"{term}"' for term in weights)
    return text(
        "SELECT rowid FROM hotline_articles_fts WHERE hotline_articles_fts MATCH :wanted ORDER BY rank, rowid LIMIT :first"
    ).bindparams(wanted=wanted, first=first)


def _search_postgresql(weights: Mapping[str, float], first: int) -> TextClause:
    return text(
        "SELECT sequence FROM unnest(CAST(:terms AS text[]), CAST(:weights AS float8[])) AS given(term, weight) "
        f"JOIN hotline_article_versions ON {_HOLDS} GROUP BY sequence ORDER BY sum(weight) DESC, sequence LIMIT :first"
    ).bindparams(terms=list(weights), weights=list(weights.values()), first=first)
