"""Process and replay files of events, and the other sources of a replay."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.runtime.progress import show_progress
from yihui.services.ledger.sealing import seal_after_batches, seal_pending

if TYPE_CHECKING:
    from events import BatchOutcome, RunTally
    from events.replaying import ReplaySource
    from yihui.services.events.replay import ReplayResult

EVENT_FILE_FAULTS = FaultTable(
    "event_file",
    {
        "empty": (N_("the file is empty"), N_("write one CloudEvent in JSON on each line")),
        "outgoing_topic": (
            N_("the topic {value} holds what Yihui tells, not what happened"),
            N_("replay member-events or station-events"),
        ),
        "wrong_offset": (
            N_("{value} is no offset of a partition"),
            N_("write partition and offset as 0:1500"),
        ),
    },
)


def sum_outcomes(batches: "Iterable[BatchOutcome]") -> "RunTally":
    """Return the summed outcomes of all batches."""
    from events import RunTally

    tally = RunTally()
    for batch in batches:
        tally.add(batch)
    return tally


def process_events(wiring: Wiring, source: Path | BinaryIO | None) -> "RunTally":
    """Process a file, a stream, or the events that wait in the database; then seal.

    What falls due is done by the events' own days; the clock does nothing, so that it makes no difference
    where a run ends.

    *Raises*: FaultError for an empty file; OSError.
    """
    if source is None:
        tally = sum_outcomes(seal_after_batches(wiring, wiring.runner.run_ingress()))
    elif isinstance(source, Path):
        tally = _process_file(wiring, source)
    else:
        tally = sum_outcomes(seal_after_batches(wiring, wiring.runner.run_stream(source, "-")))
    seal_pending(wiring)
    return tally


def _process_file(wiring: Wiring, file: Path) -> "RunTally":
    from events import RunTally

    tally = RunTally()
    with show_progress(wiring.render(N_("handling events")), _checked_size(file)) as advance:
        for position, batch in seal_after_batches(wiring, wiring.runner.run_file(file)):
            tally.add(batch)
            advance(position)
    return tally


def _checked_size(file: Path) -> int:
    """Return the size of a file of events. *Raises*: FaultError for an empty one."""
    size = file.stat().st_size
    if not size:
        raise FaultError(EVENT_FILE_FAULTS.build("empty", file=file.name, value=""))
    return size


@dataclass(frozen=True, slots=True)
class ReplayRequest:
    """The one source to replay (a file, the journal or a topic) and its limits, as the user typed them."""

    file: Path | None
    journal: bool
    topic: str | None
    since: str | None
    until: str | None
    from_time: str | None
    from_offset: tuple[str, ...]

    @property
    def source_count(self) -> int:
        """The number of sources that are named."""
        return (self.file is not None) + self.journal + (self.topic is not None)

    @property
    def is_whole(self) -> bool:
        """Whether all events of the source are replayed."""
        return not (self.since or self.until or self.from_time or self.from_offset)


def replay_events(wiring: Wiring, request: ReplayRequest, into: str | None) -> "ReplayResult":
    """Replay a source into the real ledger, or into a scratch ledger. *Raises*: NoStream; FaultError; OSError."""
    from yihui.services.events.replay import replay_into_ledger, replay_into_scratch

    source = _open_source(wiring, request)
    if into:
        return replay_into_scratch(wiring, into, source, is_whole=request.is_whole)
    return replay_into_ledger(wiring, source)


def _open_source(wiring: Wiring, request: ReplayRequest) -> "ReplaySource":
    from events.replaying import FileReplaySource, JournalReplaySource
    from yihui.runtime.arguments import parse_day

    if request.file is not None:
        _checked_size(request.file)
        return FileReplaySource(request.file)
    if request.topic is not None:
        return _open_topic(wiring, request, request.topic)
    first = parse_day(request.since, "--since") if request.since else None
    last = parse_day(request.until, "--until") if request.until else None
    return JournalReplaySource(wiring.database, first, last)


def _open_topic(wiring: Wiring, request: ReplayRequest, topic: str) -> "ReplaySource":
    from events.stream.replaying import TopicReplaySource
    from yihui.runtime.arguments import parse_instant

    access = wiring.access
    name = topic if "." in topic else f"{access.prefix}.{topic}"
    if name == access.topic_name("benefit-events"):
        raise FaultError(EVENT_FILE_FAULTS.build("outgoing_topic", field="--topic", value=name))
    since = parse_instant(request.from_time, "--from-time") if request.from_time else None
    return TopicReplaySource(access, name, since, dict(map(_parse_offset, request.from_offset)))


def _parse_offset(text: str) -> tuple[int, int]:
    partition, _, offset = text.partition(":")
    if not (partition.isdecimal() and offset.isdecimal()):
        raise FaultError(EVENT_FILE_FAULTS.build("wrong_offset", field="--from-offset", value=text))
    return int(partition), int(offset)
