"""core: faults, civil time, work-days and sheets, which every room may import; `core.validation` maps pydantic's errors to faults."""
