"""Draws, waiting lists and polls of one member: their proof, what moved her place, and nothing of another's."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.yihui.nouns import ENGLISH, her, list_rows, show
from tests.yihui.polls import answer_poll, close_poll
from tests.yihui.refusals import faults_of, refused
from tests.yihui.services.joining_people import Clock
from tests.yihui.taking_part import MEMBERS, STRANGER, build_taking_part
from yihui.bootstrap import Wiring
from yihui.cases.benefits.own_draws import DRAWS, OwnDraw
from yihui.cases.polls.own import POLLS
from yihui.frame.looking import show_thing
from yihui.services.benefits.lottery_verifier import list_failed_checks

NOW = datetime(2026, 11, 20, 2, tzinfo=UTC)


@pytest.fixture
def wiring(target: str, tmp_path: Path) -> Iterator[Wiring]:
    made = build_taking_part(target, tmp_path, Clock(NOW))
    yield made
    made.close()


def draws_of(wiring: Wiring, member: str) -> list[OwnDraw]:
    ids = [one.id for one in list_rows(wiring, her(member), DRAWS)]
    return [show_thing(wiring, her(member), DRAWS, id_, ENGLISH).thing for id_ in ids]


def test_each_member_sees_her_own_number_place_and_what_moved_it(wiring: Wiring) -> None:
    found = {member: draws_of(wiring, member) for member in MEMBERS}
    assert all(len(some) == 1 for some in found.values())
    states = sorted(some[0].part.state for some in found.values())
    assert states == ["served", *["waiting"] * 3, *["won"] * 3]
    for at, member in enumerate(MEMBERS, 1):
        [one] = found[member]
        assert one.proof is not None
        assert (one.proof.entry_number, one.proof.failed) == (at, ())
        steps = [(step.on.isoformat(), step.how, step.left, step.position) for step in one.steps]
        if one.part.state == "waiting":
            assert one.part.waiting == 3
            assert steps == [("2026-06-14", "granted", 1, one.part.position)]
        else:
            assert steps == []


def test_a_participation_of_another_member_is_as_unknown_as_none(wiring: Wiring) -> None:
    [other] = draws_of(wiring, MEMBERS[0])
    for member, id_ in ((MEMBERS[1], other.part.id), (STRANGER, other.part.id), (MEMBERS[1], "0" * 40)):
        found = faults_of(show, wiring, her(member), DRAWS, id_)
        assert [(fault.short_code, fault.value) for fault in found] == [("unknown_own", None)]


def test_the_verifier_finds_a_file_that_was_tampered_with(wiring: Wiring) -> None:
    [one] = draws_of(wiring, MEMBERS[0])
    assert one.draw is not None
    content = json.loads(one.draw.file)
    content["draw"]["winners"][0], content["draw"]["winners"][1] = content["draw"]["winners"][1::-1]
    assert list_failed_checks(json.dumps(content)) == ("draw.winners",)
    content["terms"]["entries"] = content["terms"]["entries"] * 400
    assert list_failed_checks(json.dumps(content)) is None


def test_a_poll_is_listed_for_its_own_organisation_until_it_was_answered_and_after(wiring: Wiring) -> None:
    member = MEMBERS[0]
    [poll] = list_rows(wiring, her(member), POLLS)
    assert (poll.state.poll.id, poll.state.state, poll.has_answered) == ("best-station", "open", False)
    answer_poll(wiring, "best-station", member, best="泉城路", score=4)
    assert [one.has_answered for one in list_rows(wiring, her(member), POLLS)] == [True]
    close_poll(wiring, "best-station")
    assert [one.state.state for one in list_rows(wiring, her(member), POLLS)] == ["closed"]
    assert list_rows(wiring, her(STRANGER), POLLS) == []
    for poll_id in ("foreign", "nothing"):
        assert refused(lambda id_=poll_id: show(wiring, her(member), POLLS, id_)) == ["unknown_own"]
