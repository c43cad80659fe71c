"""Measurements, each beside its bare counterpart in the same run; `make bench` writes docs/performance.md."""
