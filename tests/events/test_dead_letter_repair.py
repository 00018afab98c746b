"""Dead letters mended and dropped: checked first, the same event afterwards, and who did it is written down."""

import json

import pytest

import benefits
from benefits import ActRefused, Officer
from core.civil_time import civil_date
from core.faults import FaultError
from events import DeadLetter, EventRunner, dead_letters
from events import dead_letter_repair as mending
from events.dead_letter_repair import EventEdit, apply_edits, changed_paths, list_letter_acts
from store import Database
from tests.transactions import read_in, write_in
from tools.servers.sending import NOW, Sender, ledger

LI = Officer("li.min", NOW, civil_date(NOW), "等级写错了")


def waiting(database: Database) -> list[DeadLetter]:
    return read_in(database, dead_letters.find_dead_letters)


def mend(database: Database, letter: DeadLetter, text: str, officer: Officer = LI) -> DeadLetter:
    return write_in(database, mending.mend_dead_letter, letter.id, text, officer)


def refused(database: Database, letter: DeadLetter, text: str) -> list[str]:
    before = waiting(database)
    with pytest.raises(FaultError) as caught:
        mend(database, letter, text)
    assert waiting(database) == before
    return [fault.message.format_map(fault.values) for fault in caught.value.faults]


def with_level(letter: DeadLetter, level: str) -> str:
    assert letter.text is not None
    return apply_edits(letter.text, [EventEdit(("data", "level"), level)])


def test_a_mended_event_is_replayed_under_its_own_id(
    handled, send: Sender, runner: EventRunner, database: Database
) -> None:  # type: ignore[no-untyped-def]
    handled(send.joined(), send.certified(level="大师"))
    (old,) = waiting(database)
    new = mend(database, old, with_level(old, "高级工"))
    assert [(letter.id, letter.reason) for letter in waiting(database)] == [(new.id, "mended")]
    assert (new.source, new.event_id, new.origin) == (old.source, old.event_id, old.origin)
    assert runner.replay_dead_letters(waiting(database)).handled == 1
    assert waiting(database) == []
    right = json.loads(new.text or "")
    assert right["data"]["level"] == "高级工" and right["id"] == old.event_id


def test_who_mended_it_and_when_and_why_is_recorded_but_no_value(
    handled, send: Sender, database: Database
) -> None:  # type: ignore[no-untyped-def]
    handled(send.certified(level="大师"))
    (old,) = waiting(database)
    new = mend(database, old, with_level(old, "技师"))
    with database.read() as connection:
        (act,) = list_letter_acts(connection, old.id)
        assert list_letter_acts(connection, new.id) == [act]
        assert benefits.read_seal_gap(connection).batches > 0  # it is sealed like every act
    assert (act.kind, act.who, act.at, act.reason) == ("mended", "li.min", NOW, "等级写错了")
    assert act.detail == {"letter": old.id, "became": new.id, "changed": ["data.level"]}


def test_what_is_mended_must_be_an_event_of_the_same_id_and_source(
    handled, send: Sender, database: Database
) -> None:  # type: ignore[no-untyped-def]
    handled(send.certified(level="大师"))
    (old,) = waiting(database)
    assert old.text is not None
    good = json.loads(with_level(old, "技师"))
    assert refused(database, old, json.dumps({**good, "id": "other", "source": "/else"})) == [
        "a mended event keeps its source; this one says /else",
        "a mended event keeps its id; this one says other",
    ]
    assert refused(database, old, old.text)[0].startswith("data.level can't be 大师")
    assert len(refused(database, old, "{")) == 1
    personal = json.dumps({**good, "data": {**good["data"], "trade": "电话 13812345678"}}, ensure_ascii=False)
    assert refused(database, old, personal) == ["data.trade holds a phone number"]
    assert json.loads(mend(database, old, json.dumps(good)).text or "")["data"]["level"] == "技师"


def test_a_letter_about_a_stranger_is_not_mended_by_saying_the_same_again(
    handled, send: Sender, database: Database
) -> None:  # type: ignore[no-untyped-def]
    handled(send.birthday("m-9"))
    (old,) = waiting(database)
    assert old.text is not None
    assert refused(database, old, old.text) == ["nothing was changed"]


def test_an_event_whose_id_another_one_has_had_cannot_be_mended(
    handled, send: Sender, database: Database
) -> None:  # type: ignore[no-untyped-def]
    handled(send.joined(), send.birthday(envelope={"id": "b"}))
    handled(send("member.left", reason="退休", envelope={"id": "b"}))
    (old,) = waiting(database)
    assert old.reason == "id_reused" and old.text is not None
    other = apply_edits(old.text, [EventEdit(("data", "reason"), "离职")])
    assert refused(database, old, other) == ["another event was handled under the id b"]


def test_a_letter_whose_text_was_not_kept_cannot_be_mended_only_dropped(
    handled, send: Sender, database: Database
) -> None:  # type: ignore[no-untyped-def]
    handled(send("member.left", reason="13812345678"))
    (old,) = waiting(database)
    assert refused(database, old, send("member.left")) == [
        "the letter's text was not kept, since it held personal data"
    ]
    write_in(database, mending.drop_dead_letters, [old.id], LI)
    assert waiting(database) == []


def test_a_letter_that_was_dealt_with_is_not_mended_again(handled, send: Sender, database: Database) -> None:  # type: ignore[no-untyped-def]
    handled(send.certified(level="大师"))
    (old,) = waiting(database)
    mend(database, old, with_level(old, "技师"))
    assert refused(database, old, with_level(old, "高级工")) == [
        f"the letter {old.id[:12]} doesn't wait any more"
    ]


def test_nobody_mends_or_drops_without_a_reason(handled, send: Sender, database: Database) -> None:  # type: ignore[no-untyped-def]
    handled(send.certified(level="大师"))
    (old,) = waiting(database)
    silent = Officer("li.min", NOW, civil_date(NOW))
    with pytest.raises(ActRefused):
        mend(database, old, with_level(old, "技师"), silent)
    with pytest.raises(ActRefused), database.write() as connection:
        mending.drop_dead_letters(connection, [old.id], silent)
    assert waiting(database) == [old]


def test_what_was_mended_or_dropped_stays_so_when_its_topic_is_read_again(
    handled, send: Sender, runner: EventRunner, database: Database
) -> None:  # type: ignore[no-untyped-def]
    lines = [send.joined(), send.certified(level="大师"), send.birthday("m-9")]
    handled(*lines)
    first, second = sorted(waiting(database), key=lambda letter: letter.reason)
    new = mend(database, first, with_level(first, "高级工"))
    runner.replay_dead_letters([new])
    write_in(database, mending.drop_dead_letters, [second.id], LI)
    before = ledger(database)
    handled(*lines)
    assert waiting(database) == []
    assert ledger(database) == before


def test_what_was_dropped_is_handled_when_it_comes_again_and_is_fit(
    handled, send: Sender, database: Database
) -> None:  # type: ignore[no-untyped-def]
    line = send.birthday("m-9")
    handled(line)
    write_in(database, mending.drop_dead_letters, [waiting(database)[0].id], LI)
    assert handled(send.joined("m-9"), line).handled == 2


def test_a_trial_says_what_a_replay_would_do_and_writes_nothing(
    handled, send: Sender, runner: EventRunner, database: Database
) -> None:  # type: ignore[no-untyped-def]
    handled(send.birthday("m-1"), send.birthday("m-2"))
    handled(send.joined("m-1"))
    before, letters = ledger(database), waiting(database)
    tried = runner.rehearse_dead_letters(letters)
    assert (tried.handled, [letter.reason for letter in tried.dead_letters]) == (1, ["unknown_member"])
    assert (ledger(database), waiting(database)) == (before, letters)
    done = runner.replay_dead_letters(letters)
    assert (done.handled, len(done.dead_letters)) == (1, 1)


def test_edits_go_to_a_path_and_say_where_there_is_none() -> None:
    text = '{"id": "1", "data": {"a": 1, "b": {"c": 2}}}'
    done = apply_edits(
        text,
        [
            EventEdit(("data", "b", "c"), "x"),
            EventEdit(("data", "a"), is_removal=True),
            EventEdit(("time",), "t"),
        ],
    )
    assert json.loads(done) == {"id": "1", "data": {"b": {"c": "x"}}, "time": "t"}
    with pytest.raises(FaultError) as caught:
        apply_edits(text, [EventEdit(("data", "x", "y"), 1), EventEdit(("data", "z"), is_removal=True)])
    assert [fault.value for fault in caught.value.faults] == ["data.x.y", "data.z"]
    for other in ("[1]", '{"a": 1, "a": 2}'):
        with pytest.raises(FaultError):
            apply_edits(other, [EventEdit(("a",), 1)])


def test_what_was_changed_is_told_by_paths() -> None:
    assert changed_paths('{"a": {"b": 1, "c": 2}, "d": 1}', '{"a": {"b": 2, "c": 2}, "e": 1}') == [
        "a.b",
        "d",
        "e",
    ]
    assert changed_paths("no json", "{}") == []
    assert changed_paths('{"data": {"张三": 1, "13812345678": 1}}', '{"data": {}}') == ["…"]


def test_a_letter_mended_into_one_that_was_dropped_before_waits(
    handled, send: Sender, database: Database
) -> None:  # type: ignore[no-untyped-def]
    stranger = send.birthday("m-9", envelope={"id": "b"})
    handled(stranger)
    write_in(database, mending.drop_dead_letters, [waiting(database)[0].id], LI)
    handled(stranger.replace('"on"', '"no"'))
    (old,) = waiting(database)
    new = mend(database, old, stranger)
    assert [letter.id for letter in waiting(database)] == [new.id]
