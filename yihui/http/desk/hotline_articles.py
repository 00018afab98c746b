"""/desk/hotline/articles: search, read, write and review the articles of the knowledge base."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from core.faults import FaultError
from core.text_marks import N_
from yihui.access.roles import Right
from yihui.http.body import FormFields, form_value, read_form
from yihui.http.desk.faults import FORM_FAULTS
from yihui.http.desk.pages import (
    NO_FEEDBACK,
    Act,
    ActOutcome,
    Again,
    FormFeedback,
    OfficerPages,
    build_link,
    require_confirmation,
)
from yihui.http.desk.visit import OfficerVisit

if TYPE_CHECKING:
    from members.hotline.article import Article
    from members.hotline.article_repository import StoredArticle

MAX_ARTICLE_FORM_BYTES = 256 << 10
ArticleNumber = Annotated[int, Path(ge=1, lt=2**63)]
_Page = Annotated[int, Query(ge=1, le=100)]
_FIELDS = ("kind", "title", "text", "source", "clause", "valid_from", "valid_until")
_DONE: Mapping[str, str] = MappingProxyType(
    {
        "added": N_("The article was added."),
        "changed": N_("The new version was stored; the earlier ones stay."),
        "reviewed": N_("The review was recorded; the next one is due in a year."),
    }
)


def router(made: APIRouter, pages: OfficerPages) -> None:
    _add_lists(made, pages)
    _add_new_article(made, pages)
    _add_article(made, pages)


def _add_lists(made: APIRouter, pages: OfficerPages) -> None:
    @made.get("/hotline/articles")
    def articles(request: Request, q: str = "", page: _Page = 1, ended: str = "") -> Response:
        """Search as the officer types; without script the form loads the page."""
        from members.hotline.article import KIND_TITLES
        from yihui.services.hotline.articles import PAGE, find_articles
        from yihui.views.hotline_history import name_titles

        visit = pages.open(request, Right.READ_CASES)
        feedback, found, text = NO_FEEDBACK, [], q.strip()
        if text:
            try:
                found = list(
                    find_articles(pages.site.wiring, visit.actor, text, page=page, with_ended=bool(ended))
                )
            except FaultError as error:
                feedback = pages.refuse(visit, error, "search")
                text = text[:100]
        return pages.render(
            visit,
            "hotline_articles.html",
            feedback,
            found=found,
            q=text,
            page=page,
            ended=ended,
            has_more=len(found) == PAGE,
            kinds=KIND_TITLES,
            name=name_titles(visit.language),
        )

    @made.get("/hotline/articles/reviews")
    def reviews(request: Request) -> Response:
        from yihui.services.hotline.articles import load_due_reviews

        visit = pages.open(request, Right.READ_CASES)
        return pages.render(
            visit, "hotline_reviews.html", due=load_due_reviews(pages.site.wiring, visit.actor)
        )


def _add_new_article(made: APIRouter, pages: OfficerPages) -> None:
    @made.get("/hotline/articles/new")
    def new(request: Request) -> Response:
        return show(pages.open(request, Right.EDIT_ARTICLES), NO_FEEDBACK)

    def show(visit: OfficerVisit, feedback: FormFeedback) -> Response:
        return _show_form(pages, visit, feedback, None)

    @made.post("/hotline/articles/new")
    async def add(request: Request) -> Response:
        def act(visit: OfficerVisit, sent: FormFields) -> ActOutcome:
            from yihui.services.hotline.articles import add_article

            require_confirmation(sent)
            values = {name: form_value(sent, name) or None for name in _FIELDS}
            return _outcome(add_article(pages.site.wiring, visit.actor, _article(values)), "added")

        return await _submit(pages, request, "article", act, show)


async def _submit(pages: OfficerPages, request: Request, form: str, act: Act, again: Again) -> Response:
    visit = await pages.open_form(request, Right.EDIT_ARTICLES)
    sent = await read_form(request, MAX_ARTICLE_FORM_BYTES)
    return await pages.carry_out(visit, sent, Right.EDIT_ARTICLES, form, act, again)


def _add_article(made: APIRouter, pages: OfficerPages) -> None:
    @made.get("/hotline/articles/{number}")
    def article(request: Request, number: ArticleNumber, version: int = 0) -> Response:
        visit = pages.open(request, Right.READ_CASES)
        return show(visit, number, NO_FEEDBACK, version, visit.done(request, _DONE))

    def show(
        visit: OfficerVisit, number: int, feedback: FormFeedback, version: int = 0, done: str | None = None
    ) -> Response:
        from members.hotline.article import KIND_TITLES
        from yihui.services.hotline.articles import REVIEW_EVERY, load_versions
        from yihui.views.hotline_history import name_titles

        versions = load_versions(pages.site.wiring, visit.actor, number)
        shown = next((one for one in versions if one.version == version), versions[0])
        return pages.render(
            visit,
            "hotline_article.html",
            feedback,
            versions=versions,
            shown=shown,
            kinds=KIND_TITLES,
            review_due=versions[0].reviewed_at + REVIEW_EVERY,
            now=pages.site.wiring.now(),
            done=done,
            name=name_titles(visit.language),
        )

    @made.post("/hotline/articles/{number}/review")
    async def review(request: Request, number: ArticleNumber) -> Response:
        def act(visit: OfficerVisit, sent: FormFields) -> ActOutcome:
            from yihui.services.hotline.articles import review_article

            require_confirmation(sent)
            done = review_article(pages.site.wiring, visit.actor, number, _seen(sent))
            return _outcome(done, "reviewed")

        return await pages.submit(
            request, Right.EDIT_ARTICLES, "review", act, lambda visit, feedback: show(visit, number, feedback)
        )

    @made.get("/hotline/articles/{number}/edit")
    def edit(request: Request, number: ArticleNumber) -> Response:
        return show_form(pages.open(request, Right.EDIT_ARTICLES), number, NO_FEEDBACK)

    def show_form(visit: OfficerVisit, number: int, feedback: FormFeedback) -> Response:
        from yihui.services.hotline.articles import load_versions

        newest = load_versions(pages.site.wiring, visit.actor, number)[0]
        return _show_form(pages, visit, feedback, newest)

    @made.post("/hotline/articles/{number}/edit")
    async def change(request: Request, number: ArticleNumber) -> Response:
        def act(visit: OfficerVisit, sent: FormFields) -> ActOutcome:
            from yihui.services.hotline.articles import change_article

            require_confirmation(sent)
            values = {name: form_value(sent, name) or None for name in _FIELDS}
            done = change_article(pages.site.wiring, visit.actor, number, _seen(sent), _article(values))
            return _outcome(done, "changed")

        return await _submit(
            pages, request, "article", act, lambda visit, feedback: show_form(visit, number, feedback)
        )


def _show_form(
    pages: OfficerPages, visit: OfficerVisit, feedback: FormFeedback, newest: "StoredArticle | None"
) -> Response:
    from members.hotline.article import KIND_TITLES, LONGEST_TEXT, LONGEST_TITLE
    from yihui.views.hotline_history import name_titles

    return pages.render(
        visit,
        "hotline_article_form.html",
        feedback,
        newest=newest,
        kinds=KIND_TITLES,
        longest_title=LONGEST_TITLE,
        longest_text=LONGEST_TEXT,
        name=name_titles(visit.language),
    )


def _article(values: Mapping[str, str | None]) -> "Article":
    from members.hotline.article import validate_article

    return validate_article({name: value for name, value in values.items() if value is not None})


def _seen(sent: FormFields) -> int:
    version = form_value(sent, "version")
    if not (version.isascii() and version.isdigit() and len(version) < 10):
        raise FaultError(FORM_FAULTS.build("choice", field="version", value=version[:40]))
    return int(version)


def _outcome(stored: "StoredArticle", done: str) -> ActOutcome:
    return ActOutcome(build_link(f"/desk/hotline/articles/{stored.number}", done=done))
