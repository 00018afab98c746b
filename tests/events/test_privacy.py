"""ID numbers and phones never stand in what is kept: event, dead letter, fault."""

import json
import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from events import InboundEvent, InvalidEvent, parse_event, process_batch
from events.faults import dead_letter_reason
from events.tables import dead_letters
from members import has_id_number, has_personal_number, has_phone, scrub_personal_numbers
from rules import RuleLibrary
from store import Database, inbox, ingress, metadata, outbox
from tests.profile import searched
from tools.servers.sending import NOW, Sender
from yihui.samples.roll import id_number

WITH_X = "11010519491231002X"
WITHOUT = id_number("370202", date(1990, 1, 2))
PHONE = "13812345678"

HELD = [
    WITH_X,
    WITH_X.lower(),
    f"身份证{WITH_X}，请核对",
    f"110105 19491231 002X 和 {WITHOUT}",
    "110105-19491231-002x",
    "１１０１０５１９４９１２３１００２Ｘ",  # as a Chinese keyboard writes it
    f"/rolls/{WITH_X}.csv",
    f"_{WITHOUT}_",
    f"ID{WITHOUT}",  # touched by letters, even such as digests have
    "a" + WITH_X.lower() + "f",
    f"sfz{WITHOUT}a",
    f"1.{WITHOUT}",  # in a numbered list
    " ".join(WITHOUT[start : start + 4] for start in range(0, 18, 4)),
    "\u00a0".join(WITHOUT[start : start + 3] for start in range(0, 18, 3)),
    "\u200b".join(WITHOUT),
    f"{WITHOUT[:6]}\u2013{WITHOUT[6:14]}.{WITHOUT[14:]}",
]
NOT_HELD = [
    "110105194912310021",  # the check digit is X
    "110105194913310028",  # no such month, whatever the check digit
    WITH_X + "0",  # nineteen characters
    "0" + WITH_X,
    "m-" + "a2" * 13,
    "3701021990010200021990010200",  # a longer number
]


@pytest.mark.parametrize("text", HELD)
def test_id_numbers_are_found_however_they_are_written(text: str) -> None:
    assert has_id_number(text)
    assert not re.search(r"\d{8}", scrub_personal_numbers(text))


@pytest.mark.parametrize("text", NOT_HELD)
def test_what_is_no_id_number_is_let_through(text: str) -> None:
    assert not has_id_number(text)


@pytest.mark.parametrize(
    "text",
    [
        PHONE,
        "电话138-1234-5678",
        "+86 13812345678",
        "8613812345678",
        "0086 138 1234 5678",
        "１３８１２３４５６７８",
    ],
)
def test_phones_are_found_however_they_are_written(text: str) -> None:
    assert has_phone(text)
    assert not has_phone(scrub_personal_numbers(text))
    assert "5678" not in scrub_personal_numbers(text)


@pytest.mark.parametrize(
    "text",
    [
        "12812345678",
        "138123456789",
        "1381234567",
        "117.13812345678",
        "a13812345678",
        "2026-05-01T13:45:00",
        "1750000000000",
    ],
)
def test_what_is_no_phone_is_let_through(text: str) -> None:
    assert not has_phone(text)


def test_a_number_with_a_wrong_check_digit_is_blotted_out_of_messages_all_the_same() -> None:
    assert scrub_personal_numbers("他的号码是110105194912310021。") == "他的号码是***。"


def secret_events(secret: str) -> dict[str, str]:
    """The secret in every place where an event could hold one."""
    send = Sender()
    left = json.loads(send("member.left"))
    return {
        "data": send("member.left", reason=f"本人{secret}申请"),
        "data after a line break": send("member.left", reason=f"本人\n{secret}\t申请"),
        "data after a control character": send("member.left", reason=f"\x1f{secret}"),
        "a key of data": send("member.left", **{secret: "x"}),
        "a value below a key": send("member.left", a={secret: [{"b": secret}]}),
        "the id": json.dumps(left | {"id": secret}),
        "the source": json.dumps(left | {"source": f"/rolls/{secret}"}),
        "the subject": json.dumps(left | {"subject": secret}),
        "the type": json.dumps(left | {"type": f"member.{secret}"}),
        "the time": json.dumps(left | {"time": secret}),
        "an extension": json.dumps(left | {"comment": secret}),
        "the name of an extension": json.dumps(left | {secret: "x"}),
        "a line that is no JSON": f'{{"id": "1", "data": {{"reason": "{secret}"',
        "a line that is no JSON, after an escape": f'{{"reason": "\\n{secret}',
        "the end of a long text": send("member.left", reason="x" * 72 + " " + secret),
        "a JSON text": json.dumps(f"号码 {secret}"),
    }


@pytest.mark.parametrize("secret", [WITH_X, WITHOUT, PHONE])
def test_wherever_a_secret_stands_the_event_is_refused_and_nothing_of_it_is_kept(
    secret: str, database: Database, library: RuleLibrary
) -> None:
    lines = secret_events(secret)
    items = [InboundEvent(parse_event(line, NOW), where) for where, line in lines.items()]
    assert {item.origin for item in items if not isinstance(item.event, InvalidEvent)} == set()
    with database.write() as connection:
        outcomes = process_batch(items, connection, library, NOW)
    assert [letter.reason for letter in outcomes.dead_letters] == ["personal_data"] * len(lines)
    said = " ".join(
        f"{f.message} {f.remedy} {f.field} {f.value} {f.params}"
        for item in outcomes.dead_letters
        for f in item.faults
    )
    with database.read() as connection:
        kept = " ".join(
            str(tuple(row)) for table in metadata.sorted_tables for row in connection.execute(select(table))
        )
        assert not connection.execute(select(inbox)).all() and not connection.execute(select(outbox)).all()
        assert not connection.execute(select(ingress)).all()
        assert len(connection.execute(select(dead_letters)).all()) == len(
            {letter.id for letter in outcomes.dead_letters}
        )
    for cut in range(len(secret) - 8):
        assert secret[cut : cut + 9] not in said + kept


def test_a_number_in_json_is_looked_at_like_a_text(handled, send) -> None:  # type: ignore[no-untyped-def]
    lines = [
        send("member.left", reason=int(WITHOUT) if WITHOUT.isdigit() else 0, envelope={"n": value})
        for value in (int(PHONE), float(PHONE))
    ]
    assert [letter.reason for letter in handled(*lines).dead_letters] == ["personal_data"] * 2


_parts = st.sampled_from(
    [WITH_X, WITHOUT, PHONE, "a", "F", "7", " ", "\n", "\\", '"', "\x01", "，", "-", ".", "\\n"]
)


@searched(400)
@given(parts=st.lists(_parts, min_size=1, max_size=6))
def test_one_look_at_the_whole_event_misses_nothing_that_a_look_at_each_text_finds(parts: list[str]) -> None:
    """The whole is looked at in its JSON form, in which escapes stand before what follows."""
    reason = "".join(parts)[:100]
    found = parse_event(Sender()("member.left", reason=reason), NOW)
    codes = (
        {dead_letter_reason(fault) for fault in found.faults} if isinstance(found, InvalidEvent) else set()
    )
    assert ("personal_data" in codes) == (has_id_number(reason) or has_phone(reason))


_written = st.text(st.sampled_from("13378９１X.-+ x·\x1c\u00a0\u200b\ufeff\ud83d一"), min_size=9, max_size=30)
_around = st.lists(
    st.sampled_from([WITH_X, WITHOUT, PHONE, "\u2028".join(WITHOUT), "8"]) | _written, max_size=3
)


@searched(1_000)
@given(parts=_around)
def test_the_quick_look_for_either_number_finds_what_a_look_for_each_does(parts: list[str]) -> None:
    text = "".join(parts)
    assert has_personal_number(text) == (has_id_number(text) or has_phone(text))
