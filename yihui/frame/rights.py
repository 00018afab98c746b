"""The rights of nouns' routes: each act and listing says its own once, and the tables of routes follow."""

from collections.abc import Iterator, Mapping

from yihui.access.roles import Right
from yihui.frame.acts import Door
from yihui.frame.noun import Noun, load_nouns, load_own_nouns
from yihui.frame.papers import PAPER_ROUTES

PathMethod = tuple[str, str]


def list_page_rights() -> Mapping[PathMethod, Right]:
    """Return the right of each page and form of the nouns at the desk, by method and path."""
    return dict(pair for noun in load_nouns().values() for pair in _pages(noun))


def list_api_rights() -> Mapping[PathMethod, tuple[Right, bool]]:
    """Return the right of each JSON route of the nouns, and whether it must hold for the whole union."""
    return dict(pair for noun in load_nouns().values() for pair in _api(noun))


def list_own_routes() -> Mapping[PathMethod, str]:
    """Return each page and form of the member's nouns, by method and path, with why she may open it."""
    return dict(pair for noun in load_own_nouns().values() for pair in _own(noun))


def _own(noun: Noun) -> Iterator[tuple[PathMethod, str]]:
    path = f"/me/{noun.path}"
    if not noun.is_by_hand:
        yield ("GET", path), "what is hers"
        if noun.show is not None and not noun.is_her_page:
            yield ("GET", f"{path}/{{thing}}"), "what is hers; another's is not found"
    for act in noun.acts:
        place = f"{path}/{act.name}" if act.makes else f"{path}/{{thing}}/{act.name}"
        for method in ("GET", "POST"):
            yield (method, place), f"{act.audit}: she does it with what is hers"


def _pages(noun: Noun) -> Iterator[tuple[PathMethod, Right]]:
    desk = f"/desk/{noun.path}"
    for path in (desk, f"{desk}.csv", f"{desk}.xlsx"):
        yield ("GET", path), noun.right
    if noun.show is not None:
        yield ("GET", f"{desk}/{{thing}}"), noun.right
    if noun.papers is not None:
        for end in PAPER_ROUTES:
            yield ("GET", f"{desk}/{{thing}}{end}"), noun.right
    for act in noun.acts:
        if Door.DESK in act.doors:
            path = f"{desk}/{act.name}" if act.makes else f"{desk}/{{thing}}/{act.name}"
            yield ("POST", path), act.right
            yield ("GET", f"{desk}/{{thing}}/{act.page}" if act.page else path), act.right


def _api(noun: Noun) -> Iterator[tuple[PathMethod, tuple[Right, bool]]]:
    api, looked_at = f"/api/v1/{noun.path}", (noun.right, noun.place is not None)
    yield ("GET", api), looked_at
    if noun.show is not None:
        yield ("GET", f"{api}/{{thing}}"), looked_at
    for act in noun.acts:
        if Door.API in act.doors:
            path = api if act.makes else f"{api}/{{thing}}/{act.name}"
            yield ("POST", path), (act.right, act.is_whole)
