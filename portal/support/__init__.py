"""Support: staff find a member, see what she sees for a quarter of an hour, and put her points right.

It owns visits, adjustments and the audit, also of who works here and of keys. It refuses to look without a ticket, a
reason and a fresh proof, at one's own pages, a colleague's, or those of a member who does not want it; to write
anything during a visit; to adjust one's own points or more than a day's limit; to give a plan more than two years
ahead. It never signs anybody in as a member, and never edits: points are put right by further entries in the name of
who did it.
"""

from portal.support.acting import note_refusal
from portal.support.adjusting import adjust, adjusted_on
from portal.support.audit import faults
from portal.support.giving_plans import give_plan, take_back_plan
from portal.support.models import APPEND_ONLY, Adjustment, Audit, AuditChain, Visit
from portal.support.noting import note_activity, vouched
from portal.support.pausing import pause_tier
from portal.support.rules import PERMISSIONS, ROLES, may
from portal.support.staffing import COMMAND_LINE, note_command, note_way_in
from portal.support.visiting import (
    Looked,
    Onlooker,
    allow_visits,
    begin_visit,
    load_person,
    may_be_visited,
    stop,
    visits_of,
)

__all__ = [
    "APPEND_ONLY",
    "COMMAND_LINE",
    "PERMISSIONS",
    "ROLES",
    "Adjustment",
    "Audit",
    "AuditChain",
    "Looked",
    "Onlooker",
    "Visit",
    "adjust",
    "adjusted_on",
    "allow_visits",
    "begin_visit",
    "faults",
    "give_plan",
    "load_person",
    "may",
    "may_be_visited",
    "note_activity",
    "note_command",
    "note_refusal",
    "note_way_in",
    "pause_tier",
    "stop",
    "take_back_plan",
    "visits_of",
    "vouched",
]
