"""yihui hotline articles: write, review and search the articles of the knowledge base."""

from pathlib import Path
from typing import Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.cli.acting import current_actor
from yihui.cli.options import AsJson, By
from yihui.cli.output import emit

app = typer.Typer(help=N_("Articles of the knowledge base: laws and questions."), no_args_is_help=True)
_Article = Annotated[int, typer.Argument(help=N_("the article's number"), metavar="ARTICLE")]
_File = Annotated[
    Path, typer.Argument(help=N_("a file with kind, title, text, source, clause, valid_from, valid_until"))
]
_Seen = Annotated[int, typer.Option("--version", help=N_("the version that you saw"))]


@app.command(help=N_("Add the article that a file describes (YAML)."))
def add(context: typer.Context, file: _File, by: By, json_: AsJson = False) -> None:
    from members.hotline.article import parse_article
    from yihui.services.hotline.articles import add_article
    from yihui.views.hotline import article_json, article_lines

    wiring: Wiring = context.obj
    article = parse_article(file.read_bytes(), file.name)
    stored = add_article(wiring, current_actor(context), article)
    emit(article_json(stored), article_lines([stored], wiring.language), json_)


@app.command(help=N_("Write a new version of an article; earlier ones stay."))
def change(
    context: typer.Context, number: _Article, file: _File, version: _Seen, by: By, json_: AsJson = False
) -> None:
    from members.hotline.article import parse_article
    from yihui.services.hotline.articles import change_article
    from yihui.views.hotline import article_json, article_lines

    wiring: Wiring = context.obj
    article = parse_article(file.read_bytes(), file.name)
    stored = change_article(wiring, current_actor(context), number, version, article)
    emit(article_json(stored), article_lines([stored], wiring.language), json_)


@app.command(help=N_("Record that an article was read and found to be right; due once a year."))
def review(context: typer.Context, number: _Article, version: _Seen, by: By, json_: AsJson = False) -> None:
    from yihui.services.hotline.articles import review_article
    from yihui.views.hotline import article_json, article_lines

    wiring: Wiring = context.obj
    stored = review_article(wiring, current_actor(context), number, version)
    emit(article_json(stored), article_lines([stored], wiring.language), json_)


@app.command("list", help=N_("List the articles, those first whose review is the longest ago."))
def list_(
    context: typer.Context,
    overdue: Annotated[
        bool, typer.Option("--overdue", help=N_("only those that nobody reviewed for a year"))
    ] = False,
    json_: AsJson = False,
) -> None:
    from yihui.services.hotline.articles import load_articles
    from yihui.views.hotline import article_json, article_lines

    wiring: Wiring = context.obj
    found = load_articles(wiring, current_actor(context), only_overdue=overdue)
    emit([article_json(one) for one in found], article_lines(found, wiring.language), json_)


@app.command(help=N_("Show an article with all its versions."))
def show(context: typer.Context, number: _Article, json_: AsJson = False) -> None:
    from yihui.services.hotline.articles import load_versions
    from yihui.views.hotline import article_details_lines, article_json

    wiring: Wiring = context.obj
    found = load_versions(wiring, current_actor(context), number)
    emit([article_json(one) for one in found], article_details_lines(found, wiring.language), json_)


@app.command(help=N_("Search the articles that are valid today, ten a page, the best first."))
def search(
    context: typer.Context,
    query: Annotated[str, typer.Argument(help=N_("words, or the caller's question"))],
    page: Annotated[int, typer.Option(help=N_("the page"), min=1, max=100)] = 1,
    json_: AsJson = False,
) -> None:
    from yihui.services.hotline.articles import find_articles
    from yihui.views.hotline import article_json, article_lines

    wiring: Wiring = context.obj
    found = find_articles(wiring, current_actor(context), query, page=page)
    emit([article_json(one) for one in found], article_lines(found, wiring.language), json_)
