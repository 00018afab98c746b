"""Benchmarks: one module for each subject, run together by ``python -m bench``."""
