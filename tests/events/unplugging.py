"""A database whose plug is pulled at a counted statement: before it, after it, before or after a commit."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, event
from sqlalchemy.engine.interfaces import DBAPICursor

from store import Database, open_database


class Unplugged(BaseException):
    """Not an Exception: nothing that tidies up after errors may see it."""


class Fragile(Database):
    """Counts the places at which it can be cut off; at ``left`` = 0 it is."""

    def __init__(self, target: str) -> None:
        opened = open_database(target)
        super().__init__(opened.engine, opened.target, read_only=False)
        self.left: int | None = None
        self.ticks = 0
        if self.is_sqlite:  # no power fails here: what the disk has is another test's affair
            event.listen(self.engine, "connect", _need_not_sync)
        for name in ("before_cursor_execute", "after_cursor_execute"):
            event.listen(self.engine, name, self._tick_at_statement)
        event.listen(self.engine, "commit", self.tick)

    def plug_in(self, left: int | None = None) -> None:
        """Begin anew, as another process would, to be cut off after so many places."""
        self.engine.dispose()
        self.left = left
        self.ticks = 0

    @contextmanager
    def write(self) -> Iterator[Connection]:
        with super().write() as connection:
            yield connection
        self.tick()  # committed, but nobody was told

    def _tick_at_statement(self, _connection: Connection, cursor: DBAPICursor, *_: object) -> None:
        try:
            self.tick()
        except Unplugged:
            cursor.close()  # a process that ends leaves no statement half-read, which would hold the lock
            raise

    def tick(self, *_: object) -> None:
        self.ticks += 1
        if self.left is not None:
            self.left -= 1
            if self.left == 0:
                raise Unplugged


def _need_not_sync(connection: object, _record: object) -> None:
    connection.execute("PRAGMA synchronous=OFF")  # type: ignore[attr-defined]
