"""People: who exists. Members, the directory of what is unique among them, their consents, children and facts; staff.

It joins, finds and links; it refuses (`conflict`) to give one address or one id to two members. It knows nothing of
points, sessions or mail.
"""

from portal.people.attributes import attribute, attributes_on, mail_bounces, set_attribute
from portal.people.children import MOST_CHILDREN, Child, children, put_children
from portal.people.models import Consent, Directory, FormerAddress, Member, Staff
from portal.people.queries import (
    by_email,
    by_ref,
    consents,
    former_owners,
    has_left,
    owner_of,
    search,
    staff_by_email,
    staff_list,
    taken,
)
from portal.people.service import (
    Newcomer,
    Profile,
    address_hash,
    change,
    consent,
    join,
    join_all,
    keyed_hash,
    leave,
    link,
    move,
    normal_address,
    note_address,
    prove_address,
    release,
    reserve,
    take,
    take_all,
)
from portal.people.staff import add_staff, disable_staff

__all__ = [
    "MOST_CHILDREN",
    "Child",
    "Consent",
    "Directory",
    "FormerAddress",
    "Member",
    "Newcomer",
    "Profile",
    "Staff",
    "add_staff",
    "address_hash",
    "attribute",
    "attributes_on",
    "by_email",
    "by_ref",
    "change",
    "children",
    "consent",
    "consents",
    "disable_staff",
    "former_owners",
    "has_left",
    "join",
    "join_all",
    "keyed_hash",
    "leave",
    "link",
    "mail_bounces",
    "move",
    "normal_address",
    "note_address",
    "owner_of",
    "prove_address",
    "put_children",
    "release",
    "reserve",
    "search",
    "set_attribute",
    "staff_by_email",
    "staff_list",
    "take",
    "take_all",
    "taken",
]
