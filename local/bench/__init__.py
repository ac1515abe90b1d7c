"""Benchmarks: each figure beside its floor or peer from the same run, as a ratio. `make bench`."""
