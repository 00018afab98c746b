"""Benchmark the search in the hotline's knowledge base: 9,000 made-up questions, 500 of them asked in other words.

How often does the first page of ten hold the planted article, and how long does a search take? With an
argument (``python -m bench.hotline jieba``) the words are split by that library, where it is installed.
"""

import sys
import tempfile
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path
from statistics import quantiles
from time import perf_counter, process_time

from sqlalchemy import insert, text

from bench.measurement import Measurement
from geo.simplified import simplify_characters
from members.hotline.article import parse_query, split_terms
from members.hotline.article_repository import search_articles
from members.hotline.tables import hotline_article_versions, hotline_articles
from store import Database, migrate_database, open_database
from tests import postgres
from yihui.samples.hotline_articles import COUNT, build_articles, build_questions

GOAL_PERCENT, GOAL_MS = 90.0, 50.0
PAGE = 10
QUESTIONS = 500
_ROUNDS = 3  # the best of them counts, as in the other benchmarks
NOW, TODAY = datetime(2026, 11, 2, tzinfo=UTC), date(2026, 11, 2)
Split = Callable[[str], Iterable[str]]


def measure() -> list[Measurement]:
    found = []
    with tempfile.TemporaryDirectory() as folder:
        found += measure_database("sqlite", str(Path(folder) / "yihui.db"))
    if postgres.is_at_hand():
        with (
            postgres.cluster() as url,
            postgres.temporary_database(url, "bench", "TEMPLATE template0") as target,
        ):
            found += measure_database("postgresql", target)
    return found


def measure_database(name: str, target: str, split: Split = split_terms) -> list[Measurement]:
    """Measure one database; ``split`` replaces the product's own terms, to compare them with others."""
    database = open_database(target)
    migrate_database(database)
    try:
        numbers = fill(database, split)
        hits, taken, worked = _ask(database, numbers, split)
    finally:
        database.close()
    percent, p95_ms = 100 * hits / QUESTIONS, quantiles(taken, n=20)[-1]
    detail = f"{COUNT:,} articles, {QUESTIONS} questions in other words"
    cpu_ms = quantiles(worked, n=20)[-1]
    own_time = Measurement(
        f"members.hotline_search_cpu_p95_{name}",
        cpu_ms,
        "ms",
        None,
        "<=",
        GOAL_MS,
        cpu_ms <= GOAL_MS,
        f"processor time of this process alone, which a busy machine doesn't lengthen; {detail}",
    )
    return [
        *([own_time] if name == "sqlite" else []),  # PostgreSQL works in processes of its own
        Measurement(
            f"members.hotline_first_page_{name}",
            percent,
            "%",
            None,
            ">=",
            GOAL_PERCENT,
            percent >= GOAL_PERCENT,
            f"the planted article is among the first {PAGE}; {detail}",
        ),
        Measurement(
            f"members.hotline_search_p95_{name}",
            p95_ms,
            "ms",
            None,
            "<=",
            GOAL_MS,
            p95_ms <= GOAL_MS,
            f"one search, the best of three, 95th percentile of the questions; {detail}",
        ),
    ]


def fill(database: Database, split: Split = split_terms) -> list[int]:
    """Write all articles; return their numbers in order."""
    articles = list(build_articles())
    numbers = list(range(1, len(articles) + 1))
    rows = [
        {
            **article.model_dump(),
            "article_number": number,
            "version": 1,
            "written_by": "bench",
            "written_at": NOW,
            "terms": " ".join(
                [*list(split(article.title)) * 3, *split(article.text), *split(article.clause)]
            ),
        }
        for number, article in zip(numbers, articles, strict=True)
    ]
    with database.write() as connection:
        connection.execute(
            insert(hotline_articles),
            [{"number": number, "version": 1, "reviewed_at": NOW} for number in numbers],
        )
        connection.execute(insert(hotline_article_versions), rows)
    if not database.is_sqlite:
        with database.engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("VACUUM ANALYZE"))
    return numbers


def _ask(database: Database, numbers: list[int], split: Split) -> tuple[int, list[float], list[float]]:
    """Return how many first pages are right, and the milliseconds of each search by the clock and of this process."""
    hits, taken, worked = 0, [], []
    for question in build_questions(QUESTIONS):
        terms = (
            parse_query(question.text) if split is split_terms else list(dict.fromkeys(split(question.text)))
        )
        times, own = [], []
        for _ in range(_ROUNDS):
            start, begun = perf_counter(), process_time()
            with database.read() as connection:
                found = search_articles(connection, terms, TODAY, PAGE)
            times.append((perf_counter() - start) * 1000)
            own.append((process_time() - begun) * 1000)
        taken.append(min(times))
        worked.append(min(own))
        hits += numbers[question.place] in {one.number for one in found}
    return hits, taken, worked


def split_by_jieba(text: str) -> list[str]:
    """Split a text into words by jieba's search mode, where it is installed."""
    import jieba  # type: ignore[import-not-found]

    words = jieba.cut_for_search(simplify_characters(text).casefold())
    return [word for word in words if any(letter.isalnum() for letter in word)]


def split_to_trigrams(text: str) -> list[str]:
    """Split a text into runs of three Chinese characters."""
    pairs = list(split_terms(text))
    return [a + b[-1] if len(a) == len(b) == 2 and a[1] == b[0] else a for a, b in pairwise(pairs)]


if __name__ == "__main__":
    chosen = {"jieba": split_by_jieba, "trigrams": split_to_trigrams}.get((*sys.argv[1:], "")[0], split_terms)
    with tempfile.TemporaryDirectory() as scratch:
        lines = measure_database("sqlite", str(Path(scratch) / "yihui.db"), chosen)
    if postgres.is_at_hand():
        with (
            postgres.cluster() as url,
            postgres.temporary_database(url, "bench", "TEMPLATE template0") as there,
        ):
            lines += measure_database("postgresql", there, chosen)
    for line in lines:
        sys.stdout.write(f"{line.name} {line.value:.1f} {line.unit}\n")
