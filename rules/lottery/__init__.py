"""Lotteries that any reader of the published file can recompute."""
