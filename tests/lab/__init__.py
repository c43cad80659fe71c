"""Imports, and the figures that real histories must come to."""
