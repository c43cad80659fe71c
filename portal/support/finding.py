"""Finding a member by whatever she can read out: address, phone, name, order, card, id or the code of a reward."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from portal import merchant, people, rewards


@dataclass(frozen=True, slots=True)
class Found:
    """Members whom some words name, the newest first; `code_of` is who holds the reward whose code the words are."""

    members: list[Row[Any]]
    code_of: str | None


def find(words: str) -> Found:
    """Whom `words` name; at most twenty members."""
    holder = rewards.owner_of_code(words)
    shops = {merchant.MAIN, *(shop.key for shop in merchant.list_shops())}
    orders = [("order", f"{shop}/{words}") for shop in sorted(shops)]
    found = people.search(words, people.address_hash(words), keys=orders, owner=holder)
    return Found(found, holder)
