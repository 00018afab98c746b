"""Appeals as officers see and answer them: the decision, its reason, the member's words; once, and where she belongs."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select

from benefits import list_appeals
from events.tables import acts
from tests.yihui.http.neighbours import Neighbours, plant_neighbours
from tests.yihui.http.two_districts import FOREIGN, OTHER_UNION, build_two_districts, officer
from tests.yihui.nouns import count_waiting, do, list_rows, preview, show
from tests.yihui.refusals import refused
from yihui.access.actor import Actor
from yihui.access.roles import Role
from yihui.access.tables import audit_entries
from yihui.cases.appeals.acts import ANSWER, AnswerForm
from yihui.cases.appeals.pages import NOUN
from yihui.frame.typed import parse_values

ABOVE, INSIDE = officer(Role.CASE_WORKER, "ancestor"), officer(Role.CASE_WORKER, "inside")


@pytest.fixture
def known(tmp_path_factory: pytest.TempPathFactory, migrated_file: Any) -> Iterator[Neighbours]:
    union = build_two_districts(tmp_path_factory.mktemp("appeals"), migrated_file)
    yield plant_neighbours(union)
    union.wiring.close()


def answer(known: Neighbours, by: Actor, verdict: str, key: str = "") -> None:
    said = {"verdict": verdict, "reason": "已核对户籍"}
    do(known.union.wiring, by, ANSWER, known.appeal, seen=1, once=key, **said)


def listed(known: Neighbours, by: Actor, **asked: str) -> list[str]:
    return [row.id for row in list_rows(known.union.wiring, by, NOUN, **asked)]


def page_of(known: Neighbours, by: Actor) -> dict[str, Any]:
    return show(known.union.wiring, by, NOUN, known.appeal)


def count(known: Neighbours, by: Actor) -> int:
    return count_waiting(known.union.wiring, by, NOUN)


def test_an_appeal_shows_the_decision_its_reason_and_the_member_s_words(known: Neighbours) -> None:
    page = page_of(known, ABOVE)
    assert page["text"] == "请再看一次" and page["member"] == FOREIGN and page["state"] == "waiting"
    assert page["outcome"] == "refused" and page["reason"].startswith("The reason: ")
    assert page["happened_on"] and page["conditions"] and page["acts"] == ("answer",)
    assert known.decision not in str(page) and known.appeal not in str(page)


def test_it_is_answered_once_and_recorded_about_its_member(known: Neighbours) -> None:
    assert listed(known, ABOVE) == [known.appeal] and count(known, ABOVE) == 1
    for _ in range(2):  # the same wish twice
        answer(known, ABOVE, "rejected", key="answer-0001")
    assert refused(lambda: answer(known, ABOVE, "upheld")) == ["answered"]
    assert listed(known, ABOVE) == [] and count(known, ABOVE) == 0
    assert listed(known, ABOVE, state="answered", member=FOREIGN) == [known.appeal]
    page = page_of(known, ABOVE)
    assert (page["state"], page["answer"], page["acts"]) == ("rejected", "已核对户籍", ())
    c = audit_entries.c
    query = select(c.object_kind, c.object_id, c.organisation, c.reason, c.changes)
    with known.union.wiring.database.read() as connection:
        (entry,) = connection.execute(query.where(c.act == "applications.decide.answer")).all()
        journaled = connection.execute(select(acts.c.kind).where(acts.c.kind == "answer_appeal")).all()
    assert entry[:4] == ("member", FOREIGN, OTHER_UNION, "已核对户籍") and len(journaled) == 1
    assert f'"appeal":"{known.appeal}","verdict":"rejected"' in entry.changes


def test_an_answer_that_can_not_be_given_is_refused_before_it_is_sent(known: Neighbours) -> None:
    def seen(verdict: str) -> dict[str, Any]:
        said = {"verdict": verdict, "reason": "已核对户籍"}
        return preview(known.union.wiring, ABOVE, ANSWER, known.appeal, **said)

    assert seen("rejected") == {"reason": "已核对户籍"}
    assert refused(seen, "upheld") == ["no_event"]
    assert listed(known, ABOVE) == [known.appeal], "it still waits"


def test_elsewhere_it_is_as_unknown_as_one_that_isn_t_there(known: Neighbours) -> None:
    assert listed(known, INSIDE) == [] and count(known, INSIDE) == 0
    assert refused(page_of, known, INSIDE) == ["unknown"]
    assert refused(lambda: answer(known, INSIDE, "rejected")) == ["unknown"]
    nowhere = {"key": "0" * 40, "seen": 1, "verdict": "rejected", "reason": "x"}
    assert refused(do, known.union.wiring, INSIDE, ANSWER, **nowhere) == ["unknown"]
    with known.union.wiring.database.read() as connection:
        assert list_appeals(connection, waiting=True)


def test_who_may_read_it_may_not_answer_it(known: Neighbours) -> None:
    reader = officer(Role.HOTLINE_AGENT, "ancestor")
    assert refused(lambda: answer(known, reader, "rejected"))
    assert refused(lambda: parse_values(AnswerForm, {"verdict": "forged", "reason": "电话13912345678"})) == [
        "literal_error",
        "personal",
    ]
