"""What a plan is called, also where it is sold no longer and somebody still has it."""

from portal import programme as programmes
from portal.programme import Plan, Programme


def plan_known(active: Programme, key: str) -> Plan | None:
    """A plan as it is sold, or, for one that is sold no longer, as it was sold last; None for what never was one."""
    sold = next((plan for plan in active.plans if plan.key == key), None)
    if sold is not None or not key:
        return sold
    before = (programmes.version(row.number) for row in programmes.versions())
    return next((plan for one in before for plan in one.plans if plan.key == key), None)


def label_of(active: Programme, key: str) -> str:
    """What a plan is or was called; its key where nobody knows."""
    plan = plan_known(active, key)
    return key if plan is None else plan.label


def is_sold_otherwise(active: Programme, key: str) -> bool:
    """Whether what this plan brings can be had anew, by itself or by another plan of its label."""
    label = label_of(active, key)
    return any(one.label == label for one in active.plans_for_sale)
