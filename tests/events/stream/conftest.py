"""What tests of the stream share."""

import pytest

from events.stream.access import StreamAccess
from tests.events.stream.reading import make_topics


@pytest.fixture
def topics(access: StreamAccess) -> StreamAccess:
    """The way to the broker, with the topics of this test made."""
    make_topics(access)
    return access
