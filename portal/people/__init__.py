"""People: who exists. Members and the directory of what is unique among them, consents, staff.

It joins, finds and links; it refuses (`conflict`) to give one address or one id to two members. It knows nothing of
points, sessions or mail.
"""

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
)
from portal.people.service import (
    Profile,
    add_staff,
    address_hash,
    change,
    consent,
    disable_staff,
    join,
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

__all__ = [
    "Consent",
    "Directory",
    "FormerAddress",
    "Member",
    "Profile",
    "Staff",
    "add_staff",
    "address_hash",
    "by_email",
    "by_ref",
    "change",
    "consent",
    "consents",
    "disable_staff",
    "former_owners",
    "has_left",
    "join",
    "keyed_hash",
    "leave",
    "link",
    "move",
    "normal_address",
    "note_address",
    "owner_of",
    "prove_address",
    "release",
    "reserve",
    "search",
    "staff_by_email",
    "staff_list",
    "take",
    "take_all",
]
