"""Studies: all figures of an area, computed once for reports, maps and exports."""
