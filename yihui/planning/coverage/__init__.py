"""Coverage: which demand has an open, usable place within reach."""
