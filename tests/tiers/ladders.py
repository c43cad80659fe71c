"""Programmes with a ladder, written short: steps, their ways, and the rules of the ladder."""

from datetime import date

from portal.programme import Programme, parse
from tests.programme.texts import small

PLANS = (
    '\n[[plans]]\nkey = "monthly"\nlabel = "Plus"\ninterval = "month"\nprice = "3.00"\n'
    '\n[[plans]]\nkey = "yearly"\nlabel = "Plus"\ninterval = "year"\nprice = "30.00"\n'
    '\n[[plans]]\nkey = "life"\nlabel = "Plus"\ninterval = "life"\nprice = "90.00"\n'
)


def spend(amount: str) -> str:
    """A way: so much money."""
    return f'{{ metric = "spend", amount = "{amount}" }}'


def step(key: str, *entry: str, **lists: str) -> str:
    """A tier with these ways in; `keep="..."` and `reenter="..."` are one way each, other names are flags."""
    ways = "".join(
        f"{name} = [{value}]\n" if value.startswith("{") else f"{name} = {value}\n"
        for name, value in lists.items()
    )
    entries = f"entry = [{', '.join(entry)}]\n" if entry else ""
    return f'\n[[tiers]]\nkey = "{key}"\nlabel = "{key.title()}"\n{entries}{ways}'


def rules(**said: str | int) -> str:
    """The rules of the ladder, by calendar year unless said."""
    lines = {"period": "calendar-year", **said}
    shown = "".join(
        f"{name} = {value}\n" if isinstance(value, int) or value.startswith("{") else f'{name} = "{value}"\n'
        for name, value in lines.items()
    )
    return f"\n[tier_rules]\n{shown}"


def text(*parts: str, **said: str | int) -> str:
    """The text of a small programme with these parts."""
    return small(rules(**said), *parts)


def ladder(*parts: str, **said: str | int) -> Programme:
    """A small programme with these parts, silver and gold by spend where no part is given."""
    return parse(text(*(parts or STEPS), **said), "small.toml")


STEPS = (step("silver", spend("200.00")), step("gold", spend("500.00")))
THREE = (*STEPS, step("platinum", spend("1000.00")))


def day(text: str) -> date:
    """A day."""
    return date.fromisoformat(text)
