"""Fill a ledger over some months and archive these months, for tests of the archive."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import Connection, text

from benefits import (
    Officer,
    canonical_export_lines,
    expire_due_grants,
    seal_batches,
    verify_ledger,
)
from events import check_decision_origins, check_row_batches
from events.archiving import (
    ArchivedMonth,
    add_archived_rows,
    archive_month,
    find_months_to_archive,
)
from rules import RuleLibrary
from store import Database, open_database
from store.monthly_tables import open_month
from tests.benefits.deciding import NOW
from tests.events.sending import Sender, handle_in

MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)
OFFICER = Officer("gh-017", NOW, NOW.date(), "按档案制度归档")


@dataclass
class Years:
    """A PostgreSQL database by month, and the folder of its archive."""

    url: str
    database: Database
    folder: Path

    def begin(self, month: date) -> None:
        with self.database.write() as connection:
            assert open_month(connection, month)

    def seal(self) -> None:
        """Seal everything."""
        with self.database.write() as connection:
            while seal_batches(connection, NOW).batches:
                pass

    def archive(self) -> list[ArchivedMonth]:
        with self.database.read() as connection:
            months = find_months_to_archive(connection, date.max)
        return [self.archive_one(month) for month in months]

    def archive_one(self, month: date) -> ArchivedMonth:
        self.seal()
        return archive_month(self.database, self.folder, month, OFFICER)

    @contextmanager
    def whole(self, owner: str | None = None) -> Iterator[Connection]:
        """The database and the archive together, as a service reads them."""
        opened = open_database(self.url)
        with opened.read() as connection:
            add_archived_rows(connection, self.folder, owner)
            yield connection
        opened.close()

    def export(self) -> list[str]:
        with self.database.read() as connection:
            return list(canonical_export_lines(connection))

    def whole_export(self) -> list[str]:
        with self.whole() as connection:
            return list(canonical_export_lines(connection))

    def count(self, table: str) -> int:
        with self.database.read() as connection:
            return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


def expire(database: Database, day: date) -> None:
    with database.write() as connection:
        while expire_due_grants(connection, day, NOW, remind_on=day).slots:
            pass


def lived_year(years: Years, library: RuleLibrary) -> list[str]:
    """In the first month eight people join and have birthdays; in May others; all benefits of the first expire."""
    send = Sender()
    lines = [line for n in range(8) for line in (send.joined(f"m-{n}"), send.birthday(f"m-{n}"))]
    handle_in(years.database, library, lines, 5)
    years.begin(MAY)
    more = [line for n in range(8, 12) for line in (send.joined(f"m-{n}"), send.birthday(f"m-{n}"))]
    handle_in(years.database, library, more, 5)
    years.begin(JUNE)
    expire(years.database, date(2030, 1, 1))
    return [*lines, *more]


def faults_of(connection: Connection, library: RuleLibrary | None) -> list[str]:
    """What a verification of everything finds."""
    found = [fault.text for fault in verify_ledger(connection).disagreements]
    found += [fault.text for fault in check_row_batches(connection, NOW + timedelta(days=40)).faults]
    origins = check_decision_origins(connection, library, NOW, recompute_all=True)
    return found + [fault.text for fault in origins.faults]
