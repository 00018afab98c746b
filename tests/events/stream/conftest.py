"""What tests of the stream share."""

import pytest

from events.stream.access import StreamAccess
from tools.servers.streaming import make_topics


@pytest.fixture
def topics(access: StreamAccess) -> StreamAccess:
    """The way to the broker, with the topics that workers read, and that of Faust."""
    make_topics(access)
    return access
