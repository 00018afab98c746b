"""Find members, organisations, stations, rules, grants, payments and cases by id or by words, in the officer's subtrees."""

import unicodedata
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from itertools import islice

from sqlalchemy import ColumnElement, Connection, false, select

from benefits.tables.decisions import grants
from benefits.tables.payout import payout_batches, payout_orders
from benefits.vouchers.codes import CODE_LENGTH, normalise_code, parse_code
from benefits.vouchers.faults import VoucherRefused
from benefits.vouchers.issuing import find_grant_by_code
from core.civil_time import civil_date
from core.faults import FaultError, FaultTable
from core.simplified import simplify_characters
from core.text_marks import N_
from members import CardRefused
from members.cards.numbers import parse_card_number
from members.hardship.repository import FileQuery, find_file, list_files, list_organisations
from members.hotline.repository import CaseQuery, list_cases, list_units
from members.organisations.search import OrganisationQuery, find_organisations, name_lineage
from members.tables import cards
from yihui.access.actor import Actor
from yihui.access.decide import subtrees
from yihui.access.roles import Right
from yihui.bootstrap import Wiring
from yihui.services.access.officer_scope import OfficerScope
from yihui.services.members.finding import find_members
from yihui.services.members.organisations import find_covered_members
from yihui.services.stations.texts import StationTexts

MOST_CHARACTERS = 100
MOST_HITS = 20  # of a kind
_EXAMINED = 400  # of those who may belong to the officer's subtrees; who doesn't is left out
_LONGEST_NUMBER = 18  # digits of a case file's number
_REVIEW_WORDS = ("复核", "年审", "review")
_PAST_ALL = "\U0010ffff"
SEARCH_FAULTS = FaultTable(
    "officer_search",
    {
        "too_long": (
            N_("the text has {count} characters; at most {most} are searched for"),
            N_("search for a part of it: an id, a name, or two or three words"),
        )
    },
)


@dataclass(frozen=True, slots=True)
class SearchHit:
    """Something that was found: its kind, its id, its title, and what distinguishes it. No personal data."""

    kind: str
    id: str
    title: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class HitGroup:
    """The hits of one kind; ``is_cut`` if there are more."""

    kind: str
    hits: Sequence[SearchHit]
    is_cut: bool


def search_records(
    wiring: Wiring, actor: Actor, text: str, stations: Callable[[], StationTexts]
) -> list[HitGroup]:
    """Return what the officer may see and the text matches, by kind; ``stations`` gives those in memory.

    *Raises*: FaultError for a long text.
    """
    if len(text) > MOST_CHARACTERS:
        raise FaultError(
            SEARCH_FAULTS.build(
                "too_long", field="q", value=text[:20] + "…", count=len(text), most=MOST_CHARACTERS
            )
        )
    sought = " ".join(unicodedata.normalize("NFKC", text).replace("\0", "").split())
    if not sought:
        return []
    today = civil_date(wiring.now())
    found = [
        _group(
            "member",
            [
                SearchHit("member", one.id, one.title, one.detail)
                for one in find_members(wiring, actor, sought)
            ],
        )
    ]
    with wiring.database.read() as connection:
        for kind, right, find in _KINDS:
            scope = OfficerScope(subtrees(actor, right, today), today)
            if scope.organisations is None or scope.organisations:
                found.append(_group(kind, find(wiring, connection, scope, sought)))
    scope = OfficerScope(subtrees(actor, Right.READ_STATIONS, today), today)
    if scope.organisations is None or scope.organisations:
        found.append(_group("station", _find_stations(stations(), scope, sought)))
    return [group for group in found if group.hits]


def _group(kind: str, hits: Sequence[SearchHit]) -> HitGroup:
    return HitGroup(kind, hits[:MOST_HITS], len(hits) > MOST_HITS)


def _begins_with(column: ColumnElement[str], text: str) -> ColumnElement[bool]:
    """Return a condition that an index answers: the column begins with the text, as it is written."""
    return (column >= text) & (column < text + _PAST_ALL)


def _find_organisations(
    wiring: Wiring, connection: Connection, scope: OfficerScope, text: str
) -> list[SearchHit]:
    by_code = text[:1].isdigit()
    query = OrganisationQuery(
        scope.day,
        name=None if by_code else text,
        code=text if by_code else None,
        limit=MOST_HITS + 1,
        within=scope.find_paths(connection),
    )
    spans = find_organisations(connection, query)
    return [SearchHit("organisation", span.code, span.name, span.code) for span in spans]


def _find_stations(known: StationTexts, scope: OfficerScope, text: str) -> list[SearchHit]:
    """Find stations among those in memory, by id, name or address."""
    matching = (one for one in known.iter_matches(text) if scope.covers_district(one.district))
    return [
        SearchHit("station", one.id, one.name, " ".join(filter(None, (one.district_name, one.address))))
        for one in islice(matching, MOST_HITS + 1)
    ]


def _find_rules(wiring: Wiring, connection: Connection, scope: OfficerScope, text: str) -> list[SearchHit]:
    sought = simplify_characters(text).casefold()
    titles = {
        rule.id: rule.definition.title
        for rule in wiring.rulebook.in_force(connection).rules
        if not rule.is_merged
    }
    return [
        SearchHit("rule", id, title, id)
        for id, title in sorted(titles.items())
        if sought in id.casefold() or sought in title.casefold()
    ][: MOST_HITS + 1]


def _find_grants(wiring: Wiring, connection: Connection, scope: OfficerScope, text: str) -> list[SearchHit]:
    """Find benefits by their voucher's code, by the number of the member's card, or by their own id."""
    one = grants.c
    query = select(one.id, one.title, one.member_id).where(
        _marks_grant(wiring, connection, text), scope.member_condition(connection, one.member_id)
    )
    rows = connection.execute(query.order_by(one.id).limit(_EXAMINED)).all()
    covered = find_covered_members(connection, scope, [row.member_id for row in rows])
    return [SearchHit("grant", row.id, row.title) for row in rows if row.member_id in covered][
        : MOST_HITS + 1
    ]


def _marks_grant(wiring: Wiring, connection: Connection, text: str) -> ColumnElement[bool]:
    """Return the condition on grants that a text stands for."""
    with suppress(CardRefused):
        holders = select(cards.c.member_id).where(cards.c.number == parse_card_number(text))
        return grants.c.member_id.in_(holders)
    if len(normalise_code(text)) != CODE_LENGTH:
        return _begins_with(grants.c.id, text)
    with suppress(VoucherRefused):
        return grants.c.id == find_grant_by_code(connection, wiring.voucher_key, parse_code(text)).grant_id
    return false()


def _find_payments(wiring: Wiring, connection: Connection, scope: OfficerScope, text: str) -> list[SearchHit]:
    order, batch = payout_orders.c, payout_batches.c
    query = (
        select(order.reference, order.grant_id, order.state, grants.c.member_id)
        .join(grants, grants.c.id == order.grant_id)
        .where(_begins_with(order.reference, text.upper()))
        .where(scope.member_condition(connection, grants.c.member_id))
    )
    rows = connection.execute(query.order_by(order.reference).limit(_EXAMINED)).all()
    covered = find_covered_members(connection, scope, [row.member_id for row in rows])
    hits = [
        SearchHit("payment", row.reference, row.reference, row.member_id)
        for row in rows
        if row.member_id in covered
    ]
    if scope.is_everywhere:
        found = select(batch.id, batch.orders).where(_begins_with(batch.id, text.upper())).limit(MOST_HITS)
        hits = [SearchHit("batch", row.id, row.id) for row in connection.execute(found)] + hits
    return hits[: MOST_HITS + 1]


def _find_case_files(
    wiring: Wiring, connection: Connection, scope: OfficerScope, text: str
) -> list[SearchHit]:
    """Find case files of hardship by their number or a member's id, and those due for review by that word."""
    is_number = text.isdecimal() and len(text) <= _LONGEST_NUMBER
    is_due = any(word in text.casefold() for word in _REVIEW_WORDS)
    if is_number:
        one = find_file(connection, int(text))
        found = [one] if one is not None else []
    elif is_due:
        codes = scope.list_covered(connection, list_organisations)
        found = list_files(connection, FileQuery(codes, due_by=scope.day))
        found.sort(key=lambda one: (one.review_due_on or date.min, one.number))
    else:
        found = list_files(connection, FileQuery(member_id=text.lower()), limit=_EXAMINED)
    covered = scope.find_covered(connection, [one.organisation for one in found])
    shown = [one for one in found if one.organisation in covered][: MOST_HITS + 1]
    names = name_lineage(connection, {one.organisation for one in shown}, scope.day)
    return [
        SearchHit(
            "hardship",
            str(one.number),
            f"{one.number} · {one.level}",
            str(one.review_due_on or names.get(one.organisation, "")),
        )
        for one in shown
    ]


def _find_hotline_cases(
    wiring: Wiring, connection: Connection, scope: OfficerScope, text: str
) -> list[SearchHit]:
    """Find cases of the hotline by their number, a member's id, or words of their summary; the newest first."""
    codes = scope.list_covered(connection, list_units)
    is_number = text.isdecimal() and len(text) <= _LONGEST_NUMBER
    queries = (
        [CaseQuery(codes, number=int(text))]
        if is_number
        else [CaseQuery(codes, member_id=text.lower(), limit=MOST_HITS + 1)]
    )
    queries.append(CaseQuery(codes, words=text, limit=_EXAMINED))
    found = {one.number: one for query in queries for one in list_cases(connection, query)}
    named = text.casefold()
    shown = [
        one
        for one in found.values()
        if named in one.summary.casefold() or named in (str(one.number), one.member_id)
    ]
    shown = shown[: MOST_HITS + 1]
    names = name_lineage(connection, {one.organisation for one in shown}, scope.day)
    return [
        SearchHit("case", str(one.number), f"{one.number} · {one.summary}", names.get(one.organisation, ""))
        for one in shown
    ]


_Find = Callable[[Wiring, Connection, OfficerScope, str], Sequence[SearchHit]]
_KINDS: tuple[tuple[str, Right, _Find], ...] = (
    ("organisation", Right.READ_ORGANISATIONS, _find_organisations),
    ("rule", Right.READ_RULES, _find_rules),
    ("grant", Right.READ_BENEFITS, _find_grants),
    ("payment", Right.READ_MONEY, _find_payments),
    ("hardship", Right.READ_HARDSHIP, _find_case_files),
    ("case", Right.READ_CASES, _find_hotline_cases),
)
