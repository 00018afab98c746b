"""The project's scripts: they generate data for the demo, the tests and the benchmarks."""
