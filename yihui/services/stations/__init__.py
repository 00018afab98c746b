"""Stations: register, upkeep, devices, keepers, reports and routes."""
