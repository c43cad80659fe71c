"""Mappings: which column of a file is what. Shipped ones are in maps/, a merchant writes her own as a TOML file."""

import tomllib
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

MAPS = Path(__file__).parent / "maps"


class BadInput(Exception):
    """A file or mapping that cannot be read at all; the message names file, line and what to do."""


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"{name!r} is not a time zone such as Europe/London") from None
    return name


Column = Annotated[str, Field(min_length=1)]


class Columns(BaseModel):
    """Names of a file's columns. Those of the line are told for each line of a grouped order."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    order: Column | None = None
    member: Column | None = None
    email: Column | None = None
    placed_at: Column | None = None
    amount: Column | None = None
    currency: Column | None = None
    refund_of: Column | None = None
    status: Column | None = None
    channel: Column | None = None
    shop: Column | None = None
    payment: Column | None = None
    sku: Column | None = None
    name: Column | None = None
    category: Column | None = None
    brand: Column | None = None
    kind: Column | None = None
    quantity: Column | None = None


class Mapping(BaseModel):
    """What a file means. `columns` must be there; `optional` ones are used where the file has them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(min_length=1, max_length=60)]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] | None = None
    amounts: Literal["minor", "major"] = "major"
    zone: Annotated[str, AfterValidator(_zone)] = "UTC"
    lines: Literal["one", "grouped"] = "one"
    columns: Columns
    optional: Columns = Columns()

    @model_validator(mode="after")
    def _says_enough(self) -> "Mapping":
        for needed in ("order", "placed_at", "amount"):
            if getattr(self.columns, needed) is None:
                raise ValueError(f"[columns] must say which column is {needed}")
        if not any(part.member or part.email for part in (self.columns, self.optional)):
            raise ValueError("[columns] must say which column is member, or email")
        if self.currency is None and self.columns.currency is None:
            raise ValueError('say currency = "GBP", or which column is currency')
        return self

    @property
    def identity(self) -> str:
        """Its name and the hash of what it says: a run goes on only under the very same mapping."""
        return f"{self.name}/{sha256(self.model_dump_json().encode()).hexdigest()}"


def preset_names() -> tuple[str, ...]:
    """The mappings that are shipped, in order."""
    return tuple(sorted(path.stem for path in MAPS.glob("*.toml")))


def load_mapping(name_or_file: str) -> Mapping:
    """The mapping of a preset's name or of a path that ends in .toml. Raises BadInput with what to do."""
    if name_or_file in preset_names():
        path = MAPS / f"{name_or_file}.toml"
    elif name_or_file.endswith(".toml"):
        path = Path(name_or_file)
    else:
        known = ", ".join(preset_names())
        raise BadInput(
            f"There is no mapping {name_or_file!r}: use one of {known}, or a file that ends in .toml."
        )
    try:
        return Mapping.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise BadInput(
            f"{path}: cannot be read ({error.strerror}). Check the path and who may read it."
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: not TOML: {error}.") from None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise BadInput(f"{path}: {place + ': ' if place else ''}{first['msg']}.") from None
