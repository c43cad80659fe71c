"""The engine against a naive re-computation, against itself, and against the calendar."""
