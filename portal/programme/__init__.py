"""The scheme as data: what a programme file may say, whether it is right, and which version is in force.

It owns the vocabulary (docs/programme.md), the messages for a file that is wrong, the shipped catalogue and
the table of published versions. It refuses every key and value that it does not know: what is not run is not
promised. It holds no member, order or point, and decides nothing about them.
"""

from portal.programme.automatic import Dividend, Expiry, Funding, Goal, Grant, Prize, Step
from portal.programme.community import Board
from portal.programme.diffing import Change, diff
from portal.programme.earn import (
    Activity,
    Campaign,
    Cap,
    ChosenDay,
    EarnRule,
    Multiplier,
    Orders,
    Period,
    When,
)
from portal.programme.kinds import INK, WHITE, contrast
from portal.programme.ladder import Entry, Pause, Tier, TierRules
from portal.programme.offers import (
    Charity,
    Gift,
    Giving,
    Matching,
    Perk,
    Plan,
    Referral,
    ReferralOffer,
    Support,
)
from portal.programme.parts import Brand, CurrencyRate, Unit, Worth
from portal.programme.periods import FOREVER, first_day, last_day, month_end, months_after, period_key
from portal.programme.problems import Invalid, Problem
from portal.programme.reference import filled_in
from portal.programme.rewards import Limit, Reward, Slider
from portal.programme.schema import Programme, schema_json
from portal.programme.service import active, publish, refresh, source_of, version, versions
from portal.programme.source import Loaded, catalogue_keys, load, parse
from portal.programme.words import Contact, Joining, Named, Page, Pages, Question

__all__ = [
    "FOREVER",
    "INK",
    "WHITE",
    "Activity",
    "Board",
    "Brand",
    "Campaign",
    "Cap",
    "Change",
    "Charity",
    "ChosenDay",
    "Contact",
    "CurrencyRate",
    "Dividend",
    "EarnRule",
    "Entry",
    "Expiry",
    "Funding",
    "Gift",
    "Giving",
    "Goal",
    "Grant",
    "Invalid",
    "Joining",
    "Limit",
    "Loaded",
    "Matching",
    "Multiplier",
    "Named",
    "Orders",
    "Page",
    "Pages",
    "Pause",
    "Period",
    "Perk",
    "Plan",
    "Prize",
    "Problem",
    "Programme",
    "Question",
    "Referral",
    "ReferralOffer",
    "Reward",
    "Slider",
    "Step",
    "Support",
    "Tier",
    "TierRules",
    "Unit",
    "When",
    "Worth",
    "active",
    "catalogue_keys",
    "contrast",
    "diff",
    "filled_in",
    "first_day",
    "last_day",
    "load",
    "month_end",
    "months_after",
    "parse",
    "period_key",
    "publish",
    "refresh",
    "schema_json",
    "source_of",
    "version",
    "versions",
]
