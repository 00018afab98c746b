"""Payments by bank: batches that two officers prepare and release, what the bank answered, and how its files look."""
