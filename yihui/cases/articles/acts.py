"""What is done to articles of the knowledge base: write one, write a new version, review it once a year."""

from typing import TYPE_CHECKING

from core.text_marks import N_
from members.hotline.article import Article
from yihui.access.roles import Right
from yihui.frame.acts import Act, Change, Doing, Kind
from yihui.frame.types import Form

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from members.hotline.article_repository import StoredArticle


def require_article(connection: "Connection", number: int) -> "StoredArticle":
    """Return the newest version of an article; each change asks for its version, so nothing is locked.

    *Raises*: HotlineRefused if there is none.
    """
    from members.hotline.article_repository import find_article
    from members.hotline.faults import HOTLINE_FAULTS, HotlineRefused

    found = find_article(connection, number)
    if found is None:
        raise HotlineRefused(HOTLINE_FAULTS.build("unknown_article", field="article", value=number))
    return found


ARTICLE = Kind(
    "hotline_article",
    lambda at, number, _: require_article(at.connection, number),
    lambda article: article.version,
)


def add_article(act: Doing[Article, "StoredArticle"]) -> Change:
    from members.hotline.article_repository import insert_article

    number = insert_article(act.connection, act.form, act.actor.id, act.now)
    return Change(number, {"version": 1})


def change_article(act: Doing[Article, "StoredArticle"]) -> Change:
    from members.hotline.article_repository import append_version

    number, seen = act.thing.number, act.thing.version
    version = append_version(act.connection, number, seen, act.form, act.actor.id, act.now)
    return Change(number, {"version": version})


def review_article(act: Doing[Form, "StoredArticle"]) -> Change:
    from members.hotline.article_repository import append_review

    number, seen = act.thing.number, act.thing.version
    append_review(act.connection, number, seen, act.actor.id, act.now)
    return Change(number, {"version": seen})


ADD = Act(
    "add",
    N_("Write an article"),
    Article,
    add_article,
    Right.EDIT_ARTICLES,
    "hotline.add_article",
    N_("The article was added."),
    ARTICLE,
    makes=True,
    button=N_("Store it"),
)
CHANGE = Act(
    "change",
    N_("Write a new version"),
    Article,
    change_article,
    Right.EDIT_ARTICLES,
    "hotline.change_article",
    N_("The new version was stored; the earlier ones stay."),
    ARTICLE,
    button=N_("Store it"),
    begin=lambda article: dict(article.article),
)
REVIEW = Act(
    "review",
    N_("Record the review"),
    Form,
    review_article,
    Right.EDIT_ARTICLES,
    "hotline.review_article",
    N_("The review was recorded; the next one is due in a year."),
    ARTICLE,
    ticked=N_("I have read it, and it is right today"),
)
