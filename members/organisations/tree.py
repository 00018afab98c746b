"""The tree of organisations on each day, folded from what happened to them. Pure: it reads no database.

Each organisation has spans of days. In one span its name, its kind, its parent and all organisations above it
stay the same. ``path`` holds the codes from the root down to the organisation itself, each followed by ``/``:
all organisations below it have paths that begin with its own.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import pairwise

from core.civil_time import add_months
from members.organisation_codes import organisation_lineage, parent_code


@dataclass(frozen=True, slots=True)
class OrganisationChange:
    """What one act changed about one organisation; ``ended`` is how it ended (merged, dissolved).

    ``term_years`` are those of an election, ``number`` is that of a count of members: neither changes the tree.
    """

    code: str
    on: date
    type: str
    name: str | None = None
    kind: str | None = None
    parent: str | None = None
    credit_code: str | None = None
    ended: str | None = None
    into: str | None = None
    term_years: int | None = None
    number: int | None = None


@dataclass(frozen=True, slots=True)
class OrganisationSpan:
    """An organisation from ``since`` to the day before ``until``; ``until`` is None while it goes on.

    ``ended`` and ``into`` are set in the last span of an organisation that was merged or dissolved. ``term_ends``
    is the last day of the term of the election that was recorded last, ``last_counted`` the last year of which a
    count of members is recorded: the same in all spans.
    """

    code: str
    since: date
    until: date | None
    name: str
    kind: str
    parent: str | None
    path: str
    credit_code: str | None = None
    ended: str | None = None
    into: str | None = None
    term_ends: date | None = None
    last_counted: int | None = None

    def holds(self, day: date) -> bool:
        return self.since <= day and (self.until is None or day < self.until)

    @property
    def lineage(self) -> tuple[str, ...]:
        """The code and all codes above it, nearest first."""
        return tuple(reversed(self.path.rstrip("/").split("/")))

    @property
    def is_exceptional(self) -> bool:
        """Whether the form of the code doesn't say it all: it is elsewhere in the tree, or has ended."""
        return self.ended is not None or self.lineage != organisation_lineage(self.code)


def path_of_code(code: str) -> str:
    """Return the path that follows from the form of a code alone."""
    return "".join(f"{above}/" for above in reversed(organisation_lineage(code)))


@dataclass(slots=True)
class _State:
    """An organisation between two of its own changes."""

    since: date
    until: date | None
    name: str
    kind: str
    parent: str | None
    credit_code: str | None
    ended: str | None = None
    into: str | None = None


def compute_spans(
    changes: Sequence[OrganisationChange], paths_above: Callable[[str], "PathSpans"]
) -> tuple[OrganisationSpan, ...]:
    """Fold the changes of one organisation, in order of arrival, into spans.

    ``paths_above`` returns the paths of another organisation over time. Two changes of one day count in the
    order of their arrival. What arrives late takes effect on its own day.
    """
    found: list[OrganisationSpan] = []
    terms = [add_months(change.on, 12 * change.term_years) for change in changes if change.term_years]
    counted = [change.on.year for change in changes if change.number is not None]
    for state in _states(changes):
        above = [("", state.since)] if state.parent is None else paths_above(state.parent).within(state)
        for (path, since), after in zip(above, [*above[1:], None], strict=True):
            is_last = after is None
            found.append(
                OrganisationSpan(
                    changes[0].code,
                    since,
                    after[1] if after else state.until,
                    state.name,
                    state.kind,
                    state.parent,
                    f"{path}{changes[0].code}/",
                    state.credit_code,
                    state.ended if is_last else None,
                    state.into if is_last else None,
                    terms[-1] if terms else None,
                    max(counted, default=None),
                )
            )
    return _join_equal(found)


def _states(changes: Sequence[OrganisationChange]) -> list[_State]:
    """Return the states of one organisation by its own changes, whatever happens above it."""
    states: list[_State] = []
    for change in sorted(changes, key=lambda change: change.on):
        last = states[-1] if states else None
        if last is not None and last.ended is None:
            last.until = change.on
        if change.ended is not None:
            if last is not None:
                last.until, last.ended, last.into = change.on, change.ended, change.into
            continue
        parent = change.parent or (last.parent if last else parent_code(change.code))
        states.append(
            _State(
                change.on,
                None,
                change.name or (last.name if last else ""),
                change.kind or (last.kind if last else "union"),
                parent,
                change.credit_code or (last.credit_code if last else None),
            )
        )
    return _leave_out_empty(states)


def _leave_out_empty(states: Sequence[_State]) -> list[_State]:
    """Leave out states that another of the same day replaced; an end of that day is the end of the state before.

    An organisation that was founded and ended on one day keeps its empty state: its history is looked up by it.
    """
    kept: list[_State] = []
    for state in states:
        last = kept[-1] if kept else None
        if state.until is None or state.since < state.until:
            kept.append(state)
        elif (
            state.ended is not None and last is not None and last.until == state.since and last.ended is None
        ):
            last.ended, last.into = state.ended, state.into
    return kept or list(states[-1:])


def _join_equal(spans: Sequence[OrganisationSpan]) -> tuple[OrganisationSpan, ...]:
    joined: list[OrganisationSpan] = []
    for span in spans:
        last = joined[-1] if joined else None
        if last and last.until == span.since and last.ended is None and _same(last, span):
            joined[-1] = replace(last, until=span.until, ended=span.ended, into=span.into)
        else:
            joined.append(span)
    return tuple(joined)


def _same(one: OrganisationSpan, other: OrganisationSpan) -> bool:
    return replace(one, since=other.since, until=other.until, ended=other.ended, into=other.into) == other


@dataclass(frozen=True, slots=True)
class PathSpans:
    """The path of one organisation over time: ``days`` begin the paths, and the first counts before them too."""

    paths: tuple[str, ...]
    days: tuple[date, ...]

    @classmethod
    def of_code(cls, code: str) -> "PathSpans":
        return cls((path_of_code(code),), (date.min,))

    @classmethod
    def of_spans(cls, spans: Sequence[OrganisationSpan]) -> "PathSpans":
        """Return the paths of a listed organisation. After its end its last path stays."""
        paths, days = [spans[0].path], [date.min]
        for before, span in pairwise(spans):
            if span.path != before.path:
                paths.append(span.path)
                days.append(span.since)
        return cls(tuple(paths), tuple(days))

    def on(self, day: date) -> str:
        return self.paths[bisect_right(self.days, day) - 1]

    def below(self, code: str) -> "PathSpans":
        """Return the paths of a code that is directly below this one."""
        return PathSpans(tuple(f"{path}{code}/" for path in self.paths), self.days)

    def within(self, state: _State) -> list[tuple[str, date]]:
        """Return the paths during a state, each with its first day."""
        inside = [
            day for day in self.days if state.since < day and (state.until is None or day < state.until)
        ]
        return [(self.on(day), day) for day in [state.since, *inside]]


@dataclass(frozen=True, slots=True)
class OrganisationLineages:
    """Where some organisations stood over time, for those whose codes don't say it.

    ``spans`` hold exceptional organisations only; every other code stands where its form says.
    """

    spans: Mapping[str, Sequence[OrganisationSpan]] = field(default_factory=dict)

    def lineage(self, code: str, day: date) -> tuple[str, ...]:
        """Return the code and all codes above it on a day, nearest first."""
        chain = organisation_lineage(code)
        for position, above in enumerate(chain):
            spans = self.spans.get(above)
            if spans:
                return chain[:position] + tuple(
                    reversed(PathSpans.of_spans(spans).on(day).rstrip("/").split("/"))
                )
        return chain

    def end_of(self, code: str) -> OrganisationSpan | None:
        """Return the last span of an organisation that was merged or dissolved; None if it goes on."""
        spans = self.spans.get(code)
        return spans[-1] if spans and spans[-1].ended else None


NO_LINEAGES = OrganisationLineages()


def span_on(spans: Iterable[OrganisationSpan], day: date) -> OrganisationSpan | None:
    """Return the span that holds on a day; None if the organisation wasn't there."""
    return next((span for span in spans if span.holds(day)), None)
