"""Who gets a place, told a second time: slow, obvious, one event after another, sharing no code with the engine.

It knows first-come quotas within quotas with a waiting list, once a quarter for each member, optionally to be
claimed, and the events of memberships in their order of time. ``run_day`` is the day on which all of it is handled.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta


@dataclass
class Terms:
    """A rule: its places by subtree of organisations, and the days in which a grant must be claimed."""

    id: str
    sizes: dict[str, int]
    claim_days: int | None = None


@dataclass
class Place:
    """A member's wish for a place of some groups, the narrowest first; held where ``claim_by`` or ``held`` says."""

    rule: Terms
    member: str
    period: str
    groups: list[str]
    claim_by: date | None = None
    returned: set[str] = field(default_factory=set)

    @property
    def line(self) -> tuple[str, str]:
        return self.rule.id, self.period


def subtree(group: str) -> str:
    """How the codes begin of all that lies in a group: 370200 is a city."""
    return group.removesuffix("00")


def covers(group: str, organisation: str) -> bool:
    return organisation.startswith(subtree(group))


@dataclass
class QuotaOracle:
    """``told`` holds what the ledger must say: each entry's outcome, each move of a line, each lapse."""

    rules: list[Terms]
    run_day: date
    told: list[tuple[str, ...]] = field(default_factory=list)
    status: dict[str, str] = field(default_factory=dict)
    organisation: dict[str, str] = field(default_factory=dict)
    held: list[Place] = field(default_factory=list)
    lines: dict[tuple[str, str], list[Place]] = field(default_factory=dict)
    used: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    seen: set[str] = field(default_factory=set)
    day: date = date.min

    def handle_all(self, texts: Iterable[str]) -> list[tuple[str, ...]]:
        for text in texts:
            self.handle(json.loads(text))
        return sorted(self.told)

    def handle(self, event: dict[str, object]) -> None:
        id_, member, kind = str(event["id"]), str(event["subject"]), str(event["type"])
        day = datetime.fromisoformat(str(event["time"])).date()
        data = event["data"]
        assert isinstance(data, dict)
        if id_ in self.seen:
            return
        joins = kind in ("member.joined", "member.imported")
        ended = self.status.get(member) == "left"
        if (member not in self.status and not joins) or ("status" in data and ended):
            if ("dead letter", id_) not in self.told:
                self.told.append(("dead letter", id_))
            return
        self.seen.add(id_)
        self.pass_days(day)
        self.day = max(self.day, day)
        if joins:
            self.status[member], self.organisation[member] = "active", data["organisation"]
        elif kind == "member.left":
            self.status[member] = "left"
        elif kind == "member.profile_changed":
            self.status[member] = data["status"]
        elif kind == "member.transferred":
            self.transfer(member, data["organisation"])
        else:
            for rule in self.rules:
                self.enter(rule, member, id_, day)

    def pass_days(self, day: date) -> None:
        """Let lapse what nobody claimed before a day, each on its own day, and give the places away again."""
        while due := [place for place in self.held if place.claim_by and place.claim_by < day]:
            lapsed = min(place.claim_by for place in due if place.claim_by)
            self.day = lapsed + timedelta(days=1)
            for place in [one for one in due if one.claim_by == lapsed]:
                self.held.remove(place)
                self.free(place, place.groups)
                self.told.append(("lapsed", place.rule.id, place.member, self.day.isoformat()))
            self.move_up()

    def free(self, place: Place, groups: Iterable[str]) -> bool:
        given_back = [group for group in groups if group not in place.returned]
        for group in given_back:
            place.returned.add(group)
            self.used[*place.line, group] -= 1
        return bool(given_back)

    def transfer(self, member: str, to: str) -> None:
        before = self.organisation[member]
        self.organisation[member] = to
        returned = False
        for place in [one for one in self.held if one.member == member]:
            gone = [g for g in place.groups if covers(g, before) and not covers(g, to)]
            returned = self.free(place, gone) or returned
        if returned:
            self.move_up()

    def enter(self, rule: Terms, member: str, id_: str, day: date) -> None:
        groups = [group for group in rule.sizes if covers(group, self.organisation[member])]
        groups.sort(key=lambda group: len(subtree(group)), reverse=True)
        place = Place(rule, member, f"{day.year}-Q{(day.month + 2) // 3}", groups)
        self.told.append(("decided", rule.id, id_, self.decide(place, day)))

    def decide(self, place: Place, day: date) -> str:
        if self.status[place.member] != "active" or not place.groups or self.has_one(place):
            return "refused"
        behind = any(other.groups[0] == place.groups[0] for other in self.lines.get(place.line, []))
        if not behind and self.is_free(place):
            self.grant(place, day)
            return "granted"
        line = self.lines.setdefault(place.line, [])
        if any(other.member == place.member for other in line):
            return "refused"
        line.append(place)
        return "waiting"

    def has_one(self, place: Place) -> bool:
        return any((one.line, one.member) == (place.line, place.member) for one in self.held)

    def is_free(self, place: Place) -> bool:
        return all(self.used[*place.line, group] < place.rule.sizes[group] for group in place.groups)

    def grant(self, place: Place, day: date) -> None:
        self.held.append(place)
        for group in place.groups:
            self.used[*place.line, group] += 1
        if place.rule.claim_days is not None:
            place.claim_by = day + timedelta(days=place.rule.claim_days)
            self.told.append(("claim by", place.rule.id, place.member, place.claim_by.isoformat()))

    def move_up(self) -> None:
        for line in sorted(self.lines):
            for place, how in self.served(line):
                self.lines[line].remove(place)
                self.told.append((how, place.rule.id, place.member, self.day.isoformat()))

    def served(self, line: tuple[str, str]) -> Iterator[tuple[Place, str]]:
        for place in list(self.lines[line]):
            if not self.is_free(place) or self.is_behind(place):
                continue
            if self.status[place.member] == "left" or self.has_one(place):
                yield place, "passed"
            else:
                self.grant(place, max(self.day, self.run_day))
                yield place, "moved up"

    def is_behind(self, place: Place) -> bool:
        """Whether somebody who waits longer needs the very same places."""
        first = next(other for other in self.lines[place.line] if other.groups == place.groups)
        return first is not place
