"""Traces of events, by OpenTelemetry's API alone: it does nothing until somebody sets a provider.

A batch is one span with a link to each of its events, as OpenTelemetry has it for messages. Who looks at the
trace in which an event began would not find it so: an event whose own trace is kept (sampled) gets a span in
there as well, with a link back to its batch. Neither holds a member's id or an error's words.

*Source*: OpenTelemetry semantic conventions for messaging and for CloudEvents; CloudEvents 1.0.2, extension
"Distributed Tracing".
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import time_ns

from opentelemetry import trace
from opentelemetry.trace import Link, Span, SpanContext, SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from benefits import Ruling
from events.envelope import Event, Unreadable

MOST_LINKS = 128  # OpenTelemetry's own limit: more would be dropped, and made for nothing
_NAME = "yihui"


def is_on() -> bool:
    """Whether somebody set a provider."""
    return not isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider)


@contextmanager
def step(
    name: str, kind: SpanKind = SpanKind.INTERNAL, links: Sequence[Link] | None = None
) -> Iterator[Span]:
    """A span around some work. Of an error its type is kept: its words may name a person."""
    if not is_on():
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
class Origin:
    """Where an event's trace began."""

    event: Event
    context: SpanContext

    @classmethod
    def of(cls, event: Event | Unreadable) -> "Origin | None":
        """None where an event says nothing of a trace, or nothing that can be read."""
        if not isinstance(event, Event) or event.traceparent is None:
            return None
        carrier = {"traceparent": event.traceparent, "tracestate": event.tracestate or ""}
        context = trace.get_current_span(TraceContextTextMapPropagator().extract(carrier)).get_span_context()
        return cls(event, context) if context.is_valid else None


@dataclass(slots=True)
class Batch:
    """What is done with some events at once."""

    what: str
    kind: SpanKind
    origins: Sequence[Origin] = ()
    began_ns: int = field(default_factory=time_ns)
    context: SpanContext | None = None

    def told(self, rulings: Iterable[Ruling] = ()) -> None:
        """It is done: say so in each trace that is kept."""
        kept = [origin for origin in self.origins if origin.context.trace_flags.sampled]
        if not kept:
            return
        said = _said(rulings)
        for origin in kept:
            self._span(origin, said.get(origin.event.key, {}))

    def _span(self, origin: Origin, said: dict[str, list[str]]) -> None:
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


def _said(rulings: Iterable[Ruling]) -> dict[tuple[str, str], dict[str, list[str]]]:
    """Rules by outcome, for each event."""
    said: dict[tuple[str, str], dict[str, list[str]]] = {}
    for ruling in rulings:
        of_event = said.setdefault((ruling.event.source, ruling.event.id), {})
        of_event.setdefault(ruling.outcome, []).append(ruling.decision.rule_id)
    return said


@contextmanager
def batch(what: str, kind: SpanKind, events: Iterable[Event | Unreadable]) -> Iterator[Batch]:
    """A span around a batch; the events aren't looked at where nobody traces."""
    made = Batch(what, kind)
    if not is_on():
        yield made
        return
    made.origins = [origin for event in events if (origin := Origin.of(event))]
    links = [Link(origin.context) for origin in made.origins[:MOST_LINKS]]
    with step(f"{what} batch", kind, links) as span:
        made.context = span.get_span_context()
        yield made
