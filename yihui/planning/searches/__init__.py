"""Searches that found nothing: where and when riders searched and no place was open."""
