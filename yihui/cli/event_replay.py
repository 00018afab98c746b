"""yihui events replay: replay a file, the journal or a topic into the real ledger or a scratch one."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.faults import Fault, FaultError
from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.cli.dead_letters import replay_dead_letters
from yihui.cli.event_tally import exit_on_dead_letters
from yihui.runtime.errors import EXIT_FINDINGS
from yihui.services.dead_letters import select_dead_letters

if TYPE_CHECKING:
    from events.replaying import ReplaySource
    from yihui.services.event_replay import ReplayResult


def add_commands(app: typer.Typer, _: Callable[[str], str]) -> None:
    """Add the `replay` command."""

    @app.command(
        help=_(
            "Handle events again: a file, the journal, a topic, or dead letters; what was handled before changes nothing."
        )
    )
    def replay(
        context: typer.Context,
        file: Annotated[Path | None, typer.Argument(help=_("events, one CloudEvent in JSON a line"))] = None,
        file_: Annotated[
            Path | None, typer.Option("--file", help=_("events, one CloudEvent in JSON a line"))
        ] = None,
        journal: Annotated[
            bool, typer.Option("--journal", help=_("what this database has handled about members, in order"))
        ] = False,
        since: Annotated[
            str | None, typer.Option(help=_("of the journal: from this day on"), metavar="DATE")
        ] = None,
        until: Annotated[
            str | None, typer.Option(help=_("of the journal: to this day"), metavar="DATE")
        ] = None,
        topic: Annotated[
            str | None, typer.Option(help=_("member-events, station-events, or a topic's whole name"))
        ] = None,
        from_time: Annotated[
            str | None, typer.Option(help=_("of the topic: from this time on"), metavar="TIME")
        ] = None,
        from_offset: Annotated[
            list[str] | None,
            typer.Option(help=_("of the topic: from this offset of a partition on, others not"), metavar="P:N"),
        ] = None,
        into: Annotated[
            str | None,
            typer.Option(help=_("a scratch ledger: a new database, which is then compared"), metavar="DB"),
        ] = None,
        dead_letters: Annotated[
            bool, typer.Option("--dead-letters", help=_("replay dead letters instead of a file"))
        ] = False,
        letter: Annotated[
            list[str] | None, typer.Option(help=_("only the dead letter with this id (or its beginning)"))
        ] = None,
        reason: Annotated[str | None, typer.Option(help=_("only dead letters with this reason"))] = None,
        json_: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    ) -> None:  # fmt: skip
        wiring: Wiring = context.obj
        wanted = _ReplayRequest(
            file or file_, journal, topic, since, until, from_time, tuple(from_offset or ())
        )
        by_letters = dead_letters or bool(letter) or bool(reason)
        if wanted.count() + by_letters != 1 or (file and file_):
            raise typer.BadParameter(_("name one: a file, --journal, --topic, or --dead-letters"))
        wanted.check(_)
        if by_letters:
            if into:
                raise typer.BadParameter(
                    _("dead letters are replayed where they lie, not --into another database")
                )
            replay_dead_letters(
                wiring, select_dead_letters(wiring, letter or (), reason, "--letter"), False, json_
            )
            return
        _print_result(wiring, _run_replay(wiring, wanted.source(wiring), into, wanted.is_whole), json_)


@dataclass(frozen=True, slots=True)
class _ReplayRequest:
    """The source to replay, as the options name it."""

    file: Path | None
    journal: bool
    topic: str | None
    since: str | None
    until: str | None
    from_time: str | None
    from_offset: tuple[str, ...]

    def count(self) -> int:
        return (self.file is not None) + self.journal + (self.topic is not None)

    def check(self, _: Callable[[str], str]) -> None:
        """Refuse options of another source. *Raises*: typer.BadParameter."""
        if not self.journal and (self.since or self.until):
            raise typer.BadParameter(_("--since and --until go with --journal"))
        if self.topic is None and (self.from_time or self.from_offset):
            raise typer.BadParameter(_("--from-time and --from-offset go with --topic"))
        if self.from_time and self.from_offset:
            raise typer.BadParameter(_("say --from-time or --from-offset, not both"))

    @property
    def is_whole(self) -> bool:
        return not (self.since or self.until or self.from_time or self.from_offset)

    def source(self, wiring: Wiring) -> "ReplaySource":
        """Build the source from which events are replayed. *Raises*: NoStream; FaultError; OSError."""
        from events.replaying import FileReplaySource, JournalReplaySource

        if self.file is not None:
            _refuse_empty_file(self.file)
            return FileReplaySource(self.file)
        if self.topic is not None:
            return self._topic(wiring, self.topic)
        from yihui.runtime.arguments import parse_day

        first = parse_day(self.since, "--since") if self.since else None
        last = parse_day(self.until, "--until") if self.until else None
        return JournalReplaySource(wiring.database, first, last)

    def _topic(self, wiring: Wiring, topic: str) -> "ReplaySource":
        from events.stream.replaying import TopicReplaySource
        from yihui.runtime.arguments import parse_instant

        access = wiring.access
        name = topic if "." in topic else f"{access.prefix}.{topic}"
        if name in (access.topic_name("benefit-events"), access.topic_name("dead-letters")):
            raise FaultError([_outgoing_topic_fault(name)])
        since = parse_instant(self.from_time, "--from-time") if self.from_time else None
        return TopicReplaySource(access, name, since, dict(map(_parse_offset, self.from_offset)))


def _refuse_empty_file(file: Path) -> None:
    if not file.stat().st_size:
        raise FaultError(
            [Fault(N_("the file is empty"), N_("write one CloudEvent in JSON on each line"), file=file.name, value="")]
        )  # fmt: skip


def _outgoing_topic_fault(topic: str) -> Fault:
    return Fault(
        N_("the topic {value} holds what Yihui tells, not what happened"),
        N_("replay member-events or station-events"),
        field="--topic",
        value=topic,
    )


def _parse_offset(written: str) -> tuple[int, int]:
    partition, _, offset = written.partition(":")
    if not (partition.isdecimal() and offset.isdecimal()):
        fault = Fault(
            N_("{value} is no offset of a partition"),
            N_("write partition and offset as 0:1500"),
            field="--from-offset",
            value=written,
        )
        raise FaultError([fault])
    return int(partition), int(offset)


def _run_replay(wiring: Wiring, source: "ReplaySource", into: str | None, is_whole: bool) -> "ReplayResult":
    from yihui.services.event_replay import replay_into_ledger, replay_into_scratch

    return (
        replay_into_scratch(wiring, into, source, is_whole=is_whole)
        if into
        else replay_into_ledger(wiring, source)
    )


def _print_result(wiring: Wiring, replayed: "ReplayResult", as_json: bool) -> None:
    from yihui.services.event_replay import ledger_difference_lines, replay_result_json
    from yihui.views.outcomes import print_tally, tally_json

    if as_json:
        content = tally_json(replayed.tally, wiring.language) | replay_result_json(replayed)
        typer.echo(json.dumps(content, ensure_ascii=False))
    else:
        print_tally(wiring.language, replayed.tally, as_json=False)
        left_out = N_("left out, since a scratch ledger has no register: {count} events of stations")
        if replayed.stations_left_out:
            typer.echo(wiring.render(left_out, count=replayed.stations_left_out))
        if replayed.difference is not None:
            for line in ledger_difference_lines(replayed.difference, wiring):
                typer.echo(line)
        elif replayed.is_compared:
            typer.echo(wiring.render(N_("the ledgers are equal, byte for byte")))
    exit_on_dead_letters(wiring, replayed.tally)
    if replayed.difference is not None:
        raise typer.Exit(EXIT_FINDINGS)
