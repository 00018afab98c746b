"""Gaps: where, and at which hours, demand has no usable place within reach."""
