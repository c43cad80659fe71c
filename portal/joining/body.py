"""What a shop says of a member (`PUT /members/{id}`, contracts.md section 2), checked before anything is written."""

from datetime import datetime
from functools import cache
from typing import Annotated
from zoneinfo import available_timezones

from babel import Locale, UnknownLocaleError
from pydantic import AfterValidator, Field, field_validator

from portal.earning import At, Body, Email, Id
from portal.people import MOST_CHILDREN, Child, Profile


def _birthday(value: str) -> str:
    month_and_day = value[5:] if len(value) == 10 else value
    try:
        # A leap year: somebody born on 29 February has a birthday too (Reading 2).
        datetime.strptime(f"{value[:5] if len(value) == 10 else '2000-'}{month_and_day}", "%Y-%m-%d")  # noqa: DTZ007 - a day, no instant
    except ValueError:
        raise ValueError('a birthday is "MM-DD" or a date that exists') from None
    return month_and_day


def _country(value: str) -> str:
    if value not in _countries():
        raise ValueError('a country is an ISO 3166 code such as "GB"')
    return value


@cache
def _countries() -> frozenset[str]:
    return frozenset(Locale("en").territories)


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())  # it walks through a tree of files at each call


def _locale(value: str) -> str:
    try:
        return str(Locale.parse(value.replace("_", "-"), sep="-")).replace("_", "-")
    except (UnknownLocaleError, ValueError):
        raise ValueError('a locale is a tag such as "en-GB"') from None


def _timezone(value: str) -> str:
    if value not in _zones():
        raise ValueError('a time zone is a name such as "Europe/London"')
    return value


PRINTABLE = r"^[^\x00-\x1f\x7f\u2028\u2029]*$"
Name = Annotated[str, Field(min_length=1, max_length=120, pattern=PRINTABLE)]


class Consents(Body):
    """What the member agreed to at the shop."""

    marketing: Annotated[bool, Field(strict=True)] | None = None


class ChildBody(Body):
    """A child under the member's care: a nickname and a day of the year. The year of birth is nobody's business."""

    id: Id
    nickname: Annotated[str, Field(min_length=1, max_length=60, pattern=PRINTABLE)]
    birthday: Annotated[
        str, Field(pattern=r"^[0-9]{2}-[0-9]{2}$", examples=["06-14"]), AfterValidator(_birthday)
    ]

    @property
    def child(self) -> Child:
        """The same as a value."""
        return Child(self.id, self.nickname, self.birthday)


class MemberBody(Body):
    """A member as the shop knows her; a field that is left out stays as it is. Unknown fields are left unread."""

    email: Email | None = None
    email_verified: Annotated[
        bool, Field(strict=True, description="The shop vouches that the address is hers")
    ] = False
    name: Name | None = None
    phone: Annotated[str, Field(max_length=40, pattern=PRINTABLE)] | None = None
    birthday: (
        Annotated[
            str,
            Field(pattern=r"^([0-9]{4}-)?[0-9]{2}-[0-9]{2}$", examples=["06-14"]),
            AfterValidator(_birthday),
        ]
        | None
    ) = None
    country: (
        Annotated[str, Field(pattern=r"^[A-Z]{2}$", examples=["GB"]), AfterValidator(_country)] | None
    ) = None
    locale: Annotated[str, Field(max_length=16, examples=["en-GB"]), AfterValidator(_locale)] | None = None
    timezone: (
        Annotated[str, Field(max_length=64, examples=["Europe/London"]), AfterValidator(_timezone)] | None
    ) = None
    joined_at: At | None = None
    referral_code: (
        Annotated[
            str,
            Field(
                max_length=200,
                examples=["anna-7k2"],
                description="The code of the member who brought her, counted when she joins by this call",
            ),
        ]
        | None
    ) = None
    consents: Consents | None = None
    profiles: (
        Annotated[
            tuple[ChildBody, ...],
            Field(max_length=MOST_CHILDREN, description="The children under her membership, all of them"),
        ]
        | None
    ) = None

    @field_validator("profiles")
    @classmethod
    def _ids_differ(cls, value: tuple[ChildBody, ...] | None) -> tuple[ChildBody, ...] | None:
        if value is not None and len({child.id for child in value}) < len(value):
            raise ValueError("a profile's id comes twice")
        return value

    @property
    def profile(self) -> Profile:
        """What of it stands on the member."""
        return Profile(self.name, self.phone, self.birthday, self.country, self.locale, self.timezone)
