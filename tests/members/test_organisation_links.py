"""Organisations' signed links: without an end, but revocable and replaceable."""

from datetime import UTC, datetime, timedelta

import pytest

from core.faults import FaultError
from members.organisation_links import (
    build_link_text,
    issue_link,
    list_links,
    replace_link,
    revoke_link,
    verify_link,
)
from members.tokens.key_ring import claim_signing_key, register_signing_key, retire_signing_key
from members.tokens.keys import SigningKey
from members.tokens.text import build_token_text
from store import Database

NOON = datetime(2026, 5, 1, 4, 0, tzinfo=UTC)
KEY, OTHER = SigningKey(b"k" * 32), SigningKey(b"o" * 32)
CODE = "370202001-00017"


def state(database: Database, text: str) -> str:
    with database.read() as connection:
        return verify_link(connection, text).state


def test_a_link_is_valid_for_years_and_its_text_never_changes(database: Database) -> None:
    with database.write() as connection:
        claim_signing_key(connection, KEY, NOON)
        link = issue_link(connection, CODE, "li.min", NOON)
    text = build_link_text(link, KEY)
    assert text == build_link_text(link, KEY)
    with database.read() as connection:
        found = verify_link(connection, text)
        assert (found.state, found.link, found.replacing) == ("valid", link, None)
        assert list_links(connection, CODE) == [link] and list_links(connection, "370202") == []


@pytest.mark.both_databases
def test_a_replaced_link_names_the_one_that_holds_now(database: Database) -> None:
    with database.write() as connection:
        claim_signing_key(connection, KEY, NOON)
        first = issue_link(connection, CODE, "li.min", NOON)
        second = replace_link(connection, first.link, "li.min", NOON + timedelta(days=1))
        third = replace_link(connection, second.link, "li.min", NOON + timedelta(days=2))
        found = verify_link(connection, build_link_text(first, KEY))
        assert found.state == "replaced" and found.replacing == third
        assert found.link is not None and found.link.replaced_by == second.link
        with pytest.raises(FaultError) as refused:
            replace_link(connection, first.link, "li.min", NOON)
        assert refused.value.code == "organisation_link.not_valid"
        assert revoke_link(connection, third.link, "li.min", NOON + timedelta(days=3))
        assert not revoke_link(connection, third.link, "li.min", NOON + timedelta(days=3))
        for one in (first, second, third):
            found = verify_link(connection, build_link_text(one, KEY))
            assert (found.state, found.replacing) == ("revoked", None), "no link holds now"


def test_revoked_forged_foreign_and_retired_links_are_told_apart(database: Database) -> None:
    with database.write() as connection:
        claim_signing_key(connection, KEY, NOON)
        link = issue_link(connection, CODE, "li.min", NOON)
    assert state(database, build_link_text(link, OTHER)) == "foreign"
    forged = build_token_text("organisation", KEY.id, link.link, NOON, OTHER.sign)
    assert state(database, forged) == "forged"
    unknown = build_token_text("organisation", KEY.id, "0" * 20, NOON, KEY.sign)
    card = build_token_text("card", KEY.id, "123456789012", NOON, KEY.sign)
    for text in ("", "x", unknown, card, "YH2AAAA", "\0", "二维码"):
        assert state(database, text) == "not_ours"
    with database.write() as connection:
        revoke_link(connection, link.link, "li.min", NOON)
    assert state(database, build_link_text(link, KEY)) == "revoked"
    with database.write() as connection:
        register_signing_key(connection, OTHER, NOON, "li.min")
        retire_signing_key(connection, KEY.id, OTHER.id, NOON, "li.min")
    assert state(database, build_link_text(link, KEY)) == "retired"


@pytest.mark.parametrize("code", ["", "37020", "３７０２０２", "370202-1", "x"])
def test_what_is_no_organisation_gets_no_link(database: Database, code: str) -> None:
    with database.write() as connection, pytest.raises(FaultError) as refused:
        issue_link(connection, code, "li.min", NOON)
    assert refused.value.code == "organisation_link.organisation"


def test_an_unknown_link_is_neither_revoked_nor_replaced(database: Database) -> None:
    for act in (revoke_link, replace_link):
        with database.write() as connection, pytest.raises(FaultError) as refused:
            act(connection, "none", "li.min", NOON)
        assert refused.value.code == "organisation_link.no_link"
