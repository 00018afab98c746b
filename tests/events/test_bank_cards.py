"""The linked service card: a bank's name and four digits by an event; more digits are stored nowhere."""

from pathlib import Path

import pytest
from sqlalchemy import text

from events import InvalidEvent, parse_event
from events.dead_letters import build_dead_letter
from members import changed_facts, facts_on, read_member_changes
from tests.events.sending import Sender
from tests.yihui.http.conftest import NOW
from yihui.bootstrap import Settings, build_wiring
from yihui.runtime.errors import fault_line
from yihui.runtime.language import load_language
from yihui.services.events.files import process_events
from yihui.services.members.members import load_member_facts
from yihui.views.members import member_facts_lines

WHOLE = "6222021234567890123"


def linked(**data: object) -> object:
    return parse_event(Sender()("member.profile_changed", **data), NOW)


def test_bank_and_last_four_become_one_fact() -> None:
    event = linked(bank="中国工商银行", bank_last_four="0423")
    assert not isinstance(event, InvalidEvent)
    assert changed_facts(event.payload) == {"bank_card": "中国工商银行 0423"}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "number",
    [
        WHOLE,
        "12345",
        "6222 0212 3456 7890 123",
        "6222-0212-3456-7890",
        "".join(chr(ord(sign) + 0xFEE0) for sign in WHOLE),
        int(WHOLE),
        "尾号 62220 0423",
    ],
)
@pytest.mark.parametrize("field", ["bank", "bank_last_four"])
def test_more_than_four_digits_are_refused_and_stored_nowhere(number: object, field: str) -> None:
    event = linked(**{"bank": "工行", "bank_last_four": "0423", field: number})
    assert isinstance(event, InvalidEvent)
    (fault,) = event.faults
    line = fault_line(fault, load_language("zh"))
    assert "四位" in line.message and "末四位" in line.remedy and line.value == "***"
    letter = build_dead_letter(event, event.faults, "test", NOW)
    assert (letter.reason, letter.text) == ("personal_data", None)
    assert str(number) not in repr(letter)


@pytest.mark.parametrize("number", ["", "042", "04a3", "０４２３", "----", None, 423, True, []])
def test_what_is_no_four_digits_links_nothing(number: object) -> None:
    event = linked(bank="工行", bank_last_four=number)
    assert isinstance(event, InvalidEvent) and len(event.faults) == 1
    assert isinstance(linked(bank="工行"), InvalidEvent), "half a link is none"


def test_the_database_never_holds_the_whole_number(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    send = Sender()
    lines = [
        send.joined("m-1"),
        send("member.profile_changed", bank="工行", bank_last_four=WHOLE),
        send("member.profile_changed", bank="工行", bank_last_four="0423"),
    ]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    wiring = build_wiring(Settings(str(tmp_path / "yihui.db"), tmp_path), lambda: NOW)
    process_events(wiring, file)
    with wiring.database.read() as connection:
        changes = read_member_changes(connection, ["m-1"])["m-1"]
        assert facts_on(changes, NOW.date())["member.bank_card"] == "工行 0423"
        assert connection.execute(text("SELECT count(*) FROM dead_letters")).scalar() == 1
    shown = member_facts_lines(load_member_facts(wiring, "m-1", NOW.date()), load_language("zh"))
    assert "关联的工会会员服务卡：工行 0423" in list(shown)
    wiring.close()
    assert all(WHOLE.encode() not in one.read_bytes() for one in tmp_path.glob("yihui.db*"))
