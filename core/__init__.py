"""core: faults and civil time, which every room may import; `core.validation` maps pydantic's errors to faults."""
