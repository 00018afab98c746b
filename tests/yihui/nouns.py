"""Do the acts of nouns, show them and list them as any door does, for tests."""

from typing import Any

from yihui.access.actor import Actor, ActorKind
from yihui.bootstrap import Wiring
from yihui.frame.acts import Act, Key
from yihui.frame.doing import ActRequest, do_act, preview_act, reveal_act
from yihui.frame.listing import Slice
from yihui.frame.looking import find_rows, show_thing
from yihui.frame.noun import Noun
from yihui.frame.plain import page_json, sections_json
from yihui.frame.typed import parse_values
from yihui.frame.waiting import find_waiting
from yihui.runtime.language import load_language

ENGLISH = load_language("en")


def form_of(act: Act[Any, Any], typed: dict[str, Any]) -> Any:
    """Return an act's form with what was typed; what is None was left empty."""
    return parse_values(act.form, {name: value for name, value in typed.items() if value is not None})


def do(
    wiring: Wiring,
    actor: Actor | None,
    act: Act[Any, Any],
    key: Key | None = None,
    *,
    seen: int | None = None,
    once: str = "",
    **typed: Any,
) -> Any:
    """Do an act; return the key of what it changed or made."""
    return do_act(wiring, actor, act, ActRequest(key, seen, once), form_of(act, typed))


def her(member: str) -> Actor:
    """Return a member as she acts herself."""
    return Actor(member, member, ActorKind.MEMBER)


def do_own(wiring: Wiring, member: str, act: Act[Any, Any], key: Key | None = None, **typed: Any) -> Any:
    """Do an act as a member does it herself."""
    return do(wiring, her(member), act, key, **typed)


def preview(
    wiring: Wiring, actor: Actor, act: Act[Any, Any], key: Key | None, **typed: Any
) -> dict[str, Any]:
    """Return what an act would do, as programs read it."""
    found = preview_act(wiring, actor, act, ActRequest(key), form_of(act, typed), ENGLISH)
    return {**sections_json(found.sections)}


def reveal(wiring: Wiring, actor: Actor, act: Act[Any, Any], key: Key, **typed: Any) -> dict[str, Any]:
    """Return what an act shows that changes nothing, as programs read it."""
    return {**sections_json(reveal_act(wiring, actor, act, ActRequest(key), form_of(act, typed)).sections)}


def show(wiring: Wiring, actor: Actor, noun: Noun, key: Key) -> dict[str, Any]:
    """Return a thing's page as programs read it, and the names of its acts."""
    page = show_thing(wiring, actor, noun, key, ENGLISH).page
    return {**page_json(page), "acts": page.acts}


def list_rows(wiring: Wiring, actor: Actor, noun: Noun, **asked: Any) -> list[Any]:
    filter_ = parse_values(noun.listing.filter, asked)
    return list(find_rows(wiring, actor, noun, filter_, Slice(0, 1_000)).found.rows)


def count_waiting(wiring: Wiring, actor: Actor, noun: Noun) -> int:
    """Return how many of a noun stand in the to-do of an officer."""
    with wiring.database.read() as connection:
        kinds = find_waiting(wiring, connection, actor, ENGLISH).kinds
    return sum(one.total for one in kinds if one.todo in noun.todos)
