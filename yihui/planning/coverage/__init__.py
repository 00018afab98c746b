"""Who has an open place near."""
