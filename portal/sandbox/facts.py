"""What the stand-in shop is told when the demonstration starts, in a file that its owner alone may read."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Guest:
    """A member whom the till knows: her id in the shop, her address and the number of her card."""

    who: str
    ref: str
    email: str
    number: str


@dataclass(frozen=True, slots=True)
class Doing:
    """An activity that the till can send; `asks` is what counts it: `quantity`, an attribute's name, or nothing."""

    key: str
    label: str
    asks: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What a shop is told by who runs the portal: where its API is, a key, and here also whom to try it with.

    `unit` is the word for many points, empty where the balance is money. `choices` are the words that the programme
    tells sales apart by (channel, payment, category, brand, tag), `note` a sentence for who looks at the till.
    """

    port: int
    certificate: str | None
    key: str
    currency: str
    guests: tuple[Guest, ...]
    unit: str = "points"
    choices: dict[str, tuple[str, ...]] = field(default_factory=dict)
    counts_quantity: bool = False
    doings: tuple[Doing, ...] = ()
    note: str = ""

    def write(self, file: Path) -> None:
        """Keep them in a file that only the owner may read: the key is a secret."""
        file.touch(mode=0o600)
        file.write_text(json.dumps(asdict(self), indent=1))

    @classmethod
    def read(cls, file: Path) -> "Facts":
        """The facts of a file again."""
        facts = json.loads(file.read_text())
        lists: dict[str, Any] = {
            "guests": tuple(Guest(**guest) for guest in facts["guests"]),
            "choices": {name: tuple(words) for name, words in facts.get("choices", {}).items()},
            "doings": tuple(Doing(**doing) for doing in facts.get("doings", [])),
        }
        return cls(**{**facts, **lists})
