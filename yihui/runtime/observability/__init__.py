"""yihui.runtime.observability: what operators see: metrics, traces, logs. Nothing here changes what is done."""

import sys
from collections.abc import Mapping
from threading import Thread

_LAST_WITHIN_S = 1.0  # a collector that is away holds up no end


def start_observing(environ: Mapping[str, str]) -> None:
    """Logs as the environment wants them, and traces where it names a collector; once for each process."""
    from yihui.runtime.observability.logs import set_up_logs

    set_up_logs(environ)
    if any(name.startswith("OTEL_EXPORTER_OTLP") for name in environ):  # else nobody pays for the import
        from yihui.runtime.observability.traces import start_tracing

        start_tracing(environ)


def finish_observing() -> None:
    """Send what is left of traces, where a process ends without Python's own end, as the site's worker does."""
    sdk = sys.modules.get("opentelemetry.sdk.trace")
    if sdk is None:
        return
    from opentelemetry import trace

    provider = trace.get_tracer_provider()
    if isinstance(provider, sdk.TracerProvider):
        sending = Thread(target=provider.shutdown, name="last traces", daemon=True)
        sending.start()
        sending.join(_LAST_WITHIN_S)
