"""Files that officers attach to applications, corrections, case files and inspections."""
