"""Store things that are the fold of their histories: append-only events, and the row that lists are made from.

A hotline case, a case file, a policy and a claim of mutual aid are stored alike (decisions 0002 and 0074):
each event has the next version, and an act on a version that is no longer the last one is refused. The caller
opens the transaction.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Generic

from pydantic_core import from_json, to_json
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    ForeignKey,
    Integer,
    Select,
    String,
    Table,
    Text,
    and_,
    insert,
    select,
    update,
)

from core.faults import FaultError
from members.lifecycle import ActT, HistoryEvent, Lifecycle, ThingT
from store import (
    BatchedTable,
    Fold,
    Instant,
    Portion,
    append_batch,
    are_as_sealed,
    iter_key_portions,
    metadata,
    read_once,
    text_digest,
    update_row_if_matched,
)
from store.guards import TYPED_TEXTS

FoldedRow = tuple[Any, ...]
_BATCH = 500
_ERASED = "erased"  # the first name in data whose texts were erased, as ``store.ERASED_PREFIX`` begins


def build_event_table(name: str, owner: str, rows: str, comment: str) -> Table:
    """Build the append-only table of one kind of history; its column ``owner`` names a row of the table ``rows``.

    ``data`` is JSON, without a name or a number of a person.
    """
    return Table(
        name,
        metadata,
        Column(owner, BigInteger, ForeignKey(f"{rows}.number"), primary_key=True),
        Column("version", Integer, primary_key=True, autoincrement=False),
        Column("act", String(16), nullable=False),
        Column("at", Instant, nullable=False),
        Column("by", String(64), nullable=False),
        Column("data", Text, nullable=False),
        Column("batch", BigInteger, nullable=False),  # see row_batches
        comment=comment,
    )


def _emptied(value: object) -> object:
    return [""] * len(value) if isinstance(value, list) else ""


@dataclass(frozen=True, slots=True)
class HistoryStore(Generic[ActT, ThingT]):
    """The two tables of one kind of thing, and how its events become its row.

    ``owner`` is the column of ``events`` that holds the number of a row. ``follow`` records what else belongs to
    what a thing became. ``unproven`` columns of a row follow from more than its history.
    """

    rows: Table
    events: Table
    owner: str
    life: Lifecycle[ActT, Any, ThingT]
    build_row: Callable[[ThingT], dict[str, Any]]
    follow: Callable[[Connection, ThingT], object] = lambda *_: None
    unproven: frozenset[str] = frozenset()

    @property
    def texts(self) -> frozenset[str]:
        """Return the names in an event's data whose values officers typed; the table's guard reads the same list."""
        return TYPED_TEXTS[self.events.name]

    @property
    def batches(self) -> BatchedTable:
        """Return how the events are sealed: each by itself, by what stays of it when a person is erased."""
        order = (self.owner, "version")
        return BatchedTable(
            self.events, (*order, "act", "at", "by", "data"), order, typed=self.texts, singly=True
        )

    @property
    def fold(self) -> Fold:
        """Return how the rows are folded again from the events."""
        columns = [one.name for one in self.rows.columns if one.name not in {"number", *self.unproven}]

        def build(stages: Sequence[ThingT]) -> list[FoldedRow]:
            row = self.build_row(stages[-1])
            return [tuple(row[name] for name in columns)]

        return self.fold_into(self.rows.c.number, columns, 0, build)

    def fold_into(
        self,
        owner: Column[Any],
        columns: Sequence[str],
        keys: int,
        build: Callable[[Sequence[ThingT]], Iterable[FoldedRow]],
    ) -> Fold:
        """Return how the rows of a table follow from the histories: ``build`` gets all stages of a thing.

        ``owner`` is the table's column of the thing's number; the first ``keys`` of ``columns`` name a row besides.
        """

        def list_portions(connection: Connection) -> Iterator[Portion]:
            for after, some in iter_key_portions(connection, self.events.c[self.owner]):
                where = and_(owner > after, owner <= some[-1]) if some else owner > after
                failed = dict[Any, str]()
                expected = (
                    (number, *row)
                    for number in some
                    for row in self._build(connection, number, build, failed)
                )
                yield Portion(where, expected, failed)

        return Fold(owner.table, self.events.name, (owner.name, *columns), keys + 1, list_portions)

    def _build(
        self,
        connection: Connection,
        number: int,
        build: Callable[[Sequence[ThingT]], Iterable[FoldedRow]],
        failed: dict[Any, str],
    ) -> Iterable[FoldedRow]:
        """Return what the rows of a thing should be; none if somebody changed its history so that none follow.

        A history that is as it was sealed can always be folded: else the program has failed.
        """
        try:
            return build([*self.life.list_stages(number, self.read_events(connection, [number])[number])])
        except (AssertionError, LookupError, TypeError, ValueError, AttributeError, FaultError) as error:
            if are_as_sealed(connection, self.batches, self.events.c[self.owner] == number):
                failed[number] = type(error).__name__
            return ()

    def insert(self, connection: Connection, event: HistoryEvent[ActT]) -> ThingT:
        """Store a new thing with its first event."""
        row = self.build_row(self.life.fold(0, [event]))
        number = connection.execute(insert(self.rows).values(row).returning(self.rows.c.number)).scalar_one()
        self._append_event(connection, number, event)
        thing = self.life.fold(number, [event])
        self.follow(connection, thing)
        return thing

    def append(self, connection: Connection, thing: ThingT, event: HistoryEvent[ActT]) -> ThingT:
        """Append a change; return what the thing became. *Raises*: FaultError if it was changed meanwhile."""
        c = self.rows.c
        moved = update(self.rows).where(c.number == thing.number, c.version == thing.version)
        if not update_row_if_matched(connection, moved.values(version=event.version)):
            raise self.life.build_changed_refusal(thing, event.version, thing.version)
        self._append_event(connection, thing.number, event)
        (changed,) = self.fold_all(connection, [thing.number])
        connection.execute(
            update(self.rows).where(c.number == thing.number).values(**self.build_row(changed))
        )
        self.follow(connection, changed)
        return changed

    def _append_event(self, connection: Connection, number: int, event: HistoryEvent[ActT]) -> None:
        row = {**asdict(event), "act": event.act.value, "data": to_json(event.data).decode()}
        append_batch(connection, self.batches, [{self.owner: number, **row}], event.at)

    def read_events(
        self, connection: Connection, numbers: Sequence[int]
    ) -> dict[int, list[HistoryEvent[ActT]]]:
        """Return the histories of some things, each in order."""
        return read_once(
            connection, (self.events.name, *numbers), lambda: self._read_events(connection, numbers)
        )

    def _read_events(
        self, connection: Connection, numbers: Sequence[int]
    ) -> dict[int, list[HistoryEvent[ActT]]]:
        found: dict[int, list[HistoryEvent[ActT]]] = {number: [] for number in numbers}
        owner = self.events.c[self.owner]
        for start in range(0, len(numbers), _BATCH):
            some = numbers[start : start + _BATCH]
            query = select(self.events).where(owner.in_(some)).order_by(owner, self.events.c.version)
            for row in connection.execute(query).mappings():
                data = from_json(row["data"])
                data.pop(_ERASED, None)
                act = self.life.acts(row["act"])
                event = HistoryEvent(row["version"], act, row["at"], row["by"], data)
                found[row[self.owner]].append(event)
        return found

    def erase_texts(
        self, connection: Connection, numbers: Sequence[int], member_id: str | None = None
    ) -> int:
        """Empty what was typed into the events of some things; return of how many events. A second call changes none.

        Codes, days, sums and who did what stay, and the digest of the data as they were. With ``member_id``
        only events that name this member are meant.
        """
        c, erased = self.events.c, 0
        for start in range(0, len(numbers), _BATCH):
            some = numbers[start : start + _BATCH]
            for row in connection.execute(select(self.events).where(c[self.owner].in_(some))).mappings():
                data = from_json(row["data"])
                typed = {name: _emptied(data[name]) for name in self.texts if data.get(name)}
                if _ERASED in data or not typed or member_id not in (None, data.get("member")):
                    continue
                content = to_json({_ERASED: text_digest(row["data"]), **data, **typed}).decode()
                own = (c[self.owner] == row[self.owner], c.version == row["version"])
                connection.execute(update(self.events).where(*own).values(data=content))
                erased += 1
        return erased

    def fold_all(self, connection: Connection, numbers: Sequence[int]) -> list[ThingT]:
        """Return some things, in the order of ``numbers``."""
        return [
            self.life.fold(number, events) for number, events in self.read_events(connection, numbers).items()
        ]

    def fold_selected(self, connection: Connection, query: Select[Any]) -> list[ThingT]:
        """Return the things whose numbers a statement selects, in its order."""
        return self.fold_all(connection, list(connection.execute(query).scalars()))

    def find(self, connection: Connection, number: int, *, lock: bool = False) -> ThingT | None:
        """Return a thing; with ``lock`` no other transaction changes it before this one ends."""
        query = select(self.rows.c.number).where(self.rows.c.number == number)
        if connection.execute(query.with_for_update() if lock else query).first() is None:
            return None
        return self.fold_all(connection, [number])[0]
