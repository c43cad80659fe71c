"""The signin slice."""
