"""How Faust shows the brokers who we are."""

from typing import TYPE_CHECKING

from events.stream.access import Access

if TYPE_CHECKING:
    from faust.auth import Credentials


def faust_credentials(access: Access) -> "Credentials | None":
    """For ``faust.App(broker_credentials=…)``; None where brokers ask for nothing.

    *Raises*: OSError, where the CA's file can't be read.
    """
    from faust import SASLCredentials, SSLCredentials

    context = access.tls()
    if access.has_sasl:  # with a context Faust speaks SASL_SSL, without one SASL_PLAINTEXT
        return SASLCredentials(
            username=access.user, password=access.password, ssl_context=context, mechanism=access.mechanism
        )
    return SSLCredentials(context) if context else None
