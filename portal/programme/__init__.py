"""The scheme as data: what a programme file may say, whether it is right, and which version is in force.

It owns the vocabulary (docs/programme.md), the messages for a file that is wrong, the shipped catalogue and
the table of published versions. It refuses every key and value that it does not know: what is not run is not
promised. It holds no member, order or point, and decides nothing about them.
"""

from portal.programme.kinds import INK, WHITE, contrast
from portal.programme.offers import (
    Charity,
    Gift,
    Giving,
    Limit,
    Perk,
    Plan,
    Referral,
    ReferralOffer,
    Reward,
    Slider,
    Support,
)
from portal.programme.parts import (
    Activity,
    Brand,
    Cap,
    CurrencyRate,
    EarnRule,
    Entry,
    Expiry,
    Multiplier,
    Orders,
    Tier,
    TierRules,
    Unit,
    When,
    Worth,
)
from portal.programme.problems import Invalid, Problem
from portal.programme.schema import Programme, schema_json
from portal.programme.service import active, publish, refresh, source_of, version
from portal.programme.source import Loaded, catalogue_keys, load, parse
from portal.programme.words import Contact, Joining, Page, Pages, Question

__all__ = [
    "INK",
    "WHITE",
    "Activity",
    "Brand",
    "Cap",
    "Charity",
    "Contact",
    "CurrencyRate",
    "EarnRule",
    "Entry",
    "Expiry",
    "Gift",
    "Giving",
    "Invalid",
    "Joining",
    "Limit",
    "Loaded",
    "Multiplier",
    "Orders",
    "Page",
    "Pages",
    "Perk",
    "Plan",
    "Problem",
    "Programme",
    "Question",
    "Referral",
    "ReferralOffer",
    "Reward",
    "Slider",
    "Support",
    "Tier",
    "TierRules",
    "Unit",
    "When",
    "Worth",
    "active",
    "catalogue_keys",
    "contrast",
    "load",
    "parse",
    "publish",
    "refresh",
    "schema_json",
    "source_of",
    "version",
]
