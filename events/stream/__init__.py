"""events.stream: the event pipeline on Kafka.

It needs the extra ``kafka``; no other part of events imports it.
"""
