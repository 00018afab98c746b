"""Apply acts on organisations to the tree, check them against it, and write what is different.

An ``OrganisationBatch`` holds the organisations that a batch of acts concerns. It checks each act against the
tree as the acts before it left it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import Connection

from core.civil_time import start_of_day
from core.faults import Fault
from members.history import read_member_changes
from members.memberships import count_current_members, list_current_members
from members.organisation_codes import organisation_lineage, parent_code
from members.organisations.faults import ORGANISATION_FAULTS
from members.organisations.messages import (
    ElectionHeld,
    MembersCounted,
    OrganisationDissolved,
    OrganisationFounded,
    OrganisationMerged,
    OrganisationMoved,
    OrganisationPayload,
    OrganisationRenamed,
    OrganisationSplit,
    SplitPart,
)
from members.organisations.storage import (
    ActOrigin,
    append_changes,
    find_by_credit_code,
    list_codes_below,
    read_changes,
    read_spans,
    write_spans,
)
from members.organisations.tree import OrganisationChange, OrganisationSpan, PathSpans, compute_spans, span_on


@dataclass(frozen=True, slots=True)
class MemberMove:
    """A member who goes to another organisation because of an act, and the instant from which on."""

    member_id: str
    organisation: str
    at: datetime


@dataclass(slots=True)
class OrganisationBatch:
    """The organisations that some acts concern, as these acts leave them."""

    connection: Connection
    _changes: dict[str, list[OrganisationChange]] = field(default_factory=dict)
    _spans: dict[str, Sequence[OrganisationSpan]] = field(default_factory=dict)
    _new: list[tuple[OrganisationChange, ActOrigin]] = field(default_factory=list)
    _dirty: set[str] = field(default_factory=set)
    _holders: dict[str, list[str]] = field(default_factory=dict)  # of credit codes

    def load(self, acts: Iterable[tuple[str, OrganisationPayload]]) -> None:
        """Read what is stored of the organisations that these acts name, in three queries."""
        codes: set[str] = set()
        credit_codes: set[str] = set()
        for code, payload in acts:
            codes.update(organisation_lineage(code))
            codes.update(_named(payload))
            credit_codes.update(_credit_codes(payload))
        self._load_holders(credit_codes)
        self._load(codes)

    def _load_holders(self, credit_codes: Iterable[str]) -> None:
        missing = set(credit_codes) - self._holders.keys()
        stored = find_by_credit_code(self.connection, missing)
        self._holders.update({one: [span.code for span in stored.get(one, ())] for one in missing})

    def _load(self, codes: Iterable[str]) -> None:
        missing = sorted(set(codes) - self._spans.keys())
        if missing:
            self._changes.update(read_changes(self.connection, missing))
            self._spans.update(read_spans(self.connection, missing))

    def spans(self, code: str) -> Sequence[OrganisationSpan]:
        self._load([code])
        return self._spans[code]

    # Checks ------------------------------------------------------------------------------------------

    def find_faults(self, code: str, payload: OrganisationPayload) -> list[Fault]:
        """Return why an act can't be carried out; an empty list if it can."""
        match payload:
            case OrganisationFounded():
                return self._founding_faults(code, payload, payload.on, "data.")
            case OrganisationRenamed() | ElectionHeld() | MembersCounted():
                return self._absence_faults(code, payload.on, "subject")
            case OrganisationMoved():
                faults = self._absence_faults(code, payload.on, "subject")
                return faults + self._parent_faults(code, payload.parent, payload.on, "data.parent")
            case OrganisationSplit():
                faults = self._absence_faults(code, payload.on, "subject")
                for number, part in enumerate(payload.parts):
                    place = f"data.parts.{number}."
                    faults += self._founding_faults(part.organisation, part, payload.on, place)
                return faults + self._stranger_faults(code, payload)
            case OrganisationMerged() | OrganisationDissolved():
                return self._ending_faults(code, payload)
        raise AssertionError(f"{payload!r} is no act on an organisation")

    def _absence_faults(self, code: str, day: date, place: str) -> list[Fault]:
        spans = self.spans(code)
        if span_on(spans, day) is not None:
            return []
        if spans and spans[-1].ended is not None and (until := spans[-1].until) and until <= day:
            fault_code = "ended" if spans[-1].into else "ended_for_good"
            return [
                ORGANISATION_FAULTS.build(fault_code, field=place, value=code, day=until, into=spans[-1].into)
            ]
        return [ORGANISATION_FAULTS.build("not_on_day", field=place, value=code, day=day)]

    def _founding_faults(
        self, code: str, founded: OrganisationFounded | SplitPart, on: date, place: str
    ) -> list[Fault]:
        own = "subject" if isinstance(founded, OrganisationFounded) else f"{place}organisation"
        if spans := self.spans(code):
            return [ORGANISATION_FAULTS.build("already_founded", field=own, value=code, day=spans[0].since)]
        faults = []
        parent = founded.parent or parent_code(code)
        if parent is not None and (founded.parent or self.spans(parent)):
            faults = self._parent_faults(code, parent, on, f"{place}parent")
        if founded.credit_code:
            faults += self._credit_code_faults(code, founded.credit_code, on, f"{place}credit_code")
        return faults

    def _parent_faults(self, code: str, parent: str, on: date, place: str) -> list[Fault]:
        above = [parent] + [
            one
            for span in self.spans(parent)
            if span.until is None or span.until > on
            for one in span.lineage
        ]
        if code in above:
            return [ORGANISATION_FAULTS.build("own_ancestor", field=place, value=parent, organisation=code)]
        spans = self.spans(parent)
        if not spans:
            return [ORGANISATION_FAULTS.build("unknown_parent", field=place, value=parent, day=on)]
        if on < spans[0].since:
            founded = spans[0].since
            return [
                ORGANISATION_FAULTS.build("before_parent", field=place, value=parent, day=on, founded=founded)
            ]
        return self._absence_faults(parent, max(on, spans[-1].until or on), place)

    def _credit_code_faults(self, code: str, credit_code: str, on: date, place: str) -> list[Fault]:
        self._load_holders([credit_code])
        for other in self._holders[credit_code]:
            last = self.spans(other)[-1]
            if other != code and (last.until is None or last.until > on):
                return [
                    ORGANISATION_FAULTS.build(
                        "credit_code_taken", field=place, value=credit_code, organisation=other
                    )
                ]
        return []

    def _ending_faults(self, code: str, payload: OrganisationMerged | OrganisationDissolved) -> list[Fault]:
        faults = self._absence_faults(code, payload.on, "subject")
        if faults:
            return faults
        if later := self._next_act(code, payload.on):
            return [ORGANISATION_FAULTS.build("later_act", field="data.on", value=code, day=later)]
        if payload.into is None:
            members = count_current_members(self.connection, [code]).get(code, 0)
            below = len(self._children(code, payload.on))
            if members or below:
                return [
                    ORGANISATION_FAULTS.build(
                        "members_left", field="data.into", value=code, members=members, below=below
                    )
                ]
            return []
        if payload.into == code:
            return [ORGANISATION_FAULTS.build("into_itself", field="data.into", value=code)]
        faults = self._absence_faults(payload.into, payload.on, "data.into")
        span = span_on(self.spans(payload.into), payload.on)
        if span is not None and code in span.lineage and self._children(code, payload.on):
            return [
                ORGANISATION_FAULTS.build(
                    "own_ancestor", field="data.into", value=payload.into, organisation=code
                )
            ]
        return faults

    def _stranger_faults(self, code: str, payload: OrganisationSplit) -> list[Fault]:
        named = [
            (f"data.parts.{number}.members.{place}", member)
            for number, part in enumerate(payload.parts)
            for place, member in enumerate(part.members)
        ]
        if not named:
            return []
        members = {one.member_id for one in list_current_members(self.connection, code)}
        return [
            ORGANISATION_FAULTS.build("not_a_member", field=place, value=code, member=member)
            for place, member in named
            if member not in members
        ]

    # Acts --------------------------------------------------------------------------------------------

    def apply(
        self, code: str, payload: OrganisationPayload, type_: str, source: str, event_id: str
    ) -> list[MemberMove]:
        """Apply an act that has no faults; return the members who go elsewhere because of it."""
        origin = ActOrigin(type_, source, event_id, payload.document, payload.by)
        moves = self._list_moves(code, payload)
        for change in self._list_changes(code, payload, type_):
            self._load([change.code])
            self._changes[change.code].append(change)
            self._new.append((change, origin))
            if change.credit_code:
                self._load_holders([change.credit_code])
                self._holders[change.credit_code].append(change.code)
            self._recompute(change.code)
        return moves

    def _list_changes(self, code: str, payload: OrganisationPayload, type_: str) -> list[OrganisationChange]:
        on = payload.on
        match payload:
            case OrganisationFounded():
                return [_founding(code, payload, on, type_)]
            case OrganisationRenamed(name=name):
                return [OrganisationChange(code, on, type_, name=name)]
            case ElectionHeld(term_years=years):
                return [OrganisationChange(code, on, type_, term_years=years)]
            case MembersCounted(number=number):
                return [OrganisationChange(code, on, type_, number=number)]
            case OrganisationMoved(parent=parent):
                return [OrganisationChange(code, on, type_, parent=parent)]
            case OrganisationSplit(parts=parts):
                return [_founding(part.organisation, part, on, type_) for part in parts]
            case OrganisationMerged(into=into) | OrganisationDissolved(into=into):
                children = self._children(code, on)
                moved = [OrganisationChange(child, on, type_, parent=into) for child in children]
                ended = type_.partition(".")[2]
                return [*moved, OrganisationChange(code, on, type_, ended=ended, into=into)]
        raise AssertionError(f"{payload!r} is no act on an organisation")

    def _list_moves(self, code: str, payload: OrganisationPayload) -> list[MemberMove]:
        going: dict[str, str] = {}
        match payload:
            case OrganisationMerged(into=str(into)) | OrganisationDissolved(into=str(into)):
                here = list_current_members(self.connection, code)
                going = {one.member_id: into for one in here}
            case OrganisationSplit(parts=parts):
                here = list_current_members(self.connection, code)
                going = {member: part.organisation for part in parts for member in part.members}
            case _:
                return []
        start = start_of_day(payload.on)
        late = [one.member_id for one in here if one.since >= payload.on]
        joined = {
            member: max(change.effective_at for change in changes)
            for member, changes in read_member_changes(self.connection, late).items()
        }
        return [MemberMove(member, to, max(start, joined.get(member, start))) for member, to in going.items()]

    def _children(self, code: str, on: date) -> list[str]:
        """Return the organisations directly below one on a day, by code."""
        self._load_below(code)
        return sorted(
            below
            for below, spans in self._spans.items()
            if any(span.parent == code and span.holds(on) for span in spans)
        )

    def _load_below(self, code: str) -> None:
        """Read what was ever below an organisation."""
        self._load(list_codes_below(self.connection, self._paths_above(code).paths))

    def _next_act(self, code: str, after: date) -> date | None:
        """Return the first later day on which something happens to an organisation, or comes below it."""
        self._load_below(code)
        days = [change.on for change in self._changes[code] if change.on > after]
        for below, changes in self._changes.items():
            for number, change in enumerate(changes):
                parent = change.parent or (parent_code(below) if number == 0 else None)
                if parent == code and change.on > after:
                    days.append(change.on)
        return min(days, default=None)

    def _recompute(self, code: str) -> None:
        """Fold an organisation's changes anew, and those of all below it where its path has changed."""
        before = self._paths_above(code)
        self._spans[code] = compute_spans(self._changes[code], self._paths_above)
        self._dirty.add(code)
        after = self._paths_above(code)
        if before == after:
            return
        prefixes = sorted({*before.paths, *after.paths})
        self._load(list_codes_below(self.connection, prefixes))
        below = [
            other
            for other, spans in self._spans.items()
            if other != code and any(span.path.startswith(tuple(prefixes)) for span in spans)
        ]
        self._fold(sorted(below))

    def _fold(self, codes: Sequence[str]) -> None:
        """Fold organisations until none of them changes: each needs the paths of those above it."""
        while codes:
            changed = []
            for code in codes:
                spans = compute_spans(self._changes[code], self._paths_above)
                if tuple(self._spans[code]) != spans:
                    self._spans[code] = spans
                    self._dirty.add(code)
                    changed.append(code)
            codes = codes if changed else ()

    def _paths_above(self, code: str) -> PathSpans:
        """Return the paths of an organisation over time; of an unlisted one, by the nearest listed above it."""
        spans = self.spans(code)
        if spans:
            return PathSpans.of_spans(spans)
        above = parent_code(code)
        return PathSpans.of_code(code) if above is None else self._paths_above(above).below(code)

    def record(self, now: datetime) -> None:
        """Write the changes and the spans that are different now."""
        append_changes(self.connection, self._new, now)
        self._new.clear()
        self.record_spans()

    @property
    def folded(self) -> Mapping[str, Sequence[OrganisationSpan]]:
        """Return the spans of each organisation that is loaded."""
        return self._spans

    def record_spans(self) -> None:
        write_spans(self.connection, {code: self._spans[code] for code in sorted(self._dirty)})
        self._dirty.clear()

    def fold_all(self) -> None:
        """Fold every organisation that is loaded."""
        self._fold(sorted(self._spans, key=lambda code: len(organisation_lineage(code))))


def _named(payload: OrganisationPayload) -> list[str]:
    match payload:
        case OrganisationFounded(parent=str(code)) | OrganisationMoved(parent=code):
            return [code]
        case OrganisationMerged(into=str(code)) | OrganisationDissolved(into=str(code)):
            return [code]
        case OrganisationSplit(parts=parts):
            return [code for part in parts for code in (part.organisation, part.parent) if code]
    return []


def _credit_codes(payload: OrganisationPayload) -> list[str]:
    founded: Sequence[OrganisationFounded | SplitPart] = ()
    match payload:
        case OrganisationFounded():
            founded = [payload]
        case OrganisationSplit(parts=parts):
            founded = parts
    return [one.credit_code for one in founded if one.credit_code]


def _founding(
    code: str, founded: OrganisationFounded | SplitPart, on: date, type_: str
) -> OrganisationChange:
    return OrganisationChange(
        code, on, type_, founded.name, founded.kind, founded.parent, founded.credit_code
    )
