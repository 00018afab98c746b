"""Riders' reports on stations as officers read and answer them."""
