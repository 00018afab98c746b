"""Which number a card calls: the phone calls it as the server's cards do."""

from tests.front import call_each
from tests.yihui.offline.asking import ON_THE_PHONE
from yihui.http.rider.cards import format_tel_link

_CALLED = {
    "0531-12345678": "tel:053112345678",
    "0531-12345678-801": "tel:053112345678",
    "0531-12345678转801": "tel:053112345678",
    "0531-8888 1234-12": "tel:053188881234",
    "0531-12345678 0531-87654321": "tel:053112345678",
    "053112345678-801": "tel:053112345678",
    "0531—12345678": "tel:053112345678",
    "(0531) 12345678": "tel:053112345678",
    "（0531）12345678轉801": "tel:053112345678",
    "+86 531-12345678-801": "tel:+8653112345678",
    "010-1234-5678": "tel:01012345678",
    "0531-12351": "tel:053112351",
    "400-123-4567": "tel:4001234567",
    "电话 12351": "tel:12351",
    "问保安": "",
    "××××-0102S001（示例）": "",
}


def test_a_card_calls_the_first_number_without_its_extension() -> None:
    assert {phone: format_tel_link(phone) for phone in _CALLED} == _CALLED
    assert call_each(ON_THE_PHONE, "formatTelLink", [[phone] for phone in _CALLED]) == list(_CALLED.values())
