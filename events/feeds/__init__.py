"""events.feeds: convert other apps' records into events, using one mapping file per feed."""
