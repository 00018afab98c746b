"""Keepers' keys as cards: issued for one or several stations, shown once, for one's own districts."""

import re

import pytest
from sqlalchemy import select, update

from geo.registry.keys import issue_keeper_key, normalise_keeper_key
from geo.registry.tables import keeper_keys, stations
from tests.members.organisations.acting import NOW
from tests.yihui.http.desk.officers import acts_of
from tests.yihui.http.two_districts import TwoDistricts
from tools.servers.desk import Officers, text_of
from yihui.services.stations.keepers import find_key

KEYS = "/desk/stations/keys"
ADMIN = "administrator/inside"
WISH = {"stations": "here\nunplaced", "base": "https://yihui.example", "paper": "a4"}


def digests(union: TwoDistricts) -> list[str]:
    with union.wiring.database.read() as connection:
        return list(connection.execute(select(keeper_keys.c.digest)).scalars())


def test_cards_of_several_stations_are_shown_once_and_their_keys_work(
    site: Officers, union: TwoDistricts
) -> None:
    before, form_key = len(digests(union)), site.form_key(KEYS, ADMIN)
    shown = site.send(KEYS, KEYS, ADMIN, key=form_key, **WISH)
    assert shown.status_code == 200 and shown.headers["cache-control"] == "no-store"
    assert "泉边驿站" in shown.text and "没有坐标的驿站" in shown.text
    assert shown.text.count("<svg") == 2 and shown.text.count("扫描二维码") == 2
    assert "Scan the code" in shown.text and "https://yihui.example/keep" in shown.text
    typed = re.findall(r'class="key">([^<]+)<', shown.text)
    found = [find_key(union.wiring, normalise_keeper_key(one)) for one in typed]
    assert [key and key.station for key in found] == ["here", "unplaced"]
    secrets = [one.replace(" ", "")[8:] for one in typed]
    assert len(digests(union)) == before + 2
    assert not any(secret in digest for secret in secrets for digest in digests(union))

    again = site.send(KEYS, KEYS, ADMIN, key=form_key, **WISH)
    assert again.status_code == 303 and again.headers["location"] == f"{KEYS}?done=issued"
    listed = site.open(f"{KEYS}?station=here", ADMIN).text
    assert found[0] and found[0].id in listed and not any(secret in listed for secret in secrets)
    assert ("li.min", "keys.issue.issue_cards") in acts_of(union.wiring, "here")

    page = f"{KEYS}?station=here"
    revoked = site.send(page, f"{KEYS}/{found[0].id}/revoke", ADMIN)
    assert revoked.headers["location"] == f"{KEYS}?station=here&done=revoked"
    known = find_key(union.wiring, normalise_keeper_key(typed[0]))
    assert known is not None and known.revoked_at is not None


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"stations": "here, there, nowhere"}, ["no station there", "no station nowhere"]),
        ({"stations": " , "}, ["no station is named"]),
        ({"stations": " ".join(f"s{n}" for n in range(101))}, ["101 stations are more"]),
        ({"base": "javascript:alert(1)", "stations": "there"}, ["is no address", "no station there"]),
    ],
)
def test_nothing_is_issued_where_anything_is_wrong(
    site: Officers, union: TwoDistricts, changed: dict[str, str], said: list[str]
) -> None:
    before = len(digests(union))
    refused = site.send(KEYS, KEYS, ADMIN, **{**WISH, **changed})
    assert refused.status_code == 422 and all(one in text_of(refused) for one in said), text_of(refused)
    assert len(digests(union)) == before
    assert "<svg" not in refused.text.split("<main")[1]


def test_the_key_of_a_station_that_left_the_register_is_listed_and_revoked(
    site: Officers, union: TwoDistricts
) -> None:
    with union.wiring.database.write() as connection:
        keys = {id: issue_keeper_key(connection, id, NOW) for id in ("here", "there")}
        connection.execute(update(stations).where(stations.c.id.in_(keys)).values(gone_at=NOW))
    own, foreign = keys["here"].key.id, keys["there"].key.id
    assert own in (listed := site.open(KEYS, ADMIN).text) and foreign not in listed

    assert "no key" in text_of(site.send(KEYS, f"{KEYS}/{foreign}/revoke", ADMIN))
    revoked = site.send(KEYS, f"{KEYS}/{own}/revoke", ADMIN)
    assert revoked.headers["location"] == f"{KEYS}?done=revoked"
    known = find_key(union.wiring, keys["here"].text)
    assert known is not None and known.revoked_at is not None
    assert own not in site.open(KEYS, ADMIN).text
