"""Where traces are sent to, if anywhere."""

from collections.abc import Mapping

_ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")


def collector_endpoint(environ: Mapping[str, str]) -> str | None:
    """Return the address that traces are sent to; None if none is configured."""
    if environ.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return None
    return next((environ[name] for name in _ENDPOINTS if environ.get(name)), None)
