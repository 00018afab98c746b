"""Which versions of a rule were submitted, approved and stopped."""
