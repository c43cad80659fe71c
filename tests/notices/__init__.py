"""The notices slice."""
