"""formfill: fills providers' official release-of-information forms from one saved profile per patient."""

__version__ = "0.1.0"
