"""Planning analyses: coverage, gaps, access, comparison, siting, reports and exports of an area."""
