"""Traces out of this process: the SDK and its exporter where the environment names a collector, else nothing.

*Source*: OpenTelemetry's environment variables (OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_SERVICE_NAME,
OTEL_TRACES_SAMPLER, …), which the SDK itself reads.
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from opentelemetry import context as current
from opentelemetry import trace
from opentelemetry.trace import SpanKind
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from events.tracing import is_on, step
from members import holds_personal_number

_LOG = logging.getLogger(__name__)
_ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_SERVICE = "yihui"
_EXTENSION = ("traceparent", "tracestate")


def collector(environ: Mapping[str, str]) -> str | None:
    """Where traces go; None where none are wanted."""
    if environ.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return None
    return next((environ[name] for name in _ENDPOINTS if environ.get(name)), None)


def start_tracing(environ: Mapping[str, str]) -> bool:
    """Send traces from here on, if that is wanted; what is left is sent when the process ends.

    Without the extra ``observe`` it is logged, and the work goes on.
    """
    if collector(environ) is None or is_on():
        return False
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        _LOG.warning("no traces: install yihui[observe]")
        return False
    service = environ.get("OTEL_SERVICE_NAME") or _SERVICE
    provider = TracerProvider(resource=Resource.create({"service.name": service}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    return True


@contextmanager
def received(route: str, headers: Mapping[str, str]) -> Iterator[None]:
    """A span around a request, in the caller's trace where it has one; that is kept even while nobody traces."""
    token = current.attach(TraceContextTextMapPropagator().extract(headers))
    try:
        with step(f"POST {route}", SpanKind.SERVER) as span:
            span.set_attributes({"http.request.method": "POST", "http.route": route})
            yield
    finally:
        current.detach(token)


def carrying(event: object) -> object:
    """The event with the trace that is under way, unless it has its own."""
    if not isinstance(event, dict):
        return event
    if "traceparent" not in event:
        return {**event, **under_way()}
    return {name: event[name] for name in event if name not in _EXTENSION} if _is_unlucky(event) else event


def under_way() -> dict[str, str]:
    """The trace that is under way, as an event carries it (CloudEvents, "Distributed Tracing"); empty without one."""
    carrier: dict[str, str] = {}
    TraceContextTextMapPropagator().inject(carrier)
    return {} if _is_unlucky(carrier) else {name: carrier[name] for name in _EXTENSION if name in carrier}


def _is_unlucky(carrier: Mapping[str, object]) -> bool:
    """A trace's digits are chance: what looks like an ID number among them would have the event refused."""
    return holds_personal_number(str(carrier.get("traceparent", "")))
