"""Benchmarks, run by hand: ``python -m tests.benchmarks.fill``. They print and write nothing."""
