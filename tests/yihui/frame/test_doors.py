"""Every door of an act validates, authorises, audits, acts once and refuses alike: docs/frame_example.py at all three."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import typer
from sqlalchemy import func, select

from core.faults import FaultError
from docs import frame_example
from tests.yihui.http.desk.officers import open_desk
from tests.yihui.http.two_districts import HERE, THERE, TwoDistricts, build_two_districts, officer
from tests.yihui.nouns import ENGLISH
from tools.servers.desk import DEMO, ORIGIN, Officers, text_of
from yihui.access.actor import Actor, ActorKind
from yihui.access.roles import Right, Role
from yihui.access.tables import audit_entries
from yihui.bootstrap import NOUNS
from yihui.frame import noun
from yihui.frame.acts import Act, Preview
from yihui.frame.commands import build_group
from yihui.frame.content import Advice
from yihui.frame.doing import ActRequest, preview_act
from yihui.frame.listing import MOST_COUNTED, RowSlice, Slice
from yihui.frame.looking import read_thing, show_thing
from yihui.http import route_rights
from yihui.http.desk import rights
from yihui.services.access import console_actor

KEEPER, COLLEAGUE, STRANGER = "register_keeper/inside", DEMO, "auditor/inside"
FOUND = {"organisation": HERE, "what": "一把黑伞", "worth": "25.50"}  # yuan; JSON has fen


@pytest.fixture(scope="module")
def union(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path) -> Iterator[TwoDistricts]:
    """Two districts whose desk has one more noun."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(noun, "NOUNS", (*NOUNS, "docs.frame_example:NOUN"))
        for cached in (noun.load_nouns, rights.officer_page_rights, route_rights.route_rights):
            cached.cache_clear()
        made = build_two_districts(tmp_path_factory.mktemp("union"), migrated_file)
        with made.wiring.database.write() as connection:
            frame_example.lost_things.create(connection)
        yield made
        made.wiring.close()
    for cached in (noun.load_nouns, rights.officer_page_rights, route_rights.route_rights):
        cached.cache_clear()


@pytest.fixture(scope="module")
def site(union: TwoDistricts) -> Iterator[Officers]:
    with open_desk(union.wiring) as opened:
        yield opened


@dataclass(frozen=True, slots=True)
class Door:
    """Do an act of the example noun as an officer; return the thing's number, or the texts of the faults."""

    do: Callable[..., int | list[str]]
    show: Callable[[int, str], str]


def desk_door(site: Officers) -> Door:
    def do(who: str, path: str, once: str = "", **typed: str) -> int | list[str]:
        page = site.open(f"/desk/lost/{path}", who)
        found = re.search(r'name="form_key" value="([^"]+)"', page.text)
        if found is None:
            return [str(page.status_code), text_of(page)]
        key = once or found[1]
        sent = site.post(f"/desk/lost/{path}", who, form_key=key, **typed)
        if sent.status_code == 303:
            return int(sent.headers["location"].partition("?")[0].rpartition("/")[2])
        return [str(sent.status_code), text_of(sent)]

    return Door(do, lambda number, who: text_of(site.open(f"/desk/lost/{number}", who)))


def api_door(site: Officers) -> Door:
    def do(who: str, path: str, once: str = "", version: str = "", **typed: str) -> int | list[str]:
        headers = {"x-actor": who, "origin": ORIGIN, "accept-language": "en"}
        address = "/api/v1/lost" + ("" if path == "record" else f"/{path}")
        params = {"version": version} if version else {}
        named = {"Idempotency-Key": once} if once else {}
        body: dict[str, object] = dict(typed)
        if worth := body.pop("worth", None):
            body["worth_fen"] = round(float(str(worth)) * 100) if worth == FOUND["worth"] else worth
        sent = site.client.post(address, json=body, params=params, headers=headers | named)
        return sent.json()["key"] if sent.status_code < 300 else [str(sent.status_code), sent.text.casefold()]

    def show(number: int, who: str) -> str:
        answer = site.client.get(f"/api/v1/lost/{number}", headers={"x-actor": who, "accept-language": "en"})
        return str(answer.text)

    return Door(do, show)


def command_door(union: TwoDistricts, capture: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch) -> Door:
    group = typer.main.get_command(build_group(frame_example.NOUN))

    def run(who: str, *words: str) -> str:
        capture.readouterr()
        patch.setattr(console_actor, "find_console_actor", lambda wiring, name: actor_of(who))
        context = group.make_context("lost", list(words), obj=union.wiring)
        with context:
            group.invoke(context)
        return capture.readouterr().out

    def do(who: str, path: str, once: str = "", **typed: str) -> int | list[str]:
        number, _, name = path.rpartition("/")
        words = [name, *([number] if number else [])]
        words += [part for field, value in typed.items() for part in (f"--{field}", value)]
        try:
            told = run(who, *words, *(("--key", once) if once else ()), "--json")
        except FaultError as error:
            return [fault.text.casefold() for fault in error.faults]
        return int(json.loads(told)["key"])

    def show(number: int, who: str) -> str:
        try:
            return run(who, "show", str(number))
        except FaultError as error:
            return str(error)

    return Door(do, show)


def actor_of(who: str) -> Actor:
    role, _, position = who.partition("/")
    return officer(Role(role), position) if position else Actor(DEMO, DEMO, ActorKind.DEMO)


@pytest.fixture(params=["desk", "api", "command"])
def door(
    request: pytest.FixtureRequest,
    site: Officers,
    union: TwoDistricts,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Door:
    built: Mapping[str, Callable[[], Door]] = {
        "desk": lambda: desk_door(site),
        "api": lambda: api_door(site),
        "command": lambda: command_door(union, capsys, monkeypatch),
    }
    return built[request.param]()


def entries(union: TwoDistricts, number: object) -> list[tuple[str, str, str | None, str]]:
    """Return who did what where and why with a thing, as the audit log has it."""
    c = audit_entries.c
    query = select(c.actor, c.act, c.organisation, c.reason).where(c.object_kind == "lost_thing")
    query = query.where(c.object_id == str(number)).order_by(c.sequence)
    with union.wiring.database.read() as connection:
        return [tuple(row) for row in connection.execute(query).all()]  # type: ignore[misc]


def refusal(answer: int | list[str]) -> str:
    """Return what an act was refused with."""
    assert isinstance(answer, list), answer
    return " ".join(answer)


def test_an_act_is_done_audited_and_seen(door: Door, union: TwoDistricts) -> None:
    number = door.do(KEEPER, "record", **FOUND)
    assert isinstance(number, int), number
    assert entries(union, number) == [("li.min", "stations.lost.record", HERE, "")]
    assert "一把黑伞" in door.show(number, KEEPER)
    assert door.do(COLLEAGUE, f"{number}/return", version="1", reason="交还失主") == number
    assert entries(union, number)[1:] == [(DEMO, "stations.lost.return", HERE, "交还失主")]


def test_all_faults_of_a_form_are_told_at_once_and_nothing_is_stored(door: Door, union: TwoDistricts) -> None:
    before = count(union)
    told = refusal(door.do(KEEPER, "record", organisation=HERE, what="电话13800001234", worth="很多"))
    assert (
        "phone number" in told and "很多" in told and "13800001234" not in told.replace("电话13800001234", "")
    )
    assert "organisation" in refusal(door.do(KEEPER, "record", organisation="x", what="伞"))
    assert count(union) == before


def test_who_lacks_the_right_or_the_place_does_nothing_and_learns_nothing(
    door: Door, union: TwoDistricts
) -> None:
    there = door.do(COLLEAGUE, "record", **{**FOUND, "organisation": THERE})
    assert isinstance(there, int), there
    before = count(union)
    for who, fields in ((STRANGER, FOUND), (KEEPER, {**FOUND, "organisation": THERE})):
        assert re.search("may not|403|not for|role", refusal(door.do(who, "record", **fields)))
    assert re.search("403|role|not for", refusal(door.do(KEEPER, f"{there}/return", version="1", reason="x")))
    assert "一把黑伞" not in door.show(there, KEEPER) and "一把黑伞" not in door.show(there, STRANGER)
    assert count(union) == before and len(entries(union, there)) == 1


def test_the_first_person_and_a_stale_version_are_refused(door: Door, union: TwoDistricts) -> None:
    number = door.do(KEEPER, "record", **FOUND)
    same = refusal(door.do("administrator/ancestor", f"{number}/return", version="1", reason="交还"))
    assert re.search("second|another|same|403|role", same)
    assert "at version 1 now" in refusal(door.do(COLLEAGUE, f"{number}/return", version="7", reason="交还"))
    assert "no thing 987654" in refusal(door.do(COLLEAGUE, "987654/return", version="1", reason="交还"))
    assert len(entries(union, number)) == 1


def test_a_preview_does_nothing_and_an_act_without_one_refuses_it(
    site: Officers, union: TwoDistricts
) -> None:
    number = desk_door(site).do(KEEPER, "record", **FOUND)
    before = entries(union, number)
    asked = site.client.post(
        f"/api/v1/lost/{number}/return?version=1&preview=true",
        json={"reason": "x"},
        headers={"x-actor": DEMO, "origin": ORIGIN},
    )
    key = site.form_key(f"/desk/lost/{number}/return")
    sent = site.post(f"/desk/lost/{number}/return", form_key=key, version="1", reason="x", step="preview")
    assert (asked.status_code, sent.status_code) == (422, 422) and entries(union, number) == before


def test_what_is_read_keeps_no_writer_waiting_and_is_recorded_before_it_is_shown(
    site: Officers, union: TwoDistricts
) -> None:
    number = desk_door(site).do(KEEPER, "record", **FOUND)
    assert isinstance(number, int), number
    read, said = union.wiring.database, ("lost_thing", str(number))
    shown = replace(frame_example.NOUN, reads=lambda _: said)

    def write() -> int:
        with read.write():
            return number

    def preview(*_: object) -> Preview:
        return Preview([Advice(str(write()))], said)

    act = replace(frame_example.RETURN, preview=preview, prepare=lambda *_: write())
    wanted, form = ActRequest(number, 1), frame_example.ReturnForm(reason="交还")
    assert read_thing(union.wiring, actor_of(KEEPER), shown, number, lambda *_: write()) == number
    preview_act(union.wiring, actor_of(KEEPER), act, wanted, form, ENGLISH)
    assert entries(union, number)[1:] == [("li.min", "stations.change", HERE, "")] * 2


def test_a_page_offers_only_what_its_reader_may_do_there(site: Officers, union: TwoDistricts) -> None:
    number = desk_door(site).do(KEEPER, "record", **FOUND)
    assert isinstance(number, int), number
    here = officer(Role.AUDITOR, "inside")
    elsewhere = replace(officer(Role.REGISTER_KEEPER, "inside").assignments[0], organisation=THERE)
    reader = replace(here, assignments=(*here.assignments, elsewhere))
    named = replace(frame_example.RETURN, places=lambda _: (THERE,))

    def offered(actor: Actor, act: Act[Any, Any]) -> list[str]:
        listed = replace(frame_example.NOUN, right=Right.READ_STATIONS, acts=(act,))
        return list(show_thing(union.wiring, actor, listed, number, ENGLISH).page.acts)

    assert offered(actor_of(KEEPER), frame_example.RETURN) == ["return"]
    assert offered(reader, frame_example.RETURN) == []
    assert offered(reader, named) == ["return"], "its form says for where"


def test_an_act_is_done_once(door: Door, union: TwoDistricts, site: Officers) -> None:
    once = f"key-{count(union)}-of-this-wish"
    if door.do.__qualname__.startswith("desk_door"):
        once = site.form_key("/desk/lost/record", KEEPER)
    first = door.do(KEEPER, "record", once=once, **FOUND)
    before = count(union)
    assert isinstance(first, int) and door.do(KEEPER, "record", once=once, **FOUND) == first
    assert "other content" in refusal(door.do(KEEPER, "record", once=once, **{**FOUND, "what": "一双手套"}))
    assert count(union) == before


def count(union: TwoDistricts) -> int:
    with union.wiring.database.read() as connection:
        query = select(func.count()).select_from(frame_example.lost_things)
        return int(connection.execute(query).scalar_one())


def test_a_list_holds_the_own_subtree_at_each_door(site: Officers, union: TwoDistricts) -> None:
    door = desk_door(site)
    door.do(COLLEAGUE, "record", **{**FOUND, "organisation": THERE, "what": "一只手表"})
    door.do(KEEPER, "record", **FOUND)
    door.do(KEEPER, "record", **{**FOUND, "what": "=cmd|x"})
    assert "'=cmd|x" in site.open("/desk/lost.csv", KEEPER).text, "no formula"
    for ending in ("", ".csv"):
        own = site.open(f"/desk/lost{ending}", KEEPER).text
        assert "一把黑伞" in own and "一只手表" not in own, ending
        assert "一只手表" in site.open(f"/desk/lost{ending}").text, ending
    shown = text_of(site.open("/desk/lost?state=returned", KEEPER))
    assert "nothing matches" in shown or "handed back" in shown
    assert site.open("/desk/lost.xlsx", KEEPER).content.startswith(b"PK")


@pytest.mark.parametrize(
    ("rows", "offset", "total"), [(0, 0, 0), (49, 100, 149), (50, 100, -1), (0, 100, -1)]
)
def test_rows_are_counted_only_if_there_may_be_others_and_not_without_end(
    rows: int, offset: int, total: int
) -> None:
    asked: list[int] = []

    def count(most: int) -> int:
        asked.append(most)
        return most

    found = RowSlice.build(range(rows), Slice(offset), count)
    if total < 0:
        assert asked == [MOST_COUNTED + 1] and found.total_text == f"{MOST_COUNTED}+"
    else:
        assert asked == [] and found.total == total
