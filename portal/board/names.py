"""How members are called on the board: by a first name, never as the team, and never by what is no name. Pure."""

import unicodedata

from portal.board.rules import visible

MOST = 40
TEAM = ("From the team", "운영팀")  # what stands beside the team's own words, in every language that there is
_ROLES = ("team", "staff", "support", "admin", "administrator", "moderator", "official", "관리자")
# Letters of other alphabets that look like these (those of Unicode's confusables that this needs).
_LOOKALIKE = str.maketrans(
    dict(
        zip(
            "\u0430\u0435\u043e\u0440\u0441\u0442\u043c\u0445\u0443\u0456\u043a\u0455\u0501\u04cf",
            "aeopctmxyiksdl",
            strict=True,
        )
    )
    | dict(zip("\u03b1\u03b5\u03bf\u03c1\u03c4\u03b9\u03ba\u03bd\u0131\u0261", "aeoptikvig", strict=True))
)


def shown_name(name: str | None, programme: str = "") -> str:
    """How a member is called: her first name and an initial. Empty for one who has told none, or an address, or only
    figures (which may be a telephone number), and for a name that comes to the team's or the `programme`'s.

    A name that begins with the family is turned where a comma says so. Where the family is written first without one
    (Chinese, Japanese, Korean), it is the given name.
    """
    told = visible(unicodedata.normalize("NFKC", visible(name or "")))
    if "@" in told:
        return ""
    family, _, given = told.partition(",")
    words = _words(f"{given} {family}")
    if not words:
        return ""
    called = _called(words)[:MOST]
    return "" if _is_taken(words, called, programme) else called


def _words(told: str) -> list[str]:
    """The words that have a letter, without their figures."""
    plain = "".join(one for one in told if not unicodedata.category(one).startswith("N"))
    return [word for word in plain.split() if any(one.isalpha() for one in word)]


def _called(words: list[str]) -> str:
    if all(_is_east_asian(word) for word in words):
        return _given(words[0]) if len(words) == 1 else words[-1]
    if len(words) == 1:
        return words[0]
    return f"{words[0]} {next(one for one in words[-1] if one.isalpha()).upper()}."


def _given(word: str) -> str:
    """Of a name in one word: two letters, or letters of sounds alone, are a given name; of more the last two are."""
    sounds = all(unicodedata.name(one, "").startswith(("HIRAGANA", "KATAKANA")) for one in word)
    return word if sounds or len(word) <= 2 else word[-2:]


def _is_east_asian(word: str) -> bool:
    return all(
        unicodedata.name(letter, "").startswith(("HANGUL", "CJK", "HIRAGANA", "KATAKANA")) for letter in word
    )


def _is_taken(words: list[str], called: str, programme: str) -> bool:
    """Whether readers would take this for the team or the shop, whatever letters it is written in."""
    shop = programme.split()
    beginnings = {_folded("".join(shop[: count + 1])) for count in range(len(shop))}  # Penny of Penny Rewards
    labels = {_folded(one) for one in (*TEAM, programme)}
    parts = "".join(one if one.isalnum() else " " for one in _plain(" ".join(words))).split()
    return (
        _folded("".join(words)) in beginnings | labels
        or not labels.isdisjoint({_folded(called), _folded(words[0])})
        or not {_folded(one) for one in _ROLES}.isdisjoint(parts)
    )


def _plain(words: str) -> str:
    """In small letters without marks, and those that only look like Latin ones as these."""
    spread = unicodedata.normalize("NFKD", words).casefold().translate(_LOOKALIKE)
    return "".join(one for one in spread if not unicodedata.category(one).startswith("M"))


def _folded(words: str) -> str:
    return "".join(one for one in _plain(words) if one.isalnum())
