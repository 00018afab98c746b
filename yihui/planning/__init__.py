"""What planners ask: files, registers and settings in; coverage, gaps, sites and reports out."""
