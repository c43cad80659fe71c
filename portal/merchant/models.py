"""The shops that send orders, and the keys by which their systems are known."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, Instant, JsonText, Ulid


class Shop(Base):
    """A source of orders. Several share one programme and its members; order numbers are unique within each."""

    __tablename__ = "shop"
    __table_args__ = (
        CheckConstraint("platform IN ('api', 'shopify', 'woocommerce', 'bigcommerce')", name="shop_platform"),
    )

    key: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    platform: Mapped[str] = mapped_column(String(20))
    added_at: Mapped[datetime] = mapped_column(Instant)


class ApiKey(Base):
    """What a shop's system shows with each request. Of the secret only its SHA-256 and first letters are kept."""

    __tablename__ = "api_key"
    __table_args__ = (Index("api_key_secret", "secret_hash", unique=True),)

    id: Mapped[str] = mapped_column(Ulid, primary_key=True)
    shop: Mapped[str] = mapped_column(ForeignKey("shop.key"))
    name: Mapped[str] = mapped_column(String(120))
    secret_hash: Mapped[str] = mapped_column(String(64))
    prefix: Mapped[str] = mapped_column(String(12))
    scopes: Mapped[list[str]] = mapped_column(JsonText)
    created_at: Mapped[datetime] = mapped_column(Instant)
    last_used_at: Mapped[datetime | None] = mapped_column(Instant)
    expires_at: Mapped[datetime | None] = mapped_column(Instant)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)
