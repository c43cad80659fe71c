"""The long checks at full size: `python -m tests.evidence` writes what they come to into docs/evidence.md."""
