"""One round: traffic goes in, a trouble begins and ends meanwhile, and then it is reckoned up."""

import random
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic

from tests.chaos.reckoning import Reckoned, all_have_outcomes, reckon
from tests.chaos.troubles import TROUBLES, Trouble
from tools.servers.recorder import Recorder
from tools.servers.town import Stuck, Town
from tools.servers.traffic import Event, requests
from yihui.bootstrap import Settings, build_wiring

_FAILURES = 4  # requests without an answer, after which a trouble that keeps all from being accepted is ended
_TRIES, _BETWEEN_S = 300, 1.0


@dataclass(frozen=True, slots=True)
class Round:
    """What one round was and came to; ``seconds`` is from the last answer to the last outcome."""

    seed: int
    trouble: str
    reckoned: Reckoned
    seconds: float


@dataclass(slots=True)
class _Befalling:
    """A trouble in its time: begins before one request, ends before another, or when nothing is accepted."""

    town: Town
    trouble: Trouble
    chance: random.Random
    first: int
    last: int
    is_on: bool = False
    is_over: bool = False
    failures: int = 0

    def before(self, number: int) -> None:
        if number >= self.first and not (self.is_on or self.is_over):
            self.is_on = True
            self.trouble.begin(self.town, self.chance)
        elif number >= self.last:
            self.end()

    def failed(self) -> None:
        self.failures += 1
        if self.failures >= _FAILURES:
            self.end()

    def end(self) -> None:
        if self.is_on:
            self.is_on, self.is_over = False, True
            self.trouble.end(self.town)


def play(town: Town, seed: int, trouble: str) -> Round:
    """*Raises*: Stuck, where something isn't handled in the time for it."""
    chance = random.Random(f"{seed} {trouble}")
    sent = list(requests(seed))
    first = chance.randrange(1, len(sent) // 2)
    befalling = _Befalling(town, TROUBLES[trouble], chance, first, chance.randrange(first + 1, len(sent)))
    recorder = Recorder(town.folder / f"accepted-{seed}.jsonl")
    try:
        for number, request in enumerate(sent):
            befalling.before(number)
            _deliver(town, request, recorder, befalling)
    finally:
        befalling.end()
        recorder.close()
    source, lines = f"/chaos/{seed}", recorder.accepted()
    ids = {str(event["id"]) for request in sent for event in request}
    begin = monotonic()
    town.until(lambda: town.query(lambda connection: all_have_outcomes(connection, source, ids)), trouble)
    seconds = monotonic() - begin
    wiring = build_wiring(Settings(town.url, town.folder / "data"))
    try:
        return Round(seed, trouble, reckon(wiring, source, lines), seconds)
    finally:
        wiring.close()


def _deliver(town: Town, request: Sequence[Event], recorder: Recorder, befalling: _Befalling) -> None:
    """As an app does: again and again until it is accepted."""
    for _ in range(_TRIES):
        accepted = town.post(list(request))
        if accepted is not None:
            recorder.record(list(request), accepted)
            return
        befalling.failed()
        with suppress(Stuck):
            town.until(town.answers, "the site answers", _BETWEEN_S)
    raise Stuck("requests are not accepted any more")
