"""Converts and runs feeds: a mapping, a file or a body, and what became of each record."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from core.faults import Fault
from events import Event, Tally
from events.feeds import (
    Converted,
    Converter,
    Mapping,
    Outcome,
    People,
    Rejected,
    Skipped,
    accepting,
    convert_all,
    directory_of,
    events_of,
    handling,
    read_records,
    take_all,
)
from yihui.bootstrap import PROVINCE, Wiring
from yihui.services.district_names import outline_names

Advance = Callable[[int], None]


@dataclass(slots=True)
class Account:
    """What became of a feed's records; ``strangers`` are warnings about fields that nobody knows."""

    converted: int = 0
    again: int = 0
    skipped: int = 0
    rejected: int = 0
    faults: list[Fault] = field(default_factory=list)
    strangers: list[Fault] = field(default_factory=list)

    def add(self, outcome: Outcome) -> None:
        match outcome:
            case Converted(again=True):
                self.again += 1
            case Converted():
                self.converted += 1
            case Skipped():
                self.skipped += 1
            case Rejected(faults=faults):
                self.rejected += 1
                self.faults += faults

    def counts(self) -> dict[str, int]:
        return {
            "converted": self.converted,
            "again": self.again,
            "skipped": self.skipped,
            "rejected": self.rejected,
        }


@dataclass(frozen=True, slots=True)
class Desk:
    """One file of one feed. Each pass over it begins anew."""

    wiring: Wiring
    mapping: Mapping
    file: Path

    def converter(self) -> Converter:
        return converter_of(self.wiring, self.mapping, self.file.name)

    def survey(self, advance: Advance) -> Account:
        """Convert everything and write nothing."""
        account = Account()
        for _ in self.events(account, advance):
            pass
        return account

    def events(self, account: Account, advance: Advance) -> Iterator[Event]:
        """The events, each once; what became of the records is counted as they go by."""
        converter = self.converter()
        with self.file.open("rb") as file:
            for outcomes in self._converted(file, converter, account, advance):
                yield from events_of(outcomes)
        account.strangers = converter.strangers.faults(self.file.name)

    def _converted(
        self, file: BinaryIO, converter: Converter, account: Account, advance: Advance
    ) -> Iterator[list[Outcome]]:
        records = read_records(file, self.file.name, self.mapping)
        for outcomes in convert_all(records, converter, self.wiring.database):
            for outcome in outcomes:
                account.add(outcome)
            yield outcomes
            advance(file.tell())

    def run(self, account: Account, advance: Advance) -> Tally:
        """Handle the events here, or (where brokers are named) hand them over to the relay."""
        from yihui.services.sealing import sealed

        converter, runner = self.converter(), self.wiring.runner
        take = handling(runner, self.file.name) if self.wiring.settings.kafka is None else accepting(runner)
        tally = Tally()
        with self.file.open("rb") as file:
            batches = self._converted(file, converter, account, advance)
            taken = take_all(batches, converter, self.wiring.database, take)
            for batch in sealed(self.wiring, taken):
                tally.add(batch.handled)
        account.strangers = converter.strangers.faults(self.file.name)
        return tally


Districts = dict[str, list[str]]
"""Name → codes."""


def converter_of(
    wiring: Wiring, mapping: Mapping, file: str | None, districts: Districts | None = None
) -> Converter:
    """A converter with nothing asked or learnt yet; ``districts`` where their names were read before."""
    key = wiring.identity_key  # makes the database where there is none
    if districts is None:
        districts = district_names(wiring) if mapping.names_districts() else {}
    with wiring.database.read() as connection:
        directory = directory_of(connection, districts)
    return Converter(mapping, People(mapping, key), directory, wiring.now(), file)


def district_names(wiring: Wiring) -> Districts:
    """Names → codes of districts: alone within the province, with the city's name before it anywhere."""
    names = outline_names(wiring.outlines_cache)
    found: Districts = {}
    for code, name in names.items():
        if code.endswith("00"):
            continue
        city = names.get(code[:4] + "00", "")
        said = [city + name, names.get(code[:2] + "0000", "") + city + name]
        said += [name] * (code[:2] == PROVINCE[:2])
        for each in dict.fromkeys(said):
            found.setdefault(each, []).append(code)
    return found
