"""The contract of a BooksStore. A test module inherits it, says how to make a store, and runs it on its engine.

    class TestMemoryBooks(BooksStoreContract):
        def make_store(self) -> BooksStore: ...

Every test uses an account of its own, so the tables may be shared.
"""

import threading
from dataclasses import replace
from random import Random

import pytest

from chalicelib.billing.account import Account, Status
from chalicelib.billing.adjustments import book_adjustment
from chalicelib.billing.change import Change, Draft
from chalicelib.billing.chart import ADJUSTMENTS, EntryKind, prepaid, revenue
from chalicelib.billing.journal import Posting, Unposted
from chalicelib.billing.meters import Meter
from chalicelib.billing.policy import Policy
from chalicelib.billing.store import DUE_SHARDS, Adjustment, BooksStore, EntryFilter
from chalicelib.billing.usage import Kind, UsageLine
from chalicelib.clock import DAY
from chalicelib.errors import LostRace, NotFound
from chalicelib.ids import Ids
from chalicelib.money import USD
from chalicelib.notices.messages import Topic

NOW = 20_000 * DAY + 100
IDS = Ids(Random(11).randbytes)
SYSTEM_IDS = Ids()
"""Accounts are new in every run: an engine's tables may outlive one."""


def begin(account: Account, moment: int = NOW) -> Draft:
    """A change to what was read."""
    return Draft(account, moment, Policy(), IDS, recorded_at=moment)


def nudge(account: Account) -> Change:
    """A change that says nothing but that somebody was here."""
    return begin(account).done()


def a_meter(account: Account, name: str = "train", price: int = 3_600) -> Meter:
    """A server that runs."""
    return Meter(
        meter_id=f"rent_{name}",
        account_id=account.account_id,
        kind=Kind.RENTAL,
        name=name,
        code="g5.xlarge",
        full_price=price,
        wished_price=price,
        resumes=False,
        price=price,
        since=NOW,
        started_at=NOW,
    )


def top_up(account: Account, amount: int, moment: int = NOW, kind: EntryKind = EntryKind.TOP_UP) -> Unposted:
    """An entry of a kind at a moment."""
    postings = (Posting(prepaid(account.account_id), USD, amount), Posting(ADJUSTMENTS, USD, -amount))
    return Unposted(kind, f"{kind} of {amount}", moment, postings, cause=f"cause_{amount}")


class BooksStoreContract:
    """What every store of the books does."""

    def make_store(self) -> BooksStore:
        """The store under test, empty or not."""
        raise NotImplementedError

    @pytest.fixture
    def store(self) -> BooksStore:
        return self.make_store()

    @pytest.fixture
    def account(self, store: BooksStore) -> Account:
        """A new account in USD, as the store gives it back."""
        account_id = SYSTEM_IDS.new("acct", NOW)
        opened = Account(account_id=account_id, owner_id="user_owner", at=NOW, currency="USD")
        store.commit(None, [store.opening(opened)])
        assert store.account(account_id) == opened
        return opened

    # ---- accounts

    def test_an_account_that_nobody_opened_is_not_found(self, store: BooksStore) -> None:
        with pytest.raises(NotFound):
            store.account(SYSTEM_IDS.new("acct", NOW))

    def test_an_account_is_opened_once(self, store: BooksStore, account: Account) -> None:
        with pytest.raises(LostRace):
            store.commit(None, [store.opening(replace(account, owner_id="user_other"))])
        assert store.account(account.account_id) == account

    def test_an_account_without_a_currency_comes_back_without(self, store: BooksStore) -> None:
        account = Account(account_id=SYSTEM_IDS.new("acct", NOW), owner_id="user_owner", at=NOW)
        store.commit(None, [store.opening(account)])
        assert store.account(account.account_id) == account

    def test_every_field_of_an_account_comes_back(self, store: BooksStore, account: Account) -> None:
        draft = begin(account, NOW + 5)
        draft.meter(None, replace(a_meter(account), lease_ends_at=NOW + 9, lease_price=360))
        draft.meter(None, replace(a_meter(account, "other"), lease_ends_at=NOW + 8, lease_price=10**15))
        draft.post(top_up(account, 25_000_000))
        draft.set(
            spending_cap=10**15,
            spent=10**20 + 1,
            caps_armed=frozenset({80}),
            verified=True,
            status=Status.SUSPENDED,
            rental_limit=7,
            unclosed_since=NOW,
            fired={7: NOW - 9, 1: NOW},
            suspended_at=NOW,
            last_top_up_at=NOW + 1,
            last_call_at=NOW + 2,
            money_expected_until=NOW + 3,
            closed_at=NOW + 4,
        )
        self.commit_and_compare(store, draft.done())

    def test_fields_that_were_set_can_be_none_again(self, store: BooksStore, account: Account) -> None:
        draft = begin(account)
        draft.set(suspended_at=NOW, last_top_up_at=NOW, last_call_at=NOW, money_expected_until=NOW, unclosed_since=NOW)
        draft.set(spending_cap=1)
        full = self.commit_and_compare(store, draft.done())
        draft = begin(full)
        draft.set(suspended_at=None, last_top_up_at=None, last_call_at=None, money_expected_until=None)
        draft.set(unclosed_since=None, fired={}, armed=frozenset(), spending_cap=None, caps_armed=frozenset())
        self.commit_and_compare(store, replace(draft.done(), after=replace(draft.account, version=full.version + 1)))

    def test_amounts_are_exact_however_large(self, store: BooksStore, account: Account) -> None:
        draft = begin(account)
        draft.post(top_up(account, 10**15))
        draft.meter(None, replace(a_meter(account), units=10**20 + 1, lines=(UsageLine(NOW - 9, NOW, 10**15 + 1),)))
        self.commit_and_compare(store, draft.done())

    def test_a_balance_below_zero_comes_back(self, store: BooksStore, account: Account) -> None:
        draft = begin(account)
        draft.post(top_up(account, -1))
        assert self.commit_and_compare(store, draft.done()).ledger == -1

    def test_of_two_writers_that_read_the_same_version_the_second_loses(
        self, store: BooksStore, account: Account
    ) -> None:
        first, second = begin(account), begin(account)
        first.post(top_up(account, 100))
        second.post(top_up(account, 7))
        store.commit(first.done(), ())
        with pytest.raises(LostRace):
            store.commit(second.done(), ())
        assert store.account(account.account_id).ledger == 100
        assert [entry.amount for entry in store.journal(account.account_id)] == [100]

    def test_an_account_that_nobody_opened_can_not_be_changed(self, store: BooksStore, account: Account) -> None:
        with pytest.raises(LostRace):
            store.commit(nudge(replace(account, account_id=SYSTEM_IDS.new("acct", NOW))), ())

    def test_of_many_writers_at_once_exactly_one_wins(self, store: BooksStore, account: Account) -> None:
        """Threads, one version: whatever the engine does under contention, one credit is in the books."""
        gate, won = threading.Barrier(8), []

        def write(amount: int) -> None:
            draft = begin(account)
            draft.post(top_up(account, amount))
            gate.wait()
            try:
                store.commit(draft.done(), ())
                won.append(amount)
            except LostRace:
                pass

        threads = [threading.Thread(target=write, args=(amount,)) for amount in range(1, 9)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(won) == 1
        assert [entry.amount for entry in store.journal(account.account_id)] == won
        assert store.account(account.account_id).ledger == won[0]

    # ---- meters

    def test_a_new_account_has_no_meters(self, store: BooksStore, account: Account) -> None:
        assert store.meters(account.account_id) == ()

    def test_meters_come_back_as_they_were_written(self, store: BooksStore, account: Account) -> None:
        lines = (UsageLine(NOW - 50, NOW - 20, 3_601), UsageLine(NOW - 20, NOW, 7))
        draft = begin(account)
        draft.meter(None, a_meter(account, "one"))
        draft.meter(None, replace(a_meter(account, "two"), kind=Kind.SERVICE, resumes=True, name="Größe [2] ✓"))
        draft.meter(None, replace(a_meter(account, "three", 0), ended_at=NOW, lines=lines, units=108_170, booked=5))
        self.commit_and_compare(store, draft.done())

    def test_a_meter_changes_with_its_version(self, store: BooksStore, account: Account) -> None:
        account, meter = self.with_meter(store, account)
        draft = begin(account, NOW + 10)
        draft.meter(meter, meter.at_price(7, NOW + 10))
        self.commit_and_compare(store, draft.done())

    def test_a_meter_that_is_gone_is_gone(self, store: BooksStore, account: Account) -> None:
        account, meter = self.with_meter(store, account)
        draft = begin(account)
        draft.meter(meter, None)
        self.commit_and_compare(store, draft.done())
        assert store.meters(account.account_id) == ()

    @pytest.mark.parametrize("removed", [False, True])
    def test_a_meter_that_moved_refuses_the_write(self, store: BooksStore, account: Account, removed: bool) -> None:
        account, meter = self.with_meter(store, account)
        stale = replace(meter, version=meter.version - 1)
        draft = begin(account)
        draft.meter(stale, None if removed else stale.at_price(7, NOW))
        with pytest.raises(LostRace):
            store.commit(draft.done(), ())
        assert store.meters(account.account_id) == (meter,)
        assert store.account(account.account_id) == account

    def test_a_meter_is_made_once(self, store: BooksStore, account: Account) -> None:
        account, meter = self.with_meter(store, account)
        draft = begin(account)
        draft.meter(None, a_meter(account))
        with pytest.raises(LostRace):
            store.commit(draft.done(), ())
        assert store.meters(account.account_id) == (meter,)

    def test_more_meters_than_one_page_of_a_query_holds(self, store: BooksStore, account: Account) -> None:
        """1 MB is a page of DynamoDB: meters with many lines exceed it."""
        lines = tuple(UsageLine(NOW + second, NOW + second + 1, 3_600) for second in range(1_500))
        meters = [replace(a_meter(account, f"n{number:02}"), lines=lines) for number in range(30)]
        for meter in meters:
            draft = begin(account)
            draft.meter(None, meter)
            account = draft.done().after
            store.commit(draft.done(), ())
        found = store.meters(account.account_id)
        assert {meter.meter_id for meter in found} == {meter.meter_id for meter in meters}
        assert all(meter.lines == lines for meter in found)

    # ---- journal

    def test_an_entry_comes_back_as_it_was_appended(self, store: BooksStore, account: Account) -> None:
        postings = (Posting(prepaid(account.account_id), USD, -5), Posting(revenue(Kind.RENTAL), USD, 5))
        lines = (UsageLine(NOW - 60, NOW - 30, 300), UsageLine(NOW - 30, NOW, 301))
        draft = begin(account)
        facts = Unposted(
            EntryKind.USAGE, "train (g5.xlarge), ✓", NOW - 7, postings, "rent_train", lines, {"day": "2026-03-01"}
        )
        entry = draft.post(facts)
        store.commit(draft.done(), ())
        assert list(store.journal(account.account_id)) == [entry]

    def test_an_entry_is_never_overwritten(self, store: BooksStore, account: Account) -> None:
        self.post(store, account, [100])
        forged = replace(account, version=store.account(account.account_id).version)
        draft = begin(forged)
        draft.post(top_up(account, 999))
        with pytest.raises(LostRace):
            store.commit(draft.done(), ())
        assert [entry.amount for entry in store.journal(account.account_id)] == [100]

    def test_the_journal_is_in_order_past_nine_entries(self, store: BooksStore, account: Account) -> None:
        self.post(store, account, list(range(1, 13)))
        assert [entry.sequence for entry in store.journal(account.account_id)] == list(range(1, 13))

    def test_pages_are_newest_first_and_say_where_the_next_begins(self, store: BooksStore, account: Account) -> None:
        self.post(store, account, [1, 2, 3, 4, 5])
        first = store.entries(account.account_id, EntryFilter(), None, 2)
        second = store.entries(account.account_id, EntryFilter(), first.before, 2)
        third = store.entries(account.account_id, EntryFilter(), second.before, 2)
        assert [[entry.amount for entry in page.entries] for page in (first, second, third)] == [[5, 4], [3, 2], [1]]
        assert (first.before, second.before, third.before) == (4, 2, None)

    def test_a_filtered_page_is_full_while_there_is_more(self, store: BooksStore, account: Account) -> None:
        """A page counts what was wanted, not what was read."""
        for amount in range(1, 9):
            kind = EntryKind.REFUND if amount in (1, 2, 8) else EntryKind.TOP_UP
            account = self.post(store, account, [amount], kind)
        wanted = EntryFilter(kind=EntryKind.REFUND)
        first = store.entries(account.account_id, wanted, None, 2)
        assert [entry.amount for entry in first.entries] == [8, 2]
        assert first.before is not None
        rest = store.entries(account.account_id, wanted, first.before, 2)
        assert ([entry.amount for entry in rest.entries], rest.before) == ([1], None)

    def test_a_filter_by_moment_takes_the_first_second_and_leaves_the_last(
        self, store: BooksStore, account: Account
    ) -> None:
        for moment in (NOW, NOW + 1, NOW + 2, NOW + 3):
            account = self.post(store, account, [moment], moment=moment)
        page = store.entries(account.account_id, EntryFilter(since=NOW + 1, until=NOW + 3), None, 10)
        assert [entry.facts.created_at for entry in page.entries] == [NOW + 2, NOW + 1]
        assert page.before is None

    def test_nothing_wanted_is_an_empty_last_page(self, store: BooksStore, account: Account) -> None:
        self.post(store, account, [1, 2, 3])
        page = store.entries(account.account_id, EntryFilter(kind=EntryKind.DISPUTE), None, 10)
        assert (page.entries, page.before) == ((), None)

    # ---- adjustments and other slices' writes

    def test_an_adjustment_is_found_by_its_reference(self, store: BooksStore, account: Account) -> None:
        adjustment = self.adjust(store, account, "ref/1", 5)
        assert store.adjustment(account.account_id, "ref/1") == adjustment
        assert store.adjustment(account.account_id, "ref/2") is None

    def test_a_reference_books_once(self, store: BooksStore, account: Account) -> None:
        self.adjust(store, account, "ref", 5)
        with pytest.raises(LostRace):
            self.adjust(store, store.account(account.account_id), "ref", 6)
        assert store.account(account.account_id).ledger == 5
        assert len(list(store.journal(account.account_id))) == 1

    def test_a_transaction_is_all_or_nothing(self, store: BooksStore, account: Account) -> None:
        """Of a change with a meter, an entry, a message and a refused write beside it, nothing is left."""
        self.adjust(store, account, "taken", 5)
        before = store.account(account.account_id)
        draft = begin(before)
        draft.meter(None, a_meter(account))
        draft.post(top_up(account, 100))
        draft.tell(Topic.ACCOUNT_RESTORED, balance=1, restored_at=NOW)
        taken = Adjustment(account.account_id, "taken", 9, "again", NOW)
        with pytest.raises(LostRace):
            store.commit(draft.done(), [store.adjusting(taken)])
        assert store.account(account.account_id) == before
        assert store.meters(account.account_id) == ()
        assert len(list(store.journal(account.account_id))) == 1

    def test_a_full_close_is_one_transaction(self, store: BooksStore, account: Account) -> None:
        """49 meters with their entries and the account: 99 items."""
        for number in range(49):
            draft = begin(account)
            draft.meter(None, a_meter(account, f"n{number:02}"))
            store.commit(draft.done(), ())
            account = draft.done().after
        draft = begin(account, NOW + 60)
        for meter in store.meters(account.account_id):
            draft.meter(meter, replace(meter, units=1, lines=(), since=NOW + 60))
            draft.post(top_up(account, 1))
        self.commit_and_compare(store, draft.done())
        assert len(list(store.journal(account.account_id))) == 49

    # ---- what is due

    def test_what_is_due_is_listed_from_its_moment_on(self, store: BooksStore, account: Account) -> None:
        change = replace(nudge(account), due_at=NOW + 10)
        store.commit(change, ())
        assert account.account_id not in self.due(store, NOW + 9)
        assert self.due(store, NOW + 10)[account.account_id] == NOW + 10

    def test_what_is_no_longer_due_is_not_listed(self, store: BooksStore, account: Account) -> None:
        store.commit(replace(nudge(account), due_at=NOW), ())
        store.commit(replace(nudge(store.account(account.account_id)), due_at=None), ())
        assert account.account_id not in self.due(store, NOW + DAY)

    def test_an_account_says_since_when_it_is_listed(self, store: BooksStore, account: Account) -> None:
        assert store.account(account.account_id).listed_at is None
        draft = begin(account)
        draft.meter(None, a_meter(account))
        change = draft.done()
        store.commit(change, ())
        assert store.account(account.account_id).listed_at == change.due_at == change.after.listed_at

    def test_a_new_account_is_not_due(self, store: BooksStore, account: Account) -> None:
        assert account.account_id not in self.due(store, NOW + 365 * DAY)

    def test_the_longest_due_comes_first(self, store: BooksStore, account: Account) -> None:
        for shard in range(DUE_SHARDS):
            moments = [due_at for _, due_at in store.due(shard, NOW + DAY)]
            assert moments == sorted(moments)

    def test_all_accounts_are_listed(self, store: BooksStore, account: Account) -> None:
        assert account in list(store.accounts())

    # ---- steps

    def commit_and_compare(self, store: BooksStore, change: Change) -> Account:
        """Commit, and find what was written, field by field."""
        before = store.meters(change.before.account_id)
        store.commit(change, ())
        account = store.account(change.before.account_id)
        assert account == change.after
        wanted = sorted(change.meters_after(before), key=lambda meter: meter.meter_id)
        assert sorted(store.meters(account.account_id), key=lambda meter: meter.meter_id) == wanted
        return account

    def with_meter(self, store: BooksStore, account: Account) -> tuple[Account, Meter]:
        draft = begin(account)
        draft.meter(None, a_meter(account))
        after = self.commit_and_compare(store, draft.done())
        return after, store.meters(account.account_id)[0]

    def post(
        self,
        store: BooksStore,
        account: Account,
        amounts: list[int],
        kind: EntryKind = EntryKind.TOP_UP,
        moment: int = NOW,
    ) -> Account:
        for amount in amounts:
            draft = begin(account, moment)
            draft.post(top_up(account, amount, moment, kind))
            account = draft.done().after
            store.commit(draft.done(), ())
        return account

    def adjust(self, store: BooksStore, account: Account, reference: str, amount: int) -> Adjustment:
        adjustment = Adjustment(account.account_id, reference, amount, "a reason", NOW)
        draft = begin(account)
        book_adjustment(draft, adjustment)
        store.commit(draft.done(), [store.adjusting(adjustment)])
        return adjustment

    def due(self, store: BooksStore, now: int) -> dict[str, int]:
        return {account_id: due_at for shard in range(DUE_SHARDS) for account_id, due_at in store.due(shard, now)}
