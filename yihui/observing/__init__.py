"""yihui.observing: what operators see: metrics, traces, logs. Nothing here changes what is done."""

from collections.abc import Mapping


def start_observing(environ: Mapping[str, str]) -> None:
    """Logs as the environment wants them, and traces where it names a collector; once for each process."""
    from yihui.observing.logs import set_up_logs

    set_up_logs(environ)
    if any(name.startswith("OTEL_EXPORTER_OTLP") for name in environ):  # else nobody pays for the import
        from yihui.observing.traces import start_tracing

        start_tracing(environ)
