"""Search for stations and districts by typed text."""
