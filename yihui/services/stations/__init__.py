"""Stations: register, upkeep, devices, keepers, reports, inspections and routes."""
