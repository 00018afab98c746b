"""Faust's consumer with its fetch loop replaced: whole fetches go into a queue (docs/decisions/0026).

Importing this module needs the extra ``kafka``.
"""

import asyncio
from typing import Any, cast

import faust
from aiokafka.errors import ConsumerStoppedError
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread, Consumer, Transport

from events.stream.batching import FetchedRecord, KafkaRecord, RecordQueue, StreamPartition, normalize_headers

# After a rebalance, two waits that began before it delay the first records. Faust's wait for records names the former
# partitions, so it ends only by its time limit (1 s in Faust). A broker holds a request for records until there are
# some or its limit is over (1.5 s in Faust), and answers the connection's next request only then.
_RECORDS_WITHIN_S, _HELD_BY_BROKER_MS = 0.1, 250


class FetchingThread(AIOKafkaConsumerThread):
    """Faust's thread of the consumer, whose requests return sooner where there is nothing to fetch."""

    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms = _HELD_BY_BROKER_MS
        return consumer


class FetchingConsumer(Consumer):
    """Faust's consumer; it hands the records of a fetch to the app's queue as they are.

    Faust's own loop makes two tasks, a message, an event and a queue entry of each record, which takes
    0.1 ms and more. Faust goes on to subscribe, to rebalance, and to seek to the committed offsets.
    """

    def _new_consumer_thread(self) -> AIOKafkaConsumerThread:
        return FetchingThread(self, loop=self.loop, beacon=self.beacon)

    async def _drain_messages(self, fetcher: Any) -> None:
        """Fetch until Faust stops the consumer or its fetcher."""
        try:
            while not (self.should_stop or fetcher.should_stop):
                await self.sleep(0)  # a fetch may return at once, again and again
                fetched, _ = await self._wait_next_records(_RECORDS_WITHIN_S)
                if not self.flow_active:
                    await self._seek_back()
                elif fetched:
                    # A queue that is full must not hold up a rebalance.
                    put = cast(FetchingApp, self.app).fetched.put(self._records(fetched))
                    await self.wait_first(put, self.suspend_flow.wait())
        except (ConsumerStoppedError, asyncio.CancelledError):
            if not self.app.should_stop:
                raise

    async def _seek_back(self) -> None:
        """Seek to the committed offsets, so that what came during a rebalance is fetched again.

        A rebalance that goes on may take the partitions away meanwhile; Faust seeks again when it is over.
        """
        try:
            await self.perform_seek()
        except Exception as error:  # noqa: BLE001 as in Faust's own loop
            self.log.warning("can't seek to the committed offsets: %s", type(error).__name__)

    def _records(self, fetched: Any) -> list[FetchedRecord]:
        generation = self.app.consumer_generation_id
        return [
            FetchedRecord(
                generation,
                KafkaRecord(place, record.offset, record.value, normalize_headers(record.headers)),
            )
            for partition, records in fetched.items()
            for place in (StreamPartition(*partition),)
            for record in records
        ]


class FetchingTransport(Transport):
    """Faust's connection to the brokers, with our consumer."""

    Consumer = FetchingConsumer


class FetchingApp(faust.App):
    """A Faust app without agents: ``fetched`` takes what its consumer reads."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.fetched = RecordQueue()

    def _new_transport(self) -> Transport:
        return FetchingTransport(self.conf.broker_consumer, self)

    def _create_directories(self) -> None:
        """They are for tables; a worker that is killed would leave them behind."""
