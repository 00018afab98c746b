"""Joining and transferring: requests, codes, reviews and whole sheets."""
