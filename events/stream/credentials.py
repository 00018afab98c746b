"""Credentials with which Faust logs in to the brokers."""

from typing import TYPE_CHECKING

from events.stream.access import StreamAccess

if TYPE_CHECKING:
    from faust.auth import Credentials


def faust_credentials(access: StreamAccess) -> "Credentials | None":
    """Return the value of ``faust.App(broker_credentials=…)``; None if the brokers need no credentials.

    *Raises*: OSError if the CA file can't be read.
    """
    from faust import SASLCredentials, SSLCredentials

    context = access.build_ssl_context()
    if access.has_sasl:  # with a context Faust speaks SASL_SSL, without one SASL_PLAINTEXT
        return SASLCredentials(
            username=access.user, password=access.password, ssl_context=context, mechanism=access.mechanism
        )
    return SSLCredentials(context) if context else None
