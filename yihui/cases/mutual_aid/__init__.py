"""Mutual medical aid: policies by year and unit, who is enrolled, and claims with the proof of each."""
