"""Checks before every request (host, rate, length, time), and the headers of every answer."""
