"""The words for what a key may do and where orders come from."""

from typing import Final, Literal

Scope = Literal["read", "orders", "members", "redeem"]
SCOPES: Final[tuple[Scope, ...]] = ("read", "orders", "members", "redeem")
Platform = Literal["api", "shopify", "woocommerce", "bigcommerce"]
