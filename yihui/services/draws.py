"""An officer's desk for draws of the ledger's entries: fix, draw, rank; publish the files."""

import json
import re
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection

import benefits
from benefits import Drawn, Fixed
from core.civil_time import civil_date
from core.faults import Fault, InputFaults
from events.clawbacks import claw_back
from events.retries import in_transaction
from rules.lottery.drawing import SECRET_BYTES
from rules.lottery.fault import LotteryFaults
from rules.lottery.file import Digits, DrandRound, read_lottery
from rules.lottery.public_number import round_at
from yihui.bootstrap import Wiring
from yihui.files.whole_files import check_place, write_whole
from yihui.services.lottery import kept, refuse_early, told
from yihui.services.rule_life import officer, refusals_told

N_ = str  # marks a text for the message catalogue

_UTC = "%Y-%m-%dT%H:%M:%SZ"
T = TypeVar("T")
_SHORT = 8  # digits of a draw's id that name its file


def plan_of(moment: datetime, source: str | None, digits: int) -> DrandRound | Digits:
    """The public number: drand's first round from a moment on, or digits that somebody draws that day."""
    if source is None:
        return round_at(moment)
    return Digits(kind="digits", source=source, on=civil_date(moment).isoformat(), count=digits)


def fix(wiring: Wiring, rule_id: str, who: str, plan: DrandRound | Digits) -> list[Fixed]:
    """Fix who takes part in a rule's draws. *Raises*: InputFaults."""
    acting = officer(wiring, who)

    def work(connection: Connection) -> list[Fixed]:
        library = wiring.rulebook.in_force(connection)
        rule = benefits.closed_rule(library, rule_id, "lottery", acting.today)
        return benefits.fix_lots(connection, acting, rule, plan, _secret)

    return _done(wiring, rule_id, work)


def _secret() -> str:
    return secrets.token_bytes(SECRET_BYTES).hex()


def draw(
    wiring: Wiring, rule_id: str, who: str, number: str | None, drand: Path | None, signature: str | None
) -> list[Drawn]:
    """Draw a rule's lots and grant. *Raises*: InputFaults."""
    acting = officer(wiring, who)
    typed, signed = number_of(number, drand, signature)

    def work(connection: Connection) -> list[Drawn]:
        library = wiring.rulebook.in_force(connection)
        rule = benefits.closed_rule(library, rule_id, "lottery", acting.today)
        for _, text in benefits.published(connection, rule_id):
            file = read_lottery(text)
            if file.draw is None:
                by_day = isinstance(file.terms.number, Digits)
                refuse_early(file.terms, acting.today.isoformat() if by_day else acting.at.strftime(_UTC))
        return _clawed(connection, benefits.draw_lots(connection, acting, rule, typed, signed), acting.at)

    return _done(wiring, rule_id, work)


def rank(wiring: Wiring, rule_id: str, who: str) -> list[Drawn]:
    """Grant a rule's places by rank. *Raises*: InputFaults."""
    acting = officer(wiring, who)

    def work(connection: Connection) -> list[Drawn]:
        library = wiring.rulebook.in_force(connection)
        rule = benefits.closed_rule(library, rule_id, "by_rank", acting.today)
        return _clawed(connection, benefits.rank(connection, acting, rule), acting.at)

    return _done(wiring, rule_id, work)


def _clawed(connection: Connection, drawn: list[Drawn], now: datetime) -> list[Drawn]:
    """What has happened already may take back, by the rule's own terms, what is granted only now."""
    granted = [ruling for each in drawn if each.given for ruling in each.given.granted]
    claw_back(connection, (), granted, now)
    return drawn


def _done(wiring: Wiring, rule_id: str, work: Callable[[Connection], T]) -> T:
    """All in one transaction; what is refused is told like every other fault."""
    with refusals_told():
        try:
            return in_transaction(wiring.database, work)
        except LotteryFaults as error:
            raise InputFaults(told(error.faults, rule_id)) from error


def number_of(number: str | None, drand: Path | None, signature: str | None) -> tuple[str, str | None]:
    """The public number as typed, or out of drand's answer; with its signature, where there is one.

    *Raises*: InputFaults, OSError.
    """
    if drand is not None:
        return _of_drand(drand)
    if number is None:
        message = N_("the public number is missing")
        remedy = N_("give --number, or drand's answer with --drand")
        raise InputFaults([Fault(message, remedy, field="--number")])
    signed = re.sub(r"\s+", "", signature).lower() if signature is not None else None
    return re.sub(r"\s+", "", number).lower(), signed


def _of_drand(path: Path) -> tuple[str, str]:
    """Randomness and signature of drand's answer, as it was saved. *Raises*: InputFaults, OSError."""
    try:
        answer = json.loads(path.read_text("utf-8"))
        return str(answer["randomness"]).lower(), str(answer["signature"]).lower()
    except (ValueError, KeyError, TypeError) as error:
        message = N_("{file} is no answer of drand: randomness and signature are missing")
        remedy = N_("save what the address gives that “yihui lottery commit” printed")
        raise InputFaults([Fault(message, remedy, file=path.name, field="--drand")]) from error


def check_target(to: Path) -> None:
    """Whether files can be written there: into a folder, or as one file. *Raises*: InputFaults, OSError."""
    if not to.is_dir():
        check_place(to)


def publish(files: Sequence[tuple[str, str]], rule_id: str, to: Path, mark: str = "") -> list[Path]:
    """Write the files into a folder, or the only one to a file; what is there stays, unless it is the same.

    *Raises*: InputFaults, OSError.
    """
    if to.is_dir():
        places = [to / f"{rule_id}-{id_[:_SHORT]}{mark}.json" for id_, _ in files]
    elif len(files) == 1:
        places = [to]
    else:
        message, remedy = N_("{value} is one file, there are {count}"), N_("name a folder")
        raise InputFaults([Fault(message, remedy, value=str(to), params={"count": str(len(files))})])
    texts = [text for _, text in files]
    others = [
        place
        for place, text in zip(places, texts, strict=True)
        if place.exists() and place.read_bytes() != text.encode()
    ]
    if others:
        raise InputFaults([kept(place) for place in others])
    for place, text in zip(places, texts, strict=True):
        write_whole(place, text)
    return places
