"""Ninety ways to tamper with a ledger: in which life, by which statements, and who finds it."""

from dataclasses import dataclass
from enum import StrEnum

from benefits import seal_batches
from store import Database
from tests.benefits.lived import LIVES
from tests.benefits.test_every_byte import WALKED
from tools.servers.deciding import NOW

# In the life "waiting" something waits to be sealed; of what waits, no seal says how it was.
TAMPERED_LIVES = {**WALKED, "waiting": WALKED["moved"]}

_LATER = "'2031-01-01T00:00:00.000000+00:00'"


class FoundBy(StrEnum):
    """Which verifications find a tampering."""

    ALL = "database, export with seals, export without seals"
    SEALS = "database, export with seals"
    DATABASE = "database"
    NOBODY = "nobody"


@dataclass(frozen=True)
class Tampering:
    name: str
    life: str
    statements: tuple[str, ...]
    found_by: FoundBy = FoundBy.SEALS
    why: str = ""  # where an export with seals can't find it


def _first(table: str, change: str, key: str = "id", where: str = "1 = 1") -> tuple[str, ...]:
    return (
        f"UPDATE {table} SET {change} WHERE {key} = (SELECT min({key}) FROM {table} WHERE {where}) AND {where}",
    )


def _gone(table: str, key: str = "id", where: str = "1 = 1") -> tuple[str, ...]:
    return (f"DELETE FROM {table} WHERE {key} = (SELECT min({key}) FROM {table} WHERE {where})",)


_t = Tampering
_GRANTED = "outcome = 'granted'"
_NOT_USED = "grant_id IN (SELECT id FROM grants WHERE member_id = 'm-4')"
_NEW = "'f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0'"
_FORGED_TRANSACTION = (
    f"INSERT INTO transactions (id, kind, grant_id, occurred_on, reason, recorded_at) SELECT {_NEW}, 'issue', "
    f"id, '2026-06-01', '', {_LATER} FROM grants WHERE member_id = 'm-3'",
    *(
        f"INSERT INTO postings (transaction_id, line, account, amount, unit, recorded_at) SELECT {_NEW}, {line}, "
        f"'{stage}/' || rule_id, {amount}, 'fen', {_LATER} FROM grants WHERE member_id = 'm-3'"
        for line, stage, amount in ((1, "promised", -1), (2, "issued", 1))
    ),
)

BOOKS = (
    _t("the title of a grant", "moved", _first("grants", "title = 'another'")),
    _t("the worth of a grant", "moved", _first("grants", "amount_fen = amount_fen + 1"), FoundBy.ALL),
    _t("the member of a grant", "moved", _first("grants", "member_id = 'm-9'"), FoundBy.ALL),
    _t("the last day of a grant", "moved", _first("grants", "expires_on = '2031-01-01'")),
    _t("a grant removed", "moved", _gone("grants"), FoundBy.ALL),
    _t("the outcome of a decision", "moved", _first("decisions", "outcome = 'refused'", where=_GRANTED), FoundBy.ALL),
    _t("the reasons of a decision", "moved", _first("decisions", "reasons = '[]'", where="outcome = 'refused'")),
    _t("the words of explanations", "moved", _first("explanation_forms", "content = replace(content, '会籍', '会员')"), FoundBy.ALL),
    _t("forged words that look erased", "moved", _first("explanation_forms", "content = '{\"erased\":\"' || id || '\",\"title\":\"x\",\"conditions\":[]}'"), FoundBy.ALL),
    _t("the words of explanations removed", "moved", _gone("explanation_forms"), FoundBy.ALL),
    _t("the bounds of a decision", "moved", _first("decisions", "bounds = '{}'", where="bounds IS NOT NULL")),
    _t("a decision removed", "moved", _gone("decisions", where=_GRANTED), FoundBy.ALL),
    _t("a refusal removed", "moved", _gone("decisions", where="outcome = 'refused'")),
    _t("a transaction removed", "moved", _gone("transactions", where="kind = 'redeem'"), FoundBy.ALL),
    _t("a transaction added", "moved", _FORGED_TRANSACTION),
    _t("the reason of a transaction", "moved", _first("transactions", "reason = '晚餐'", where="kind = 'redeem'")),
    _t("a posting removed", "moved", _gone("postings", "sequence"), FoundBy.ALL),
    _t("the amount of a posting", "moved", _first("postings", "amount = amount + 1", "sequence"), FoundBy.ALL),
    _t("the account of a posting", "moved", _first("postings", "account = 'stock/x'", "sequence"), FoundBy.ALL),
    _t("a limit's slot removed", "moved", _gone("limit_slots", "limit_key"), FoundBy.ALL),
    _t("a freed slot removed", "moved", _gone("freed_slots", "limit_key")),
    _t("a reversal removed", "moved", _gone("reversals"), FoundBy.ALL),
    _t("the weight of an entry", "moved", _first("entries", "weight = 5")),
    _t("the decision kept with an entry", "moved", _first("entries", "decision = ' ' || decision")),
    _t("a position on a waiting list", "moved", _first("waiting_list", "position = 3"), FoundBy.ALL),
    _t("the reason of an officer's act", "moved", _first("rule_acts", "reason = 'x'", "sequence")),
    _t("an act removed", "moved", _gone("rule_acts", "sequence", "act = 'budget_set'")),
    _t("a budget's ceiling raised", "moved", _first("counters", "ceiling = ceiling + 1", "key", "key = 'budget/a'")),
    _t("what is used of a budget", "moved", _first("counters", "used = used + 1", "key", "key = 'budget/a'"), FoundBy.ALL),
    _t("a counter removed", "moved", _gone("counters", "key", "used > 0"), FoundBy.ALL),
    _t("the day of an appeal", "moved", _first("appeals", "lodged_on = '2031-01-01'")),
    _t("the answer to an appeal", "moved", _first("appeal_answers", "reason = 'x'", "appeal_id")),
    _t("where a grant stands", "moved", _first("grant_balances", "issued = issued + 1", "grant_id")),
    _t("the balance of an account", "moved", _first("account_balances", "balance = balance + 1", "account")),
    _t("the digests of a seal", "moved", _first("seals", "digests = digests || '0'", "book")),
    _t("a seal removed", "moved", _gone("seals", "book")),
    _t("all seals removed", "moved", ("DELETE FROM seals",)),
    _t("the queue to be sealed emptied", "waiting", ("DELETE FROM unsealed",)),
    _t("a batch in the queue emptied", "waiting", ("UPDATE unsealed SET rows = '{}'",)),
)  # fmt: skip
USES = (
    _t("the withdrawal of a voucher", "used", _first("vouchers", "withdrawn_on = '2031-01-01'", "digest")),
    _t("a voucher removed", "used", _gone("vouchers", "digest")),
    _t("the amount of a redemption", "used", _first("redemptions", "amount = amount + 1"), FoundBy.ALL),
    _t("a redemption removed", "used", _gone("redemptions")),
    _t("the amount of a refund", "used", _first("refunds", "amount = amount + 1"), FoundBy.ALL),
    _t("the points of a spending", "used", _first("point_spendings", "points = points + 1")),
    _t("a spending removed", "used", _gone("point_spendings")),
    _t("the answers to an offline batch", "used", _first("redemption_batches", "results = '[]'")),
    _t("a day due removed", "used", _gone("due_slots", "grant_id", _NOT_USED)),
    _t("a day due put off", "used", _first("due_slots", "day = '2039-01-01'", "day")),
    _t("the card of a use", "used", _first("card_uses", "handle = 'other'", "handle")),
    _t("the owner of a card", "used", _first("member_cards", "member_id = 'm-9'", "handle")),
    _t("the rights of a merchant", "used", _first("merchants", "rules = '[\"x\"]'")),
    _t("a merchant removed", "used", _gone("merchants")),
    _t("the key of a merchant", "used", _first("merchant_keys", "digest = 'f'")),
    _t("the end of a merchant's key removed", "used", _gone("merchant_key_terms")),
    _t("a revoked key that lives again", "used", _first("merchant_keys", "revoked_at = NULL", where="revoked_at IS NOT NULL")),
    _t("the sign of a used card", "used", _first("card_uses", "step = step + 1", "handle"), FoundBy.NOBODY,
       "a sign is over after two minutes; the redemption itself is sealed"),
    _t("the salt of a voucher", "used", _first("vouchers", "salt = 'f'", "digest"), FoundBy.NOBODY,
       "it can be erased; with another salt the code can't be shown again, and the code itself is sealed"),
)  # fmt: skip
DRAWS = (
    _t("the file of a draw", "drawn", _first("draws", "file = '{' || file"), FoundBy.ALL),
    _t("the order drawn", "drawn", _first("draw_results", "file = replace(file, 'm-01', 'm-99')", "draw_id"), FoundBy.ALL),
    _t("the day of a claim", "drawn", _first("claims", "claimed_on = '2031-01-01'", "decision_id"), FoundBy.ALL),
    _t("a claim removed", "drawn", _gone("claims", "decision_id")),
    _t("a claim's last day put off", "drawn", _first("claim_slots", "claim_by = '2039-01-01'", "decision_id")),
    _t("a lapse removed", "drawn", _gone("lapses", "grant_id"), FoundBy.ALL),
    _t("how many left a waiting list", "drawn", _first("waiting_lines", "moved = moved + 1", "places"), FoundBy.ALL),
    _t("how a member left a waiting list", "drawn", _first("waiting_moves", "how = 'passed'", "waiting_id"), FoundBy.ALL),
    _t("a withdrawal removed", "drawn", _gone("withdrawals"), FoundBy.ALL),
    _t("the secret of a draw to come", "fixed", _first("draw_secrets", "secret = '00'", "draw_id"), FoundBy.DATABASE,
       "the secret is in no export; the commitment proves it once it is published"),
    _t("the rank of an entry", "ranked", _first("entries", "rank = rank + 5"), FoundBy.ALL),
)  # fmt: skip
MONEY = (
    _t("the amount of a payment", "paid", _first("payout_orders", "amount_fen = amount_fen + 1", "reference"), FoundBy.ALL),
    _t("the state of a payment", "paid", _first("payout_orders", "state = 'failed'", "reference", "state = 'paid'"), FoundBy.ALL),
    _t("who released a batch", "paid", _first("payout_batches", "decided_by = 'gh-999'", where="state = 'released'")),
    _t("the sum of a batch", "paid", _first("payout_batches", "amount_fen = amount_fen + 1"), FoundBy.ALL),
    _t("the lines of a bank's file", "paid", _first("payout_returns", "lines = lines + 1")),
    _t("the outcome that a bank told", "paid", _first("payout_answers", "outcome = 'failed'", "reference", "outcome = 'paid'"), FoundBy.ALL),
    _t("when a bank file was last written", "paid", _first("payout_batches", f"exported_at = {_LATER}", where="exported_at IS NOT NULL"),
       FoundBy.NOBODY, "the file itself is proved by its digest"),
    _t("what a clawback took back", "owed", _first("clawbacks", "reversed_fen = reversed_fen + 1")),
    _t("what a member owes", "owed", _first("clawbacks", "owed_fen = owed_fen + 1000")),
    _t("what was settled of a debt", "owed", _first("debt_acts", "amount_fen = amount_fen + 1", "debt_id"), FoundBy.ALL),
    _t("the text of a rule that decided", "owed", _first("rule_contents", "content = replace(content, '1001', '9001')", "hash"), FoundBy.ALL),
    _t("an event that takes back removed", "owed", _gone("takeback_types", "event_type")),
)  # fmt: skip
RULES = (
    _t("the text of an approved version", "ruled", _first("rule_versions", "text = text || ' '", "hash")),
    _t("who approved a version", "ruled", _first("rule_versions", "decided_by = 'gh-999'", "hash")),
    _t("a version removed", "ruled", _gone("rule_versions", "hash")),
    _t("the last day of a rule", "ruled", _first("rule_cuts", "last_day = '2031-01-01'", "act")),
    _t("a stop removed", "ruled", _gone("rule_stops", "rule_id")),
    _t("the text of a held event", "ruled", _first("held_events", "event = '{}'", "sequence")),
    _t("the time at which an event was held", "ruled", _first("held_events", f"held_at = {_LATER}", "sequence"), FoundBy.NOBODY,
       "nothing follows from it"),
)  # fmt: skip
TAMPERINGS = (*BOOKS, *USES, *DRAWS, *MONEY, *RULES)


def live(database: Database, life: str) -> None:
    """Live a life, and seal what happened."""
    LIVES["moved" if life == "waiting" else life](database)
    if life != "waiting":
        with database.write() as connection:
            while seal_batches(connection, NOW).rows:
                pass
