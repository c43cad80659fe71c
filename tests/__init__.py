"""The suite; `make test` runs it, and finds or fetches what it needs."""
