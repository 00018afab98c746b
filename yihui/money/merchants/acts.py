"""What is done to merchants: take one in, issue it a key, revoke one. A merchant serves the whole union."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, PrivateAttr

from core.civil_time import civil_date, end_of_day
from core.faults import FaultError, FaultTable
from core.prompts import Prompt
from core.text_marks import N_
from members import organisation_names
from yihui.access.roles import Right
from yihui.bootstrap import PROVINCE_CODE
from yihui.frame.acts import NO_JSON, Act, Change, Doing, Kind
from yihui.frame.cells import Cell, Phrase
from yihui.frame.content import Fact, Facts, Section
from yihui.frame.types import CivilDay, Form, FreeText, StationId, WholeNumber

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from benefits import Merchant, MerchantKey
    from yihui.frame.listing import Looking

RIGHT = Right.ISSUE_KEYS
MOST_DAYS = 90  # in which a merchant changes from one key to the next
MOST_NAMED = 30  # benefits or shops of one merchant
MERCHANT_FAULTS = FaultTable(
    "merchant",
    {
        "no_benefit": (N_("no rule in force gives “{value}”"), N_("write a benefit as the rules call it: {known}")),
        "several": (N_("rules of several unions are called “{value}”"), N_("write which of them: {known}")),
        "name_taken": (N_("there is a merchant “{value}” already"), N_("issue that one a further key")),
        "no_key": (N_("the merchant has no such key that still counts"), N_("look at the merchant's page again")),
    },
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class MerchantAccount:
    """A merchant and all of its keys, the first one issued first."""

    merchant: "Merchant"
    keys: "Sequence[MerchantKey]"
    at: datetime

    @property
    def live(self) -> "list[MerchantKey]":
        """The keys that still count."""
        return [key for key in self.keys if key.holds(self.at)]


class BenefitRow(Form):
    title: Annotated[
        FreeText,
        Prompt(
            N_("Benefit"),
            hint=N_("Its title; where several unions have it, with the union: 生日慰问（历下区总工会）."),
        ),
    ]


class ShopRow(Form):
    station: Annotated[StationId, Prompt(N_("Station"))]


class MerchantForm(Form):
    """A new merchant; without benefits it redeems all of them, without shops everywhere."""

    name: Annotated[FreeText, Field(max_length=100), Prompt(N_("Name"))]
    benefits: Annotated[
        tuple[BenefitRow, ...],
        Field(max_length=MOST_NAMED),
        Prompt(N_("Only these benefits"), hint=N_("None: it redeems whatever rules give."), is_further=True),
    ] = ()
    shops: Annotated[
        tuple[ShopRow, ...],
        Field(max_length=MOST_NAMED),
        Prompt(N_("Only at these stations"), hint=N_("None: wherever the rules allow it."), is_further=True),
    ] = ()


class KeyForm(Form):
    """A further key: its last day, and when the others end."""

    until: Annotated[CivilDay | None, Prompt(N_("Last day of the key"))] = None
    overlap: Annotated[
        WholeNumber | None,
        Field(ge=0, le=MOST_DAYS),
        Prompt(N_("Days after which the other keys end"), hint=N_("Empty: they go on.")),
    ] = None
    _text: str = PrivateAttr("")

    @property
    def text(self) -> str:
        return self._text

    def take_text(self, text: str) -> None:
        """Take the key that was issued: it is shown once, and kept nowhere."""
        self._text = text


class RevokeForm(Form):
    which: Annotated[str, Field(max_length=8), Prompt(N_("Key"), help=N_("how the key begins"))]


def load_account(at: "Doing[Any, Any] | Looking[Any]", id_: str, _: bool) -> MerchantAccount:
    """Return a merchant with its keys. *Raises*: VoucherRefused if there is none."""
    from benefits import load_merchant

    merchant = load_merchant(at.connection, id_)
    return MerchantAccount(merchant, _group_keys(at.connection).get(id_, ()), at.now)


def list_accounts(look: "Looking[Any]") -> list[MerchantAccount]:
    """Return all merchants with their keys, by name."""
    from benefits import load_merchants

    keys = _group_keys(look.connection)
    found = sorted(load_merchants(look.connection), key=lambda one: (one.name, one.id))
    return [MerchantAccount(one, keys.get(one.id, ()), look.now) for one in found]


def _group_keys(connection: "Connection") -> "Mapping[str, Sequence[MerchantKey]]":
    from benefits import load_merchant_keys

    found: dict[str, list[MerchantKey]] = {}
    for key in load_merchant_keys(connection):
        found.setdefault(key.merchant_id, []).append(key)
    return found


def _add(act: Doing[MerchantForm, MerchantAccount]) -> Change:
    from secrets import token_hex

    from benefits import Merchant, add_merchant, load_merchants

    form = act.form
    if any(one.name == form.name for one in load_merchants(act.connection)):
        raise FaultError(MERCHANT_FAULTS.build("name_taken", field="name", value=form.name))
    shops = tuple(one.station for one in form.shops)
    made = Merchant(f"shop-{token_hex(4)}", form.name, _find_rules(act), shops)
    return Change(add_merchant(act.connection, made, act.now).id)


def _find_rules(act: Doing[MerchantForm, MerchantAccount]) -> tuple[str, ...]:
    """Return the rules that a form names: of a title that several unions' rules have, those of the named union.

    *Raises*: FaultError for each name that no rule has, or rules of several unions have.
    """
    rules = [one for one in act.wiring.rulebook.in_force(act.connection).rules if not one.is_merged]
    unions = organisation_names(act.connection, {one.definition.owner for one in rules})
    known: dict[str, dict[str, set[str]]] = {}
    for rule in rules:
        title, owner = rule.definition.title, rule.definition.owner
        label = f"{title}（{unions.get(owner, owner)}）"
        for name in (title, label, rule.id):
            known.setdefault(name, {}).setdefault(label, set()).add(rule.id)
    language, faults, found = act.wiring.language, [], dict[str, None]()
    for place, one in enumerate(act.form.benefits):
        meant, field = known.get(one.title, {}), f"benefits.{place}.title"
        if len(meant) == 1:
            found |= dict.fromkeys(sorted(*meant.values()))
            continue
        code, choices = ("several", meant) if meant else ("no_benefit", {r.definition.title for r in rules})
        said = language.format_list(sorted(choices)) or "–"
        faults.append(MERCHANT_FAULTS.build(code, field=field, value=one.title, known=said))
    if faults:
        raise FaultError(faults)
    return tuple(found)


def _issue(act: Doing[KeyForm, MerchantAccount]) -> Change:
    from benefits import end_other_merchant_keys, issue_merchant_key

    form, merchant, now = act.form, act.thing.merchant.id, act.now
    last = end_of_day(form.until) if form.until else None
    made = issue_merchant_key(act.connection, merchant, now, expires_at=last)
    if form.overlap is not None:
        end = now + timedelta(days=form.overlap)
        end_other_merchant_keys(act.connection, merchant, made.key.id, end, now)
    form.take_text(made.text)
    return Change(merchant, {"key": made.key.id})


def _show_key(act: Doing[KeyForm, MerchantAccount]) -> Sequence[Section]:
    return [Facts(N_("Write it down now: it is kept nowhere and can't be shown again."), [
        Fact("key", N_("The merchant's key"), act.form.text), Fact("until", N_("Last day of the key"), act.form.until),
    ])]  # fmt: skip


def _revoke(act: Doing[RevokeForm, MerchantAccount]) -> Change:
    from benefits import revoke_merchant_keys

    if act.form.which not in [one.id for one in act.thing.live]:
        raise FaultError(MERCHANT_FAULTS.build("no_key", field="which"))
    revoke_merchant_keys(act.connection, act.form.which, act.now)
    return Change(act.thing.merchant.id, {"keys": [act.form.which]})


def _offer_keys(account: MerchantAccount) -> Mapping[str, Mapping[str, Cell]]:
    text = N_("begins with {key}, issued on {day}")
    return {
        "which": {
            one.id: Phrase(text, {"key": one.id, "day": civil_date(one.made_at)}) for one in account.live
        }
    }


MERCHANT = Kind[Any](
    "merchant",
    load_account,
    lambda one: 1 + len(one.keys) + sum(key.revoked_at is not None for key in one.keys),
    lambda _: PROVINCE_CODE,
    key=str,
    place=lambda *_: PROVINCE_CODE,
)
ADD = Act("add", N_("Add a merchant"), MerchantForm, _add, RIGHT, "keys.issue.add",
          N_("The merchant was added. Issue it a key now."), MERCHANT, makes=True, is_whole=True)  # fmt: skip
ISSUE = Act("key", N_("Issue a key"), KeyForm, _issue, RIGHT, "keys.issue.key", "", MERCHANT, doors=NO_JSON,
            reveal=_show_key, is_once=True, help=N_("Issue a merchant a key, which is shown once."))  # fmt: skip
REVOKE = Act("revoke", N_("Revoke a key"), RevokeForm, _revoke, RIGHT, "keys.issue.revoke",
             N_("The key is revoked; what was redeemed with it stays."), MERCHANT, is_grave=True, offered=_offer_keys,
             button=N_("Revoke it: it ends at once"))  # fmt: skip
