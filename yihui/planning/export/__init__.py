"""Export a study as layers for GIS programs."""
