"""Home: what a member sees of herself. It composes what other slices know and owns no table."""

from portal.home.compose import grouped
from portal.home.facts import Balance, Facts, Invites, balance_on, facts_of, perks_of

__all__ = ["Balance", "Facts", "Invites", "balance_on", "facts_of", "grouped", "perks_of"]
