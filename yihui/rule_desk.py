"""An officer's desk: a rule file is checked against all that is in force, handed in, approved, put in force."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection

import benefits
from benefits import ActRefused, Officer, Submission, Version
from events.retroactive import Retrospect, retrospect
from geo.civil import civil_date
from geo.faults import Fault, InputFaults
from rules import Library, RuleFaults
from yihui.bootstrap import Wiring
from yihui.rule_trial import Candidate, examine
from yihui.rulebook import Texts, base_texts, texts_of
from yihui.rules_in_force import approvals, approved_name

N_ = str  # marks a text for the message catalogue

Done = TypeVar("Done")


@contextmanager
def refusals_told() -> Iterator[None]:
    """What an officer may not do, told like every other fault."""
    try:
        yield
    except ActRefused as refused:
        fault = Fault(
            refused.message, refused.remedy, field=refused.field, value=refused.value, params=refused.params
        )
        raise InputFaults([fault]) from refused


def officer(wiring: Wiring, who: str, reason: str = "") -> Officer:
    """Who acts, now."""
    now = wiring.now()
    return Officer(who, now, civil_date(now), reason)


def read_one(path: Path) -> tuple[str, str]:
    """A rule file's name and text. *Raises*: RuleFaults, InputFaults, OSError."""
    read = texts_of([path])
    if read.findings:
        raise RuleFaults(read.findings)
    if len(read.texts) != 1:
        message = N_("{value} holds {count} rule files; one version is handed in at a time")
        fault = Fault(message, N_("name one file"), value=str(path), params={"count": str(len(read.texts))})
        raise InputFaults([fault])
    return read.texts[0]


@dataclass(frozen=True, slots=True)
class HandedIn:
    """A version that was handed in or approved, and what it would have changed in the past."""

    candidate: Candidate
    past: Retrospect = field(default_factory=Retrospect)


@dataclass(slots=True)
class Desk:
    """What an officer does, over one database and its folders."""

    wiring: Wiring

    def submit(self, path: Path, who: str, *, takes_over: bool) -> HandedIn:
        """Hand a file in. *Raises*: RuleFaults, InputFaults."""
        text = read_one(path)
        with refusals_told(), self.wiring.database.write() as connection:
            acting = officer(self.wiring, who)
            benefits.alone(connection)
            candidate = examine(self._base(), approvals(connection), text, takes_over=takes_over)
            definition = candidate.rule.definition
            submission = Submission(
                candidate.rule.hash,
                candidate.rule.id,
                definition.in_force.since,
                definition.in_force.until,
                text[1],
                {},
                bool(candidate.ends),
            )
            benefits.submit(connection, acting, submission)
            past = retrospect(connection, candidate.rule, candidate.library, acting.today)
        return HandedIn(candidate, past)

    def approve(self, named: str, who: str, *, seen: bool) -> HandedIn:
        """Put a version in force. *Raises*: RuleFaults, InputFaults; NotSeen where the past must be looked at."""
        with refusals_told(), self.wiring.database.write() as connection:
            acting = officer(self.wiring, who)
            benefits.alone(connection)
            version = benefits.may_approve(connection, acting, find_waiting(connection, named).hash)
            submission = version.submission
            text = (approved_name(version), submission.text)
            approved = approvals(connection)
            candidate = examine(self._base(), approved, text, takes_over=submission.takes_over)
            if candidate.rule.hash != version.hash:
                raise ActRefused(
                    N_("the content of the version {value} is not what was handed in"),
                    N_("reject it and hand the file in again"),
                    "version",
                    version.hash[:12],
                )
            past = retrospect(connection, candidate.rule, candidate.library, acting.today)
            if past.speaks and not seen:
                raise NotSeen(HandedIn(candidate, past))
            before = candidate.before.hash if candidate.before else None
            benefits.approve(connection, acting, version.hash, before)
        return HandedIn(candidate, past)

    def reject(self, named: str, who: str, reason: str) -> Version:
        """Refuse a version, or withdraw one's own. *Raises*: InputFaults."""
        with refusals_told(), self.wiring.database.write() as connection:
            benefits.alone(connection)
            version = find_waiting(connection, named)
            return benefits.reject(connection, officer(self.wiring, who, reason), version.hash)

    def in_transaction(self, rule_id: str, act: Callable[[Connection, str | None], Done]) -> Done:
        """An act on a rule that there is, with the hash of its version of today. *Raises*: InputFaults."""
        with refusals_told(), self.wiring.database.write() as connection:
            benefits.alone(connection)
            library = self.wiring.rulebook.in_force(connection)
            return act(connection, self._version_of_today(library, rule_id))

    def _version_of_today(self, library: Library, rule_id: str) -> str | None:
        from yihui.rulings import no_such_rule

        versions = library.versions(rule_id)
        if not versions:
            raise InputFaults([no_such_rule(library, rule_id, self.wiring.language)])
        today = civil_date(self.wiring.now())
        return next((v.hash for v in versions if v.definition.in_force.holds(today)), None)

    def _base(self) -> Texts:
        return base_texts(self.wiring.settings.rules)


class NotSeen(Exception):
    """A version would have changed the past, and whoever approves it hasn't said that he saw how."""

    def __init__(self, handed_in: HandedIn) -> None:
        self.handed_in = handed_in
        super().__init__(handed_in.candidate.rule.id)


def find_waiting(connection: Connection, named: str) -> Version:
    """The version that waits under a hash (or its beginning) or a rule's id. *Raises*: ActRefused."""
    waiting = benefits.versions(connection, state="submitted")
    exact = [v for v in waiting if v.rule_id == named]
    found = exact or ([v for v in waiting if v.hash.startswith(named)] if len(named) >= 8 else [])
    if len(found) == 1:
        return found[0]
    every = [v for v in benefits.versions(connection) if v.hash.startswith(named)] if len(named) >= 8 else []
    if len(every) == 1:
        return every[0]  # whatever is wrong with it is told by the act
    if not found:
        raise ActRefused(
            N_("no version waits under {value}"),
            N_("name a rule or at least eight characters of a hash; which wait: yihui rules versions"),
            "version",
            named,
        )
    raise ActRefused(
        N_("several versions wait under {value}: {hashes}"),
        N_("name one by its hash"),
        "version",
        named,
        hashes=", ".join(v.hash[:12] for v in found),
    )
