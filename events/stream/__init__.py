"""events.stream: the same pipeline behind Kafka. Needs the extra ``kafka``; nothing else in the room imports it."""
