"""What a mapping may say, and how it is told when a file or a mapping is wrong."""

import gzip

import pytest

from portal.lab import BadInput, load_mapping, preset_names, read_history


def test_every_shipped_mapping_can_be_read():
    assert preset_names() == ("cdnow", "generic", "grocery", "online-retail")
    assert {load_mapping(name).name for name in preset_names()} == set(preset_names())


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("name = ", "not TOML"),
        ('name = "x"\ncurrency = "GBP"\n[columns]\norder = "o"\nmember = "m"\nplaced_at = "t"', "amount"),
        ('name = "x"\n[columns]\norder = "o"\nmember = "m"\nplaced_at = "t"\namount = "a"', "currency"),
        ('name = "x"\ncurrency = "GBP"\n[columns]\norder = "o"\nplaced_at = "t"\namount = "a"', "member"),
        ('name = "x"\nzone = "Mars/Base"\n[columns]\norder = "o"', "not a time zone"),
        ('name = "x"\ncolour = "red"\n[columns]\norder = "o"', "colour"),
    ],
)
def test_a_wrong_mapping_says_what_is_wrong(tmp_path, text, says):
    file = tmp_path / "mine.toml"
    file.write_text(text)
    with pytest.raises(BadInput, match=says):
        load_mapping(str(file))


def test_an_unknown_mapping_names_those_that_there_are(tmp_path):
    with pytest.raises(BadInput, match="cdnow, generic, grocery, online-retail"):
        load_mapping("shopify")
    with pytest.raises(BadInput, match="cannot be read"):
        load_mapping(str(tmp_path / "missing.toml"))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"order_id,customer_id\n", "no column ordered_on, total_cents"),
        (b"", "no column"),
        (b"order_id,customer_id,ordered_on,total_cents\n1,2,3,4\n\xff,2,3,4\n", ":3: not UTF-8"),
    ],
)
def test_a_file_that_cannot_be_read_says_where_and_what_to_do(tmp_path, content, says):
    file = tmp_path / "orders.csv"
    file.write_bytes(content)
    with pytest.raises(BadInput, match=says):
        read_history(file, load_mapping("cdnow"))


def test_a_packed_file_that_is_none_is_told(tmp_path):
    file = tmp_path / "orders.csv.gz"
    file.write_bytes(b"order_id\n")
    with pytest.raises(BadInput, match="cannot be read"):
        read_history(file, load_mapping("cdnow"))


def test_packed_or_plain_a_file_is_the_same_history(tmp_path):
    text = b"order_id,customer_id,ordered_on,total_cents\nA,007,1997-01-02,1177\nB,007,1997-01-01,0\n"
    (tmp_path / "orders.csv").write_bytes(text)
    (tmp_path / "orders.csv.gz").write_bytes(gzip.compress(text))
    plain, packed = (
        read_history(tmp_path / name, load_mapping("cdnow")) for name in ("orders.csv", "orders.csv.gz")
    )
    assert (plain.states, plain.sha256) == (packed.states, packed.sha256)
    assert [(state.number, state.member, state.draft["placed_at"]) for state in plain.states] == [
        ("B", "007", "1997-01-01T12:00:00+00:00"),
        ("A", "007", "1997-01-02T12:00:00+00:00"),
    ]


def test_columns_that_a_file_may_lack_are_used_where_it_has_them(tmp_path):
    file = tmp_path / "orders.csv"
    file.write_text(
        "order,email,placed_at,amount,currency,category,quantity\n1,a@example.com,2026-03-01T10:00:00Z,5.00,GBP,tea,2\n"
    )
    (state,) = read_history(file, load_mapping("generic")).states
    assert state.draft["member"] == {"email": "a@example.com"}
    assert state.draft["lines"] == [{"id": "1", "amount": "5.00", "category": "tea", "quantity": 2}]
