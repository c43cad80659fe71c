"""How much may be given: the arithmetic of minimum and step (Reading 40)."""

from zlib import crc32

from portal.programme import Giving

PARTS = 16  # of a charity's total: so many givers at once do not wait for each other


def fits(giving: Giving, points: int) -> bool:
    """Whether this many points are not fewer than the minimum and on a step, counted from it."""
    return points >= giving.minimum and (points - giving.minimum) % giving.step == 0


def most(giving: Giving, available: int) -> int:
    """The most of what is available that may be given, rounded down to the step; 0 when it is less than the minimum."""
    if available < giving.minimum:
        return 0
    return available - (available - giving.minimum) % giving.step


def part_of(member_id: str) -> int:
    """Which part of a charity's total this member's gifts are counted in."""
    return crc32(member_id.encode()) % PARTS


def reference(ref: str) -> str:
    """The reference of a receipt, short enough to be read out: the end of an id or hash, else the shop's key whole."""
    return f"{ref[-8:-4]}-{ref[-4:]}".upper() if len(ref) >= 26 and ref.isalnum() else ref
