"""Home: what a member sees of herself. It composes what other slices know and owns no table."""

from portal.home.compose import Balance, Facts, balance_on, facts_of, grouped

__all__ = ["Balance", "Facts", "balance_on", "facts_of", "grouped"]
