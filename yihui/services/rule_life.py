"""An officer's desk: a rule file is checked against all that is in force, handed in, approved, put in force."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection

import benefits
from benefits import ActRefused, Officer, Submission, Version
from core.civil_time import civil_date
from core.faults import Fault, InputFaults
from events.retroactive import Retrospect, retrospect
from rules import Library
from yihui.bootstrap import Wiring
from yihui.services.rule_documents import Paper, paper_of, read_paper
from yihui.services.rule_trial import Candidate, Standing, examine
from yihui.services.rules import base_texts
from yihui.services.rules_in_force import adaptations_in_force, approvals

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


@dataclass(frozen=True, slots=True)
class HandedIn:
    """A version that was handed in or approved, and what it would have changed in the past."""

    candidate: Candidate
    past: Retrospect = field(default_factory=Retrospect)


@dataclass(frozen=True, slots=True)
class Looked:
    """A file that was looked at, and what was in force then."""

    epoch: int
    paper: Paper
    candidate: Candidate


@dataclass(slots=True)
class Desk:
    """What an officer does, over one database and its folders."""

    wiring: Wiring

    def submit(self, path: Path, who: str, *, takes_over: bool) -> HandedIn:
        """Hand a file in. *Raises*: RuleFaults, InputFaults."""
        paper = read_paper(path)
        with refusals_told():
            acting = officer(self.wiring, who)
            looked = self._look(lambda _: paper, takes_over=lambda _: takes_over)
            with self.wiring.database.write() as connection:
                benefits.alone(connection)
                candidate = self._again(connection, looked, paper, takes_over=takes_over)
                benefits.submit(connection, acting, _submission(candidate))
                past = retrospect(connection, candidate.rule, candidate.library, acting.today)
        return HandedIn(candidate, past)

    def approve(self, named: str, who: str, *, seen: bool) -> HandedIn:
        """Put a version in force. *Raises*: RuleFaults, InputFaults; NotSeen where the past must be looked at."""
        with refusals_told():
            acting = officer(self.wiring, who)

            def version_in(connection: Connection) -> Version:
                found = find_waiting(connection, named)
                return benefits.may_approve(connection, acting, found.hash)

            looked = self._look(
                lambda connection: paper_of(version_in(connection)),
                takes_over=lambda connection: version_in(connection).submission.takes_over,
            )
            with self.wiring.database.write() as connection:
                benefits.alone(connection)
                version = version_in(connection)
                handed_in = version.submission
                candidate = self._again(
                    connection, looked, paper_of(version), takes_over=handed_in.takes_over
                )
                _is_what_was_handed_in(candidate, version)
                past = retrospect(connection, candidate.rule, candidate.library, acting.today)
                if past.speaks and not seen:
                    raise NotSeen(HandedIn(candidate, past))
                benefits.approve(connection, acting, version.hash, candidate.before)
        return HandedIn(candidate, past)

    def _look(self, paper: Callable[[Connection], Paper], takes_over: Callable[[Connection], bool]) -> Looked:
        """Proofs take seconds: they are made while batches go on."""
        with self.wiring.database.read() as connection:
            epoch, standing = benefits.epoch(connection), self._standing(connection)
            found, over = paper(connection), takes_over(connection)
        return Looked(epoch, found, examine(standing, found, takes_over=over))

    def _again(self, connection: Connection, looked: Looked, paper: Paper, *, takes_over: bool) -> Candidate:
        """What was looked at, unless something was approved since: then it is looked at once more."""
        if looked.paper == paper and looked.epoch == benefits.epoch(connection):
            return looked.candidate
        return examine(self._standing(connection), paper, takes_over=takes_over)

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
            if "@" in rule_id:
                return act(connection, self._adaptation_of_today(connection, rule_id))
            return act(connection, self._version_of_today(library, rule_id))

    def _version_of_today(self, library: Library, rule_id: str) -> str | None:
        from yihui.views.outcomes import no_such_rule

        versions = library.versions(rule_id)
        if not versions:
            raise InputFaults([no_such_rule(library, rule_id, self.wiring.language)])
        today = civil_date(self.wiring.now())
        return next((v.hash for v in versions if v.definition.in_force.holds(today)), None)

    def _adaptation_of_today(self, connection: Connection, named: str) -> str | None:
        base, today = base_texts(self.wiring.settings.rules), civil_date(self.wiring.now())
        found = [one for one in adaptations_in_force(base, approvals(connection)) if one.id == named]
        if not found:
            raise ActRefused(
                N_("there is no version {value}"),
                N_("which there are: yihui rules versions"),
                "rule",
                named,
            )
        return next((one.hash for one in found if one.in_force.holds(today)), None)

    def _standing(self, connection: Connection) -> Standing:
        library = self.wiring.rulebook.in_force(connection)
        return Standing(base_texts(self.wiring.settings.rules), approvals(connection), library)


def _submission(candidate: Candidate) -> Submission:
    stated = candidate.stated
    return Submission(
        stated.hash,
        stated.id,
        stated.in_force.since,
        stated.in_force.until,
        candidate.paper.text,
        candidate.paper.tables,
        bool(candidate.ends),
    )


def _is_what_was_handed_in(candidate: Candidate, version: Version) -> None:
    if candidate.stated.hash != version.hash:
        raise ActRefused(
            N_("the content of the version {value} is not what was handed in"),
            N_("reject it and hand the file in again"),
            "version",
            version.hash[:12],
        )


class NotSeen(Exception):
    """A version would have changed the past, and whoever approves it hasn't said that he saw how."""

    def __init__(self, handed_in: HandedIn) -> None:
        self.handed_in = handed_in
        super().__init__(handed_in.candidate.stated.id)


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
