"""The words of a programme file: names, legal texts, contact, questions, joining. They change nobody's points."""

from datetime import date

from pydantic import Field

from portal.programme.kinds import Label, Text, Word
from portal.programme.parts import Part


class Named(Part):
    """What a member reads for a word that shops send: a counter, an outside fact, a category, a brand, a tag ..."""

    key: Word = Field(
        description="the word as shops send it, or a counter of the file", examples=["rental-day"]
    )
    label: Label = Field(description="what a member reads, of many", examples=["rental days"])
    one: Label | None = Field(
        None, description="and of one; the label when left out", examples=["rental day"]
    )


class Page(Part):
    """One legal text."""

    title: Label = Field(description="heading", examples=["Terms"])
    paragraphs: tuple[Text, ...] = Field(description="one text each", examples=[["Joining is free."]])
    updated: date | None = Field(None, description="the day of the last change", examples=["2026-01-15"])


def _unwritten(title: str) -> Page:
    return Page(
        title=title, paragraphs=("This text has not been written yet. Please ask us at the address below.",)
    )


class Pages(Part):
    """The texts that the law asks for. Write all three before real members join."""

    terms: Page = Field(default_factory=lambda: _unwritten("Terms"), description="the rules of the programme")
    privacy: Page = Field(default_factory=lambda: _unwritten("Privacy"), description="what is kept and why")
    imprint: Page = Field(default_factory=lambda: _unwritten("Imprint"), description="who runs it")


class Contact(Part):
    """How a member reaches a person."""

    email: str = Field(
        pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$",
        max_length=254,
        description="address",
        examples=["hello@pennywren.example"],
    )
    phone: Label | None = Field(None, description="telephone", examples=["020 7946 0182"])
    hours: Label | None = Field(
        None, description="when somebody answers", examples=["Monday to Friday, 9 to 5"]
    )
    address: Text | None = Field(None, description="by post", examples=["4 Mill Lane, Exampleton EX1 2MP"])


class Question(Part):
    """A frequent question."""

    question: Label = Field(description="as a member asks it", examples=["When can I spend my points?"])
    answer: Text = Field(description="in plain words", examples=["14 days after the purchase."])


class Joining(Part):
    """The words of the joining page."""

    why_birthday: Text = Field(
        "You can leave it out. We use it for a greeting, and for nothing else.",
        description="why the birthday is asked",
        examples=["You can leave it out."],
    )
    consent_marketing: Text = Field(
        "Send me news and offers by e-mail. I can stop this at any time.",
        description="the words next to the box, kept with the consent",
        examples=["Send me news and offers by e-mail."],
    )
    terms_version: Label = Field("1", description="kept with the consent to the terms", examples=["2026-01"])
