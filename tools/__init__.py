"""Scripts of the project: what the demo, the tests and the benchmarks generate."""
