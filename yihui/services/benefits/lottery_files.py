"""Commit, draw and verify lotteries that are held from files alone, without the ledger."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from core.civil_time import civil_date
from core.faults import Fault
from rules.lottery.drawing import SECRET_BYTES, commit_lottery, draw_lottery, verify_lottery
from rules.lottery.file import (
    LotteryFile,
    LotteryTerms,
    parse_lottery_file,
    render_lottery_file,
)
from yihui.bootstrap import Wiring
from yihui.files.whole_files import write_atomically
from yihui.runtime.demo_clock import require_running_clock
from yihui.services.benefits.draws import clean_public_number, plan_public_number
from yihui.services.benefits.lottery import (
    check_new_files,
    commitment_faults,
    parse_lottery_groups,
    place_lottery_faults,
    read_lottery_entries,
    read_lottery_text,
    refuse_early_number,
    refuse_personal_numbers,
    run_lottery_step,
    write_lottery_secret,
)

UTC_FORMAT = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True, slots=True)
class LotteryOrder:
    """A lottery to commit: its entries' file, places, and the public number to come."""

    entries: Path
    seats: int
    groups: Sequence[str]
    title: str | None
    moment: datetime  # when the public number comes
    source: str  # whose digits are drawn in public
    digits: int


def commit_lottery_file(wiring: Wiring, order: LotteryOrder, to: Path, secret_to: Path) -> LotteryFile:
    """Fix the entries of a lottery; write the commitment and the secret. *Raises*: FaultError; OSError."""
    require_running_clock(wiring)
    reserved = parse_lottery_groups(order.groups)
    check_new_files(to, secret_to)
    texts = {"--title": order.title or "", "--source": order.source, "--group": list(order.groups)}
    refuse_personal_numbers(texts)
    entries, rows = read_lottery_entries(order.entries)
    terms = LotteryTerms(
        lottery=to.stem,
        title=order.title or to.stem,
        committed_at=wiring.now().strftime(UTC_FORMAT),
        seats=order.seats,
        groups=reserved,
        number=plan_public_number(order.moment, order.source, order.digits),
        entries=tuple(entries),
    )
    secret = secrets.token_bytes(SECRET_BYTES).hex()
    file = run_lottery_step(lambda: commit_lottery(terms, secret), order.entries.name, rows)
    write_lottery_secret(secret_to, secret)
    write_atomically(to, render_lottery_file(file), public=True)
    return file


def draw_lottery_file(wiring: Wiring, commitment: Path, secret: Path, number: str, to: Path) -> LotteryFile:
    """Draw from the secret and the public number; write the file to publish. *Raises*: FaultError; OSError."""
    require_running_clock(wiring)
    check_new_files(to)
    name = commitment.name
    committed = run_lottery_step(lambda: parse_lottery_file(read_lottery_text(commitment)), name)
    stored_secret = read_lottery_text(secret).strip().lower()
    file = run_lottery_step(lambda: draw_lottery(committed, stored_secret, clean_public_number(number)), name)
    refuse_early_number(committed.terms, civil_date(wiring.now()))
    write_atomically(to, render_lottery_file(file), public=True)
    return file


def verify_lottery_file(path: Path, commitment: str | None) -> tuple[LotteryFile | None, list[Fault]]:
    """Recompute a published file, and compare it with the commitment. Return the file and its faults."""
    found = verify_lottery(read_lottery_text(path))
    faults = place_lottery_faults(found.faults, path.name)
    if commitment is not None and found.file:
        faults += commitment_faults(found.file, commitment.strip().lower(), path.name)
    return found.file, faults
