"""The member's card over HTTP: got once, shown to her alone, with the pictures of the coming minutes."""

import re

from sqlalchemy import select

from members.vault.tables import vault_persons
from tests.yihui.http.me.joined import wiring
from tests.yihui.http.me.members import PhoneMaker
from yihui.bootstrap import Wiring

__all__ = ["wiring"]


def test_a_member_gets_her_card_and_the_pictures_of_the_coming_minutes(
    phones: PhoneMaker, wiring: Wiring
) -> None:
    with wiring.database.read() as connection:
        member = str(connection.execute(select(vault_persons.c.member_id)).scalar_one())
    phone = phones().log_in(member)
    (key,) = re.findall(r'name="form_key" value="([^"]+)"', phone.get("/me/card"))
    assert phone.send("/me/card", form_key=key) == "/me/card"
    assert phone.send("/me/card", form_key=key) == "/me/card"  # twice: one card
    page = phone.get("/me/card")
    assert re.search(r"Card number \d \d \d \d, \d \d \d \d, \d \d \d \d", page)
    told = phone.client.get("/me/card/tokens")
    assert told.headers["cache-control"] == "no-store"
    begins = [picture["from"] for picture in told.json()["pictures"]]
    assert begins == [begins[0] + 60 * n for n in range(10)]
    assert begins[0] <= told.json()["now"] < begins[1]
    assert len({"".join(picture["rows"]) for picture in told.json()["pictures"]}) == 10


def test_who_is_no_member_gets_no_card_and_no_hint(phones: PhoneMaker, wiring: Wiring) -> None:
    phone = phones().log_in("m-nobody")
    assert phone.client.get("/me/card/tokens").status_code in (404, 409, 422)
