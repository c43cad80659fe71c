"""Programme texts to begin from: a small one that is right, and parts to add."""

SMALL = """\
key = "small"
name = "Small shop"
timezone = "Europe/London"
currency = "GBP"

[unit]
value = { points = 1, amount = "0.01" }

[contact]
email = "hello@shop.example"

[[tiers]]
key = "member"
label = "Member"
"""
"""The least that a programme says; 14 lines."""


def small(*parts: str, **changed: str) -> str:
    """The small text with lines changed (`currency='"JPY"'`; an empty value leaves the line out) and parts added."""
    text = SMALL
    for name, value in changed.items():
        before = next(line for line in text.splitlines(keepends=True) if line.startswith(f"{name} = "))
        text = text.replace(before, f"{name} = {value}\n" if value else "", 1)
    return text + "".join(parts)
