"""The joining slice."""
