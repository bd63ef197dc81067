"""Fuzzing of everything that reads what others wrote: a short run in the tests, a long one by hand (``run.py``)."""
