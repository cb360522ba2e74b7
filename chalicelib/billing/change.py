"""Changes: the account, meters, entries and messages of one decision, carried out as one transaction."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from chalicelib.billing.account import Account
from chalicelib.billing.dunning import due_at, rearmed
from chalicelib.billing.journal import Entry, Unposted, append
from chalicelib.billing.meters import Meter
from chalicelib.billing.policy import Policy
from chalicelib.billing.spending import caps_rearmed
from chalicelib.billing.totals import Lapse, Totals
from chalicelib.ids import Ids
from chalicelib.notices.messages import Fact, Message, Topic


class MeterChange(NamedTuple):
    """A meter made (`before` is None), changed, or gone (`after` is None)."""

    before: Meter | None
    after: Meter | None

    @property
    def meter_id(self) -> str:
        meter = self.before or self.after
        assert meter is not None, "a meter change has a meter on at least one side"
        return meter.meter_id


@dataclass(frozen=True, slots=True)
class Change:
    """One decision, conditional on the versions of `before`."""

    before: Account
    after: Account
    due_at: int | None
    """When time alone makes something due next."""
    meters: tuple[MeterChange, ...]
    entries: tuple[Entry, ...]
    messages: tuple[Message, ...]

    def meters_after(self, meters: tuple[Meter, ...]) -> tuple[Meter, ...]:
        """All meters as they are once this has been committed."""
        changed = {change.meter_id: change.after for change in self.meters}
        kept = [changed.pop(meter.meter_id, meter) for meter in meters]
        return tuple(meter for meter in [*kept, *changed.values()] if meter is not None)


@dataclass(slots=True)
class Draft:
    """Collects one decision at one moment. Whatever happens to a meter, the account moves by the difference."""

    before: Account
    moment: int
    policy: Policy
    ids: Ids
    recorded_at: int
    account: Account = field(init=False)
    _meters: dict[str, MeterChange] = field(init=False, default_factory=dict)
    _entries: list[Entry] = field(init=False, default_factory=list)
    _messages: list[Message] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self.account = self.before.folded(self.moment)

    def set(self, **fields: object) -> None:
        """Set fields of the account that no meter or entry moves."""
        self.account = replace(self.account, **fields)  # type: ignore[arg-type]

    def meter(self, before: Meter | None, after: Meter | None) -> None:
        """Make, change or remove a meter."""
        first = MeterChange(before, after)
        known = self._meters.get(first.meter_id)
        change = first if known is None else MeterChange(known.before, after)
        stamped = after and replace(after, version=(change.before.version if change.before else 0) + 1)
        self._meters[first.meter_id] = MeterChange(change.before, stamped)
        moved = self._units(after) - self._units(before)
        totals = self.account.totals + (_totals(after) - _totals(before))
        leases = _leases(self.account.leases, before, after)
        self.account = replace(self.account, unbooked=self.account.unbooked + moved, totals=totals, leases=leases)

    def post(self, facts: Unposted) -> Entry:
        """Append an entry to the account's journal."""
        entry = append(facts, self.account.next_place(), self.recorded_at)
        self._entries.append(entry)
        self.account = replace(
            self.account, ledger=entry.balance_after, sequence=entry.sequence, last_hash=entry.hash
        )
        return entry

    def tell(self, topic: Topic, **facts: Fact) -> None:
        """Write a message with the change."""
        message_id = self.ids.new("mesg", self.moment)
        self._messages.append(Message(self.before.account_id, message_id, topic, self.moment, facts))

    def done(self) -> Change:
        """The finished change: levels armed again where the balance lasts longer, and what is due next."""
        account = self.account
        if account.unclosed_since is None and account.totals.rate > 0:
            account = replace(account, unclosed_since=self.moment)
        armed, caps_armed = rearmed(account, self.policy), caps_rearmed(account, self.policy)
        after = replace(account, armed=armed, caps_armed=caps_armed, version=self.before.version + 1)
        due = due_at(after, self.policy)
        after = replace(after, listed_at=due)
        meters = tuple(self._meters.values())
        return Change(self.before, after, due, meters, tuple(self._entries), tuple(self._messages))

    def _units(self, meter: Meter | None) -> int:
        return meter.units_at(self.moment) if meter else 0


def _leases(leases: Mapping[int, Lapse], before: Meter | None, after: Meter | None) -> Mapping[int, Lapse]:
    """The account's leases where one meter has changed.

    A meter that was read after its account may have a lease that the account has not. Then the commit loses its race.
    """
    found = dict(leases)
    if before is not None and before.lease_ends_at is not None:
        found[before.lease_ends_at] = found.get(before.lease_ends_at, Lapse()) - before.lapse
    if after is not None and after.lease_ends_at is not None:
        found[after.lease_ends_at] = found.get(after.lease_ends_at, Lapse()) + after.lapse
    return {moment: lapse for moment, lapse in found.items() if lapse.meters > 0}


def _totals(meter: Meter | None) -> Totals:
    return meter.totals if meter else Totals()
