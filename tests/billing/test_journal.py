"""The books: balanced entries, numbered without gaps, each naming the one before by its hash."""

import json
from dataclasses import replace
from hashlib import sha256

import pytest

from chalicelib.billing.chart import ADJUSTMENTS, EntryKind, prepaid, wallet
from chalicelib.billing.journal import Entry, Posting, Unposted, append, hash_of
from chalicelib.billing.place import GENESIS, Place
from chalicelib.billing.usage import UsageLine
from chalicelib.money import USD, Asset

ETH = Asset("ETH", 18)
ACCOUNT = "acct_1"


def facts(amount: int = 5, description: str = "thanks") -> Unposted:
    """An entry of a few micro-dollars."""
    postings = (Posting(prepaid(ACCOUNT), USD, amount), Posting(ADJUSTMENTS, USD, -amount))
    return Unposted(EntryKind.ADJUSTMENT, description, 1_000, postings, "adjm_1", (UsageLine(1, 3, 7),), {"day": "d"})


def chain(*amounts: int, recorded_at: int = 0) -> list[Entry]:
    """A journal."""
    entries: list[Entry] = []
    sequence, balance, previous = 0, 0, GENESIS
    for amount in amounts:
        entry = append(facts(amount), Place(ACCOUNT, "USD", sequence + 1, balance, previous), recorded_at)
        sequence, balance, previous = entry.sequence, entry.balance_after, entry.hash
        entries.append(entry)
    return entries


def test_postings_sum_to_zero() -> None:
    with pytest.raises(ValueError, match="do not sum to zero"):
        Unposted(EntryKind.TOP_UP, "", 0, (Posting(prepaid(ACCOUNT), USD, 5), Posting(ADJUSTMENTS, USD, -4)), "x")


def test_postings_sum_to_zero_for_each_asset() -> None:
    postings = (Posting(wallet("ETH"), ETH, 5), Posting(prepaid(ACCOUNT), USD, -5))
    with pytest.raises(ValueError, match="do not sum to zero"):
        Unposted(EntryKind.CONVERSION, "", 0, postings, "x")


def test_an_entry_carries_the_balance_after_it() -> None:
    assert [entry.balance_after for entry in chain(5, -2, 4)] == [5, 3, 7]


def test_entries_are_numbered_without_gaps() -> None:
    assert [entry.sequence for entry in chain(1, 1, 1)] == [1, 2, 3]


def test_each_entry_names_the_one_before() -> None:
    first, second, third = chain(1, 2, 3)
    assert first.previous_hash == GENESIS
    assert (second.previous_hash, third.previous_hash) == (first.hash, second.hash)


def test_the_hash_is_of_canonical_json_that_anybody_can_make() -> None:
    entry = chain(5)[0]
    text = json.dumps(entry.body(), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    assert entry.hash == sha256(text.encode()).hexdigest()


def test_a_late_job_writes_the_identical_chain() -> None:
    on_time, late = chain(1, 2, recorded_at=1_000), chain(1, 2, recorded_at=999_999)
    assert [entry.hash for entry in on_time] == [entry.hash for entry in late]


@pytest.mark.parametrize(
    "tampered",
    [
        {"amount": 6}, {"balance_after": 6}, {"sequence": 2}, {"account_id": "acct_2"}, {"previous_hash": "1" * 64},
        {"facts": facts(6)}, {"facts": facts(description="thank you")}, {"facts": replace(facts(), created_at=1_001)},
        {"facts": replace(facts(), cause="adjm_2")}, {"facts": replace(facts(), kind=EntryKind.TOP_UP)},
        {"facts": replace(facts(), lines=(UsageLine(1, 3, 8),))}, {"facts": replace(facts(), lines=())},
        {"facts": replace(facts(), details={"day": "e"})},
    ],
)  # fmt: skip
def test_whatever_is_changed_shows(tampered: dict[str, object]) -> None:
    entry = chain(5)[0]
    forged = entry._replace(**tampered)  # type: ignore[arg-type]
    assert hash_of(forged.body()) != entry.hash


def test_an_entry_taken_out_breaks_the_chain() -> None:
    first, _, third = chain(1, 2, 3)
    assert third.previous_hash != first.hash
