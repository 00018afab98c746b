"""Layers for GIS programs."""
