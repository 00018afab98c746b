"""The public number of a draw.

Its source is announced before the number is known, so that the organiser cannot choose the number.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from hashlib import sha256
from types import MappingProxyType

from core.faults import Fault
from rules.lottery.faults import LOTTERY_FAULTS
from rules.lottery.file import DrandRound, LotteryDraw, PublicDigits

CHINA_TIME = timezone(timedelta(hours=8))  # China has had no summer time since 1992
MAX_DRAND_ROUND = 10**9
_FIELD = "terms.number"
DAYS_TO_DRAW = 3  # after the number is published: a weekend
MIN_DIGITS = 12
"""With fewer, whoever commits could try secrets until friends win in more of the possible numbers."""


@dataclass(frozen=True, slots=True)
class DrandChain:
    """A drand network: round r is published at genesis + (r - 1) × period.

    *Source*: https://docs.drand.love, "Drand's HTTP API"; https://api.drand.sh/<hash>/info.
    """

    name: str
    genesis_s: int
    period_s: int


QUICKNET_CHAIN = "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971"
DRAND_CHAINS: Mapping[str, DrandChain] = MappingProxyType(
    {
        QUICKNET_CHAIN: DrandChain("quicknet", 1_692_803_367, 3),
        "8990e7a9aaed2ffed73dbd7092123d6f289930540d7651336225dc172e51b2ce": DrandChain(
            "default", 1_595_431_050, 30
        ),
    }
)


def drand_round_at(moment: datetime, chain: str = QUICKNET_CHAIN) -> DrandRound:
    """Return the first round that is published at or after an instant."""
    known = DRAND_CHAINS[chain]
    since_genesis = moment - datetime.fromtimestamp(known.genesis_s, UTC)
    periods = -(-since_genesis // timedelta(seconds=known.period_s))  # rounded up
    return DrandRound(kind="drand", chain=chain, round=max(1, periods + 1))


def round_published_at(plan: DrandRound) -> datetime:
    """Return when a round is published. *Units*: an instant in UTC."""
    known = DRAND_CHAINS[plan.chain]
    return datetime.fromtimestamp(known.genesis_s, UTC) + timedelta(seconds=(plan.round - 1) * known.period_s)


def count_late_days(plan: DrandRound | PublicDigits, drawn_on: date) -> int:
    """Return how many days a draw comes after its number, if those are more than `DAYS_TO_DRAW`; else 0.

    Once the number is out, the organiser, who holds the secret, knows the result: whoever waits may be
    thinking about not drawing at all.
    """
    if isinstance(plan, DrandRound):
        published_on = round_published_at(plan).astimezone(CHINA_TIME).date()
    else:
        published_on = date.fromisoformat(plan.on)
    days = (drawn_on - published_on).days
    return days if days > DAYS_TO_DRAW else 0


def round_url(plan: DrandRound) -> str:
    """Return the public URL of a round."""
    return f"https://api.drand.sh/{plan.chain}/public/{plan.round}"


def number_plan_faults(plan: DrandRound | PublicDigits, committed_at: datetime) -> list[Fault]:
    """Return the faults of the announced number."""
    return (
        _round_faults(plan, committed_at)
        if isinstance(plan, DrandRound)
        else _digits_faults(plan, committed_at)
    )


def _round_faults(plan: DrandRound, committed_at: datetime) -> list[Fault]:
    if plan.chain not in DRAND_CHAINS:
        return [
            LOTTERY_FAULTS.build("no_chain", field=_FIELD, value=plan.chain, chains=", ".join(DRAND_CHAINS))
        ]
    if not 1 <= plan.round <= MAX_DRAND_ROUND:
        return [LOTTERY_FAULTS.build("no_round", field=_FIELD, value=plan.round)]
    published_at = round_published_at(plan)
    if published_at <= committed_at:
        return [
            LOTTERY_FAULTS.build(
                "known_already", field=_FIELD, value=f"{plan.round}: {published_at:%Y-%m-%dT%H:%M:%SZ}"
            )
        ]
    return []


def _digits_faults(plan: PublicDigits, committed_at: datetime) -> list[Fault]:
    faults = []
    if not plan.source.strip():
        faults.append(LOTTERY_FAULTS.build("no_source", field=_FIELD))
    if not MIN_DIGITS <= plan.count <= 200:
        faults.append(LOTTERY_FAULTS.build("digit_count", field=_FIELD, value=plan.count, fewest=MIN_DIGITS))
    day = _day(plan.on)
    if day is None:
        faults.append(LOTTERY_FAULTS.build("no_day", field=_FIELD, value=plan.on))
    elif day <= committed_at.astimezone(CHINA_TIME).date():
        faults.append(LOTTERY_FAULTS.build("known_already", field=_FIELD, value=plan.on))
    return faults


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) else None
    except ValueError:
        return None


def drawn_number_faults(plan: DrandRound | PublicDigits, draw: LotteryDraw) -> list[Fault]:
    """Return the faults of the number that was used for the draw."""
    pattern = r"[0-9a-f]{64}" if isinstance(plan, DrandRound) else f"[0-9]{{{plan.count}}}"
    if not re.fullmatch(pattern, draw.number, re.ASCII):
        code, count = ("not_randomness", "") if isinstance(plan, DrandRound) else ("not_digits", plan.count)
        return [LOTTERY_FAULTS.build(code, field="draw.number", value=draw.number, count=count)]
    if draw.signature is not None and not _signs(draw.signature, draw.number, plan):
        return [LOTTERY_FAULTS.build("bad_signature", field="draw.signature", value=draw.signature)]
    return []


def _signs(signature: str, number: str, plan: DrandRound | PublicDigits) -> bool:
    """Return whether the number is the SHA-256 of the round's signature, as drand defines randomness."""
    if not isinstance(plan, DrandRound) or not re.fullmatch(r"([0-9a-f]{2})+", signature):
        return False
    return sha256(bytes.fromhex(signature)).hexdigest() == number
