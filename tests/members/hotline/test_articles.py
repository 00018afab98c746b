"""Articles: what is refused, their versions, and what a search finds on both databases."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from core.faults import FaultError
from core.yaml.loading import load_yaml
from members.hotline.article import Article, parse_query, split_terms
from members.hotline.article_repository import (
    append_review,
    append_version,
    find_article,
    insert_article,
    list_versions,
    search_articles,
    select_articles,
    stored_article,
)
from store import Database, StoreError
from tests.members.hotline.sample_articles import COUNT, build_articles, build_questions
from tests.transactions import read_in, write_in
from yihui.frame.typed import parse_values

NOW = datetime(2026, 11, 2, tzinfo=UTC)
TODAY = date(2026, 11, 2)
GOOD = """\
kind: question
title: 会员怎样申请法律援助
text: 向所在单位的工会提出，七个工作日内答复。
source: 示例办事指南
clause: 第三节
valid_from: 2026-01-01
"""


def article(title: str = "会员怎样申请法律援助", **changed: object) -> Article:
    return Article.model_validate(load_yaml(GOOD.encode(), "a.yaml")).model_copy(
        update={"title": title, **changed}
    )


def found(database: Database, query: str, day: date | None = TODAY, limit: int = 10) -> list[str]:
    return [one.article.title for one in read_in(database, search_articles, parse_query(query), day, limit)]


def stored(database: Database, *articles: Article) -> list[int]:
    with database.write() as connection:
        return [insert_article(connection, one, "agent-1", NOW) for one in articles]


@pytest.mark.both_databases
def test_an_article_is_found_in_traditional_characters_and_full_width(database: Database) -> None:
    stored(database, article(), article("驿站热水机坏了", text="找管理员报修。", clause=""))
    for query in (
        "法律援助",
        "法律援助怎么申请？",
        "會員法律援助",
        "ＬＡＷ　法律援助",
        " 援助\n",
        "申請法律援助的條件",
        "“法律援助” OR NEAR(* ' \"",
        "法律援助；DROP",
    ):
        assert found(database, query)[0] == "会员怎样申请法律援助", query


def test_latin_words_and_numbers_are_found_whole_in_any_form(database: Database) -> None:
    stored(database, article("驿站的WiFi密码", text="拨打12351询问。"), article("驿站的电视"))
    for query in ("ｗｉｆｉ", "WIFI", "１２３５１"):
        assert found(database, query)[:1] == ["驿站的WiFi密码"]
    assert found(database, "WiF") == []


def test_nothing_is_found_by_words_that_no_article_holds(database: Database) -> None:
    stored(database, article())
    assert found(database, "量子力学") == []


@pytest.mark.parametrize("query", ["", "　", "？！…", "'", "法" * 501])
def test_a_search_for_nothing_or_for_a_book_is_refused(query: str) -> None:
    with pytest.raises(FaultError):
        parse_query(query)


def test_terms_are_pairs_of_neighbouring_characters_and_other_words_whole() -> None:
    assert list(split_terms("勞動法Ａ1，热")) == ["劳动", "动法", "a1", "热"]


@pytest.mark.both_databases
def test_only_the_newest_version_that_is_valid_on_the_day_is_found(database: Database) -> None:
    ended = article("旧的法律援助办法", valid_until=date(2026, 6, 30))
    (number, _, _) = stored(
        database, article(), ended, article("明年的法律援助办法", valid_from=date(2027, 1, 1))
    )
    assert (
        write_in(
            database, append_version, number, 1, article("法律援助新流程", text="网上提出。"), "agent-2", NOW
        )
        == 2
    )
    assert found(database, "法律援助") == ["法律援助新流程"]
    assert found(database, "七个工作日内答复") == []
    assert set(found(database, "法律援助", None)) == {
        "法律援助新流程",
        "旧的法律援助办法",
        "明年的法律援助办法",
    }
    assert set(found(database, "法律援助", date(2026, 6, 30))) == {"法律援助新流程", "旧的法律援助办法"}
    assert found(database, "法律援助", date(2026, 7, 1)) == ["法律援助新流程"]
    versions = read_in(database, list_versions, number)
    assert [(one.version, one.article.title) for one in versions] == [
        (2, "法律援助新流程"),
        (1, "会员怎样申请法律援助"),
    ]


def test_many_ended_articles_do_not_hide_the_one_that_is_valid(database: Database) -> None:
    ended = [
        article(f"法律援助法律援助{n}", text="法律援助", valid_until=date(2026, 6, 30)) for n in range(230)
    ]
    stored(database, *ended, article("法律援助", text="另有许多别的话要说" * 20))
    assert found(database, "法律援助") == ["法律援助"]


@pytest.mark.both_databases
def test_two_who_change_one_article_one_is_refused_and_history_stays(database: Database) -> None:
    (number,) = stored(database, article())
    write_in(database, append_version, number, 1, article("新"), "a", NOW)
    for late in (
        lambda c: append_version(c, number, 1, article("晚"), "b", NOW),
        lambda c: append_version(c, number, 2**31 - 1, article("晚"), "b", NOW),  # no number follows it
        lambda c: append_review(c, number, 1, "b", NOW),
    ):
        assert _refused(database, late) == "hotline.article_changed"
    assert _refused(database, lambda c: append_review(c, 99, 1, "b", NOW)) == "hotline.unknown_article"
    with pytest.raises((StoreError, DBAPIError), match="only ever added"), database.write() as connection:
        connection.execute(text("UPDATE hotline_article_versions SET title = 'x'"))


def _refused(database: Database, work: Callable[..., object]) -> str:
    with pytest.raises(FaultError) as error, database.write() as connection:
        work(connection)
    return error.value.code


def test_an_article_is_due_for_review_a_year_after_it_was_written_or_reviewed(database: Database) -> None:
    first, second = stored(database, article("一"), article("二"))
    year_later = NOW + timedelta(days=365)
    write_in(database, append_review, second, 1, "a", NOW + timedelta(days=1))
    with database.read() as connection:

        def listed(before: datetime | None = None) -> list[int]:
            return [stored_article(row).number for row in connection.execute(select_articles(before)).all()]

        assert listed(year_later - timedelta(days=365)) == [first]
        assert listed() == [first, second]
        assert listed(NOW - timedelta(seconds=1)) == []
        reviewed = find_article(connection, second)
    assert reviewed is not None and reviewed.reviewed_at == NOW + timedelta(days=1)


@pytest.mark.parametrize(
    ("line", "instead", "fault"),
    [
        ("kind: question", "kind: 法规", "kind"),
        ("title: 会员怎样申请法律援助", "title: ' '", "title"),
        ("clause: 第三节", "clause: 13800001234", "clause"),
        ("text: 向所在单位的工会提出，七个工作日内答复。", "text: 请拨打13800001234", "text"),
        ("valid_from: 2026-01-01", "valid_from: 2026-13-01", "valid_from"),
        ("valid_from: 2026-01-01", "valid_from: 20260101", "valid_from"),
        ("valid_from: 2026-01-01", "valid_from: 2026-01-01\nvalid_until: 2025-12-31", ""),
        ("kind: question", "kind: law\nmore: 1", "more"),
        ("source: 示例办事指南", "source:", "source"),
    ],
)
def test_a_wrong_article_is_refused_where_it_is_wrong(line: str, instead: str, fault: str) -> None:
    with pytest.raises(FaultError) as error:
        parse_values(Article, load_yaml(GOOD.replace(line, instead).encode(), "a.yaml"))
    assert [one.field for one in error.value.faults] == [fault]
    assert "13800001234" not in str([(one.value, one.params) for one in error.value.faults])


def test_an_article_of_law_names_its_clause() -> None:
    text = GOOD.replace("question", "law").replace("clause: 第三节\n", "")
    with pytest.raises(FaultError, match="names its clause"):
        parse_values(Article, load_yaml(text.encode(), "a.yaml"))


@pytest.mark.endure
def test_the_first_page_holds_nine_of_ten_planted_articles(database: Database) -> None:
    """Every fifteenth of the 9,000 made-up articles."""
    places = set(range(0, COUNT, 15))
    kept = [(place, one) for place, one in enumerate(build_articles()) if place in places]
    numbers = dict(
        zip((place for place, _ in kept), stored(database, *(one for _, one in kept)), strict=True)
    )
    asked = [one for one in build_questions(900) if one.place in places]
    hits = 0
    with database.read() as connection:
        for question in asked:
            page = search_articles(connection, parse_query(question.text), TODAY, 10)
            hits += numbers[question.place] in {one.number for one in page}
    assert len(asked) > 30 and hits >= 0.9 * len(asked), f"{hits} of {len(asked)}"
