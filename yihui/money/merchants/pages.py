"""Merchants at every door: what each redeems and where, and its keys."""

from collections.abc import Sequence
from typing import Any

from core.text_marks import N_
from yihui.access.roles import Right
from yihui.bootstrap import PROVINCE_CODE
from yihui.frame.cells import Cell, Chip, Choice, Link, Organisation, Several
from yihui.frame.content import Fact, Facts, Table, TableColumn, ThingPage
from yihui.frame.listing import Listing, Looking, NoFilter, RowSlice
from yihui.frame.noun import Noun
from yihui.money.merchants.acts import ADD, ISSUE, MERCHANT, REVOKE, MerchantAccount, list_accounts
from yihui.runtime.language import Language


def find_merchants(look: Looking[NoFilter]) -> RowSlice[MerchantAccount]:
    """Find the merchants of the union, by name."""
    return look.cut(list_accounts(look))


def show_merchant(look: Looking[Any], account: MerchantAccount, language: Language) -> ThingPage:
    """Return what a merchant redeems and where, and its keys by their beginnings."""
    from geo.registry.stations import find_station

    merchant = account.merchant
    rules = look.wiring.rulebook.in_force(look.connection).rules
    known = {one.id: one.definition for one in rules if not one.is_merged}
    named = [  # several rules of a union may have one title
        Several((title, Organisation(owner)), " · ") if owner else title
        for title, owner in dict.fromkeys(
            (known[one].title, known[one].owner) if one in known else (one, "") for one in merchant.rules
        )
    ]
    stations = [find_station(look.connection, id_) for id_ in merchant.stations]
    facts = (
        Fact("id", N_("Name for programs"), merchant.id, is_on_page=False),
        Fact("rules", N_("Redeems"), _several(named, "everything", N_("everything"))),
        Fact("stations", N_("Only at"), _several([one.name for one in stations if one], "anywhere", N_("wherever the rules allow it"))),
    )  # fmt: skip
    columns = (
        TableColumn[Any]("key", N_("Begins with"), lambda one: one.id),
        TableColumn[Any]("state", N_("State"), lambda one: _chip(one.holds(look.now))),
        TableColumn[Any]("made_at", N_("Issued"), lambda one: one.made_at),
        TableColumn[Any]("ends_at", N_("Ends"), lambda one: one.revoked_at or one.expires_at),
    )
    keys = Table(
        "keys", N_("Keys"), columns, account.keys, N_("It has no key yet: without one it redeems nothing.")
    )
    acts = ("key", "revoke") if account.live else ("key",)
    return ThingPage(merchant.name, (Facts("", facts), keys), _chip(bool(account.live)), acts=acts)


def _several(names: Sequence[Cell], code: str, title: str) -> Cell:
    return Several(tuple(names)) if names else Choice(code, title)


def _chip(holds: bool) -> Chip:
    return Chip("live", N_("holds (key)"), "good") if holds else Chip("ended", N_("no key holds"))


_merchant = TableColumn[MerchantAccount]
COLUMNS = (
    _merchant("name", N_("Name"), lambda one: Link(f"/desk/merchants/{one.merchant.id}", one.merchant.name)),
    _merchant("id", N_("Name for programs"), lambda one: one.merchant.id, is_on_page=False),
    _merchant("state", N_("State"), lambda one: _chip(bool(one.live))),
    _merchant("keys", N_("Keys that hold"), lambda one: len(one.live)),
    _merchant("shops", N_("Shops named"), lambda one: len(one.merchant.stations)),
)
NOUN = Noun(
    "merchants",
    N_("Merchants"),
    MERCHANT,
    Listing(
        N_("List the merchants of the union by name"),
        NoFilter,
        find_merchants,
        COLUMNS,
        N_("There is no merchant yet. Add the first one, then issue it a key."),
    ),
    show_merchant,
    Right.READ_OPERATION,
    (ISSUE, REVOKE, ADD),
    place=PROVINCE_CODE,
)
