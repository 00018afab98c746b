"""Trace events through OpenTelemetry's API; without a configured tracer provider it does nothing.

A batch is one span with a link to each of its events, as OpenTelemetry prescribes for messages. An
operator who looks at an event's own trace would not see that span. So an event whose own trace is
sampled also gets a span in that trace, with a link back to its batch. No span holds a member id or an
error message.

*Source*: OpenTelemetry semantic conventions for messaging and for CloudEvents; CloudEvents 1.0.2,
extension "Distributed Tracing".
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import time_ns

from opentelemetry import trace
from opentelemetry.trace import Link, Span, SpanContext, SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from benefits import Ruling
from events.envelope import Event, InvalidEvent

MAX_SPAN_LINKS = 128  # OpenTelemetry's own limit: it would drop further links
_NAME = "yihui"


def is_tracing_enabled() -> bool:
    """Return whether a tracer provider is configured."""
    return not isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider)


@contextmanager
def trace_step(
    name: str, kind: SpanKind = SpanKind.INTERNAL, links: Sequence[Link] | None = None
) -> Iterator[Span]:
    """Open a span around some work. Only an error's type is recorded: its message may name a person."""
    if not is_tracing_enabled():
        yield trace.INVALID_SPAN
        return
    with trace.get_tracer(_NAME).start_as_current_span(
        name, kind=kind, links=links, record_exception=False, set_status_on_exception=False
    ) as span:
        try:
            yield span
        except BaseException as error:
            span.set_status(StatusCode.ERROR, type(error).__name__)
            span.set_attribute("error.type", type(error).__name__)
            raise


@dataclass(frozen=True, slots=True)
class TraceOrigin:
    """The span in which an event's trace began."""

    event: Event
    context: SpanContext

    @classmethod
    def from_event(cls, event: Event | InvalidEvent) -> "TraceOrigin | None":
        """Return the event's trace origin; None if it has no trace attributes or they are invalid."""
        if not isinstance(event, Event) or event.traceparent is None:
            return None
        carrier = {"traceparent": event.traceparent, "tracestate": event.tracestate or ""}
        context = trace.get_current_span(TraceContextTextMapPropagator().extract(carrier)).get_span_context()
        return cls(event, context) if context.is_valid else None


@dataclass(slots=True)
class BatchTrace:
    """The trace of one operation on a batch of events."""

    what: str
    kind: SpanKind
    origins: Sequence[TraceOrigin] = ()
    began_ns: int = field(default_factory=time_ns)
    context: SpanContext | None = None

    def end_event_spans(self, rulings: Iterable[Ruling] = ()) -> None:
        """Add a finished span to each event trace that is sampled."""
        kept = [origin for origin in self.origins if origin.context.trace_flags.sampled]
        if not kept:
            return
        said = _rules_by_outcome(rulings)
        for origin in kept:
            self._span(origin, said.get(origin.event.key, {}))

    def _span(self, origin: TraceOrigin, said: dict[str, list[str]]) -> None:
        event = origin.event
        attributes: dict[str, str | Sequence[str]] = {
            "cloudevents.event_id": event.id,
            "cloudevents.event_source": event.source,
            "cloudevents.event_type": event.type,
            **{f"yihui.{outcome}": rules for outcome, rules in said.items()},
        }
        trace.get_tracer(_NAME).start_span(
            f"{self.what} {event.type}",
            trace.set_span_in_context(trace.NonRecordingSpan(origin.context)),
            self.kind,
            attributes,
            [Link(self.context)] if self.context else None,
            self.began_ns,
        ).end()


def _rules_by_outcome(rulings: Iterable[Ruling]) -> dict[tuple[str, str], dict[str, list[str]]]:
    """Return rule ids by outcome, for each event."""
    said: dict[tuple[str, str], dict[str, list[str]]] = {}
    for ruling in rulings:
        of_event = said.setdefault((ruling.event.source, ruling.event.id), {})
        of_event.setdefault(ruling.outcome, []).append(ruling.decision.rule_id)
    return said


@contextmanager
def trace_batch(what: str, kind: SpanKind, events: Iterable[Event | InvalidEvent]) -> Iterator[BatchTrace]:
    """Open a span around a batch; without a tracer provider the events are not read."""
    made = BatchTrace(what, kind)
    if not is_tracing_enabled():
        yield made
        return
    made.origins = [origin for event in events if (origin := TraceOrigin.from_event(event))]
    links = [Link(origin.context) for origin in made.origins[:MAX_SPAN_LINKS]]
    with trace_step(f"{what} batch", kind, links) as span:
        made.context = span.get_span_context()
        yield made
