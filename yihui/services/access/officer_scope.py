"""Which organisations, members and stations lie in an officer's subtrees, as the tree stands on a day."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Connection, Select, and_, exists, false, or_, select, true

from members.organisation_codes import organisation_level, organisation_lineage
from members.organisations.storage import begins_with, load_lineages, read_path
from members.tables import memberships, organisation_spans

# A subtree up to this size is listed, then joined with a table; in a larger one each row is looked up.
_MOST_LISTED = 5_000


@dataclass(frozen=True, slots=True)
class OfficerScope:
    """The organisations for which, and below which, an officer holds a right on a day; None: everywhere."""

    organisations: frozenset[str] | None
    day: date

    @property
    def is_everywhere(self) -> bool:
        return self.organisations is None

    def find_covered(self, connection: Connection, codes: Iterable[str]) -> frozenset[str]:
        """Return those of some organisations that lie in the subtrees."""
        wanted = frozenset(codes)
        if self.organisations is None:
            return wanted
        above = load_lineages(connection, wanted)
        own = self.organisations
        return frozenset(code for code in wanted if own.intersection(above.lineage(code, self.day)))

    def list_covered(
        self, connection: Connection, list_known: Callable[[Connection], Iterable[str]]
    ) -> list[str] | None:
        """Return those of the listed organisations that lie in the subtrees; None for an officer of all organisations.

        ``list_known`` lists the organisations that have cases: a province's subtree holds half a million.
        """
        return None if self.is_everywhere else sorted(self.find_covered(connection, list_known(connection)))

    def covers_district(self, district: str | None) -> bool:
        """Return whether a station's district lies in the subtrees; one without a district only everywhere."""
        if self.organisations is None:
            return True
        return bool(district) and bool(self.organisations.intersection(organisation_lineage(str(district))))

    def find_paths(self, connection: Connection) -> tuple[str, ...] | None:
        """Return the paths of the organisations at the head of the subtrees; None stands for everywhere."""
        if self.organisations is None:
            return None
        return tuple(read_path(connection, code, self.day) for code in sorted(self.organisations))

    def organisation_condition(
        self, connection: Connection, column: ColumnElement[str]
    ) -> ColumnElement[bool]:
        """Return a condition that a column holds an organisation of the subtrees."""
        if self.organisations is None:
            return true()
        paths = self.find_paths(connection)
        if not paths:
            return false()
        spans = organisation_spans.c
        below = select(spans.code).where(self._is_there(), or_(*map(begins_with, paths)))
        if _has_more_rows(connection, below, _MOST_LISTED):
            return below.where(spans.code == column).correlate(column.table).exists()
        return column.in_(below)

    def member_condition(self, connection: Connection, column: ColumnElement[str]) -> ColumnElement[bool]:
        """Return a condition that holds of every member of the subtrees, and of few others.

        Others are those who were there earlier, and those without an organisation of today: where these belong
        is known from their history alone, which ``find_member_organisations`` reads.
        """
        if self.organisations is None:
            return true()
        spans, here, placed = organisation_spans.c, memberships.alias().c, memberships.alias().c
        is_of_today = exists().where(
            placed.member_id == column, spans.code == placed.organisation, self._is_there()
        )
        within = self.organisation_condition(connection, here.organisation)
        return or_(exists().where(here.member_id == column, within), ~is_of_today)

    def _is_there(self) -> ColumnElement[bool]:
        spans = organisation_spans.c
        return and_(spans.since <= self.day, or_(spans.until.is_(None), spans.until > self.day))

    def station_condition(self) -> ColumnElement[bool]:
        """Return a condition that a station's district lies in the subtrees.

        An organisation below a county has no district of its own: it covers no station.
        """
        if self.organisations is None:
            return true()
        from geo.registry.tables import stations  # here: few acts need numpy

        prefixes = [_district_prefix(code) for code in sorted(self.organisations) if len(code) == 6]
        return or_(false(), *(stations.c.district.startswith(prefix) for prefix in prefixes))


def _has_more_rows(connection: Connection, query: Select[tuple[str]], limit: int) -> bool:
    return connection.execute(query.offset(limit).limit(1)).first() is not None


def _district_prefix(code: str) -> str:
    """Return the digits with which the codes of all districts of a province, city or county begin."""
    return code[: 2 * organisation_level(code)]
