"""The linked service card: a bank's name and four digits by an event; more digits are stored nowhere."""

import pytest

from events import InvalidEvent, parse_event
from events.dead_letters import build_dead_letter
from members import changed_facts
from tests.yihui.http.conftest import NOW
from tools.servers.sending import Sender
from yihui.runtime.errors import fault_line
from yihui.runtime.language import load_language

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
