"""Draws over the ledger's entries, for officers: fix the entries, draw, rank, and publish the files."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection

import benefits
from benefits import CompletedDraw, DrawSummary, FixedDraw, Officer
from core.civil_time import civil_date
from core.faults import FaultError, FaultTable
from core.text_marks import N_
from events.acts import record_act
from events.clawbacks import claw_back_for_events
from rules import Rule
from rules.lottery.file import LotteryFaults, PublicDigits, count_late_days, parse_lottery_file
from yihui.bootstrap import Wiring
from yihui.files.whole_files import check_output_path, write_atomically
from yihui.services.access.acting import acting_officer, run_act
from yihui.services.benefits.lottery import (
    clean_public_number,
    file_exists_fault,
    make_lottery_secret,
    place_lottery_faults,
    refuse_early_number,
)

_SHORT = 8  # digits of a draw's id in its file name

PUBLIC_FILE_FAULTS = FaultTable(
    "draw_file", {"several_files": (N_("{value} is one file, there are {count}"), N_("name a folder"))}
)
T = TypeVar("T", FixedDraw, CompletedDraw)


@dataclass(frozen=True, slots=True)
class PublishTarget:
    """Where an act on a rule's draws publishes its files: a folder, or a path of one file."""

    rule_id: str
    to: Path
    mark: str = ""

    def find_places(self, files: Sequence[tuple[str, str]]) -> list[Path]:
        """Return the path of each file, after checking that it can be written and replaces no other content.

        *Raises*: FaultError, OSError.
        """
        if self.to.is_dir():
            places = [self.to / f"{self.rule_id}-{id_[:_SHORT]}{self.mark}.json" for id_, _ in files]
        elif len(files) == 1:
            places = [self.to]
        else:
            raise FaultError(PUBLIC_FILE_FAULTS.build("several_files", value=self.to, count=len(files)))
        for place in places:
            check_output_path(place)
        others = [
            file_exists_fault(place)
            for place, (_, text) in zip(places, files, strict=True)
            if place.exists() and place.read_bytes() != text.encode()
        ]
        if others:
            raise FaultError(others)
        return places


def fix_draw_entries(
    wiring: Wiring, rule_id: str, who: str, plan: PublicDigits, target: PublishTarget | None = None
) -> list[FixedDraw]:
    """Fix the participants of a rule's draws; nothing is fixed if ``target`` can't be written.

    *Raises*: FaultError, OSError.
    """

    def work(connection: Connection, acting: Officer, versions: Sequence[Rule]) -> list[FixedDraw]:
        fixed = benefits.commit_rule_lotteries(
            connection, acting, versions, plan, lambda _: make_lottery_secret()
        )
        new = [one.places for one in fixed if one.is_new]
        if new:
            planned = plan.model_dump(mode="json")
            record_act(connection, "commit_draw", acting.at, rule=rule_id, by=who, number=planned, places=new)
        return fixed

    return _act_on_entries(wiring, rule_id, "lottery", who, work, target)


def late_draw_days(wiring: Wiring, files: Sequence[str]) -> int:
    """Return how many days late the latest of these draws is if it is done today; 0 if all are in time."""
    today = civil_date(wiring.now())
    numbers = [parse_lottery_file(text).terms.number for text in files]
    return max((count_late_days(number, today) for number in numbers), default=0)


def draw_rule_lots(
    wiring: Wiring, rule_id: str, who: str, number: str, target: PublishTarget | None = None
) -> list[CompletedDraw]:
    """Draw a rule's lots and grant the places; nothing is drawn if ``target`` can't be written.

    *Raises*: FaultError, OSError.
    """
    typed = clean_public_number(number)

    def work(connection: Connection, acting: Officer, versions: Sequence[Rule]) -> list[CompletedDraw]:
        for published in benefits.list_published_draws(connection, rule_id):
            file = parse_lottery_file(published.file)
            if file.draw is None:
                refuse_early_number(file.terms, acting.today)
        drawn = benefits.draw_rule_lotteries(connection, acting, versions, typed)
        if any(one.given for one in drawn):
            record_act(connection, "draw", acting.at, rule=rule_id, by=who, number=typed)
        return _claw_back(connection, drawn, acting.at)

    return _act_on_entries(wiring, rule_id, "lottery", who, work, target)


def rank_rule_entries(
    wiring: Wiring, rule_id: str, who: str, target: PublishTarget | None = None
) -> list[CompletedDraw]:
    """Grant a rule's places by rank; nothing is granted if ``target`` can't be written.

    *Raises*: FaultError, OSError.
    """

    def work(connection: Connection, acting: Officer, versions: Sequence[Rule]) -> list[CompletedDraw]:
        ranked = benefits.grant_by_rank(connection, acting, versions)
        if any(one.given for one in ranked):
            record_act(connection, "rank", acting.at, rule=rule_id, by=who)
        return _claw_back(connection, ranked, acting.at)

    return _act_on_entries(wiring, rule_id, "by_rank", who, work, target)


def _claw_back(connection: Connection, drawn: list[CompletedDraw], now: datetime) -> list[CompletedDraw]:
    """Claw back new grants that earlier events already forfeit by the rule's own terms."""
    granted = [ruling for each in drawn if each.given for ruling in each.given.granted]
    claw_back_for_events(connection, (), granted, now)
    return drawn


def _act_on_entries(
    wiring: Wiring,
    rule_id: str,
    mode: str,
    who: str,
    work: Callable[[Connection, Officer, Sequence[Rule]], list[T]],
    target: PublishTarget | None,
) -> list[T]:
    """Run the work on a rule's versions that collect entries in one transaction, which ends only if its files can be published.

    Refusals are raised as FaultError.
    """
    acting = acting_officer(wiring, who)

    def publishable(connection: Connection) -> list[T]:
        library = wiring.rulebook.in_force(connection)
        versions = benefits.find_collecting_versions(library, rule_id, mode, acting.today)
        found = work(connection, acting, versions)
        if target:
            target.find_places([(one.id, one.file) for one in found])
        return found

    try:
        return run_act(wiring, publishable)
    except LotteryFaults as error:
        raise FaultError(place_lottery_faults(error.faults, rule_id)) from error


def publish_lottery_files(files: Sequence[tuple[str, str]], target: PublishTarget) -> list[Path]:
    """Write the files into a folder, or a single file to a path; existing files with other content stay.

    *Raises*: FaultError, OSError.
    """
    places = target.find_places(files)
    for place, (_, text) in zip(places, files, strict=True):
        write_atomically(place, text, public=True)
    return places


def list_rule_draws(wiring: Wiring, rule_id: str | None) -> list[DrawSummary]:
    """List draws and rankings of one rule, or of all."""
    with wiring.database.read() as connection:
        return benefits.list_draw_summaries(connection, civil_date(wiring.now()), rule_id)


def list_public_draw_files(wiring: Wiring, rule_id: str) -> list[tuple[str, str]]:
    """List what a rule's draws have made public so far: the draw's id and the file's text."""
    with wiring.database.read() as connection:
        return [(one.id, one.file) for one in benefits.list_published_draws(connection, rule_id)]
