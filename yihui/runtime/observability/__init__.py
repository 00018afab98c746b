"""Metrics, traces and logs for operators. Nothing here changes the work of the application."""

import sys
from collections.abc import Mapping
from threading import Thread

_LAST_WITHIN_S = 1.0  # an unreachable collector must not delay the exit


def start_observing(environ: Mapping[str, str]) -> None:
    """Set up logs, and traces if the environment names a collector; call it once for each process."""
    from yihui.runtime.observability.logs import set_up_logs

    set_up_logs(environ)
    if any(name.startswith("OTEL_EXPORTER_OTLP") for name in environ):  # otherwise the import would be wasted
        from yihui.runtime.observability.traces import start_tracing

        start_tracing(environ)


def finish_observing() -> None:
    """Send the remaining traces in a process that skips Python's own exit, as the site's worker does."""
    sdk = sys.modules.get("opentelemetry.sdk.trace")
    if sdk is None:
        return
    from opentelemetry import trace

    provider = trace.get_tracer_provider()
    if isinstance(provider, sdk.TracerProvider):
        sending = Thread(target=provider.shutdown, name="last traces", daemon=True)
        sending.start()
        sending.join(_LAST_WITHIN_S)
