"""The programme slice."""
