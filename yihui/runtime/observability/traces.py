"""Export traces with the SDK if the environment names a collector; otherwise do nothing.

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

from events.tracing import is_tracing_enabled, trace_step
from members import has_personal_number
from yihui.runtime.observability.collector import collector_endpoint

_LOG = logging.getLogger(__name__)
_SERVICE = "yihui"
_EXTENSION = ("traceparent", "tracestate")


def start_tracing(environ: Mapping[str, str]) -> bool:
    """Start sending traces if a collector is configured; the rest is sent when the process ends.

    Without the extra ``observe`` this function logs a warning, and the work goes on.
    """
    if collector_endpoint(environ) is None or is_tracing_enabled():
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
def trace_request(route: str, headers: Mapping[str, str]) -> Iterator[None]:
    """Open a span around a request, in the caller's trace if it has one.

    The caller's trace is passed on even while this process exports none.
    """
    token = current.attach(TraceContextTextMapPropagator().extract(headers))
    try:
        with trace_step(f"POST {route}", SpanKind.SERVER) as span:
            span.set_attributes({"http.request.method": "POST", "http.route": route})
            yield
    finally:
        current.detach(token)


def attach_trace(event: object) -> object:
    """Return the event with the current trace, unless it has its own."""
    if not isinstance(event, dict):
        return event
    if "traceparent" not in event:
        return {**event, **current_trace_attributes()}
    return {name: event[name] for name in event if name not in _EXTENSION} if _is_unlucky(event) else event


def current_trace_attributes() -> dict[str, str]:
    """Return the current trace as CloudEvents attributes ("Distributed Tracing"); empty without a trace."""
    carrier: dict[str, str] = {}
    TraceContextTextMapPropagator().inject(carrier)
    return {} if _is_unlucky(carrier) else {name: carrier[name] for name in _EXTENSION if name in carrier}


def _is_unlucky(carrier: Mapping[str, object]) -> bool:
    """Return whether a trace's random digits look like an ID number, for which the event would be refused."""
    return has_personal_number(str(carrier.get("traceparent", "")))
