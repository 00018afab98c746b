"""Requests to other servers: through no proxy of the environment, and without following a redirect."""

import logging
import ssl
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx


def open_http_client(timeout: "float | httpx.Timeout") -> "httpx.Client":
    """Return a client for one request or several; the caller closes it. No address is logged.

    *Units*: seconds.
    """
    import httpx

    logging.getLogger("httpx").setLevel(logging.WARNING)  # it would log the address, which may hold a key
    return httpx.Client(verify=_load_authorities(), trust_env=False, timeout=timeout, follow_redirects=False)


def open_async_client(timeout: float) -> "httpx.AsyncClient":
    """As ``open_http_client``, for requests that a deadline ends as a whole."""
    import httpx

    logging.getLogger("httpx").setLevel(logging.WARNING)
    return httpx.AsyncClient(
        verify=_load_authorities(), trust_env=False, timeout=timeout, follow_redirects=False
    )


@cache  # reading them takes longer than most requests
def _load_authorities() -> ssl.SSLContext:
    """Return the certificate authorities that this process trusts."""
    import httpx

    return httpx.create_ssl_context(trust_env=False)
