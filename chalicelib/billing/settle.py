"""Settling: carrying out what time alone has made due, step by step, in the order of its moments. Pure.

docs/rules.md, "Time first". Sweep, click, credit and close all settle first, so the books do not depend on
when a job ran.
"""

from dataclasses import dataclass

from chalicelib.billing.account import Account, Status
from chalicelib.billing.change import Change, Draft
from chalicelib.billing.chart import EntryKind, prepaid, revenue
from chalicelib.billing.dunning import Due, Step, end_at, levels_due, next_step
from chalicelib.billing.journal import Posting, Unposted
from chalicelib.billing.meters import Deduction, Meter
from chalicelib.billing.policy import Policy
from chalicelib.billing.spending import WHOLE, caps_reached, spending
from chalicelib.billing.usage import Kind
from chalicelib.clock import date_of
from chalicelib.ids import Ids
from chalicelib.money import ASSETS
from chalicelib.notices.messages import Topic


@dataclass(frozen=True, slots=True)
class Settlement:
    """Decides steps. `now` stamps what is written; the moments of the steps are their own."""

    policy: Policy
    ids: Ids

    def due(self, account: Account, now: int) -> Due | None:
        """The step to carry out first, or None."""
        return next_step(account, now, self.policy)

    def step(self, due: Due, account: Account, meters: tuple[Meter, ...], now: int) -> Change:
        """The change that carries out one step."""
        draft = Draft(account, max(due.moment, account.at), self.policy, self.ids, now)
        if due.step in (Step.LAST_CALL, Step.NOTICE):
            draft = Draft(account, max(now, account.at), self.policy, self.ids, now)
        match due.step:
            case Step.LEASE:
                end_leases(draft, meters)
            case Step.CAP:
                tell_cap(draft)
            case Step.RESTORE:
                restore(draft, meters)
            case Step.RUN_OUT:
                suspend(draft, meters)
            case Step.CLOSE:
                close(draft, due.moment, meters)
            case Step.LAST_CALL:
                last_call(draft)
            case Step.END:
                end_for_good(draft, meters)
            case Step.NOTICE:
                notify(draft)
        return draft.done()


def end_leases(draft: Draft, meters: tuple[Meter, ...]) -> None:
    """What is leased until this second is as if its owner had asked to stop it now."""
    moment, charged = draft.moment, draft.account.status is Status.ACTIVE
    for meter in sorted(meters, key=_by_id):
        if meter.lease_ends_at is None or meter.lease_ends_at > moment:
            continue
        after = meter.lapsed(moment, charged=charged)
        draft.meter(meter, after)
        if not meter.resumes:
            draft.tell(
                Topic.LEASE_ENDED, subject_id=meter.meter_id, name=meter.name, rate=after.wished_price, ended_at=moment
            )
    draft.set(leases={ends_at: lapse for ends_at, lapse in draft.account.leases.items() if ends_at > moment})


def tell_cap(draft: Draft) -> None:
    """Of the parts of the cap that are reached together only the highest is told, and all are disarmed."""
    reached, seen = caps_reached(draft.account), spending(draft.account)
    draft.set(caps_armed=draft.account.caps_armed - frozenset(reached))
    facts = {"cap": seen.cap or 0, "spent": seen.spent, "month_ends_at": seen.month_ends_at}
    if max(reached) >= WHOLE:
        draft.tell(Topic.SPENDING_CAP_REACHED, **facts)
    else:
        draft.tell(Topic.SPENDING_CAP_NEAR, percent=max(reached), **facts)


def suspend(draft: Draft, meters: tuple[Meter, ...]) -> None:
    """All meters stop at the second that can not be paid; each server and service gets its own message."""
    moment = draft.moment
    for meter in sorted(meters, key=_by_id):
        if not meter.live:
            continue
        if meter.price:
            draft.meter(meter, meter.at_price(0, moment))
        topic = Topic.RENTAL_SUSPENDED if meter.kind is Kind.RENTAL else Topic.SERVICE_SUSPENDED
        draft.tell(topic, subject_id=meter.meter_id, name=meter.name, suspended_at=moment)
    draft.set(status=Status.SUSPENDED, suspended_at=moment, last_top_up_at=None, last_call_at=None)
    account = draft.account
    facts = {"balance": account.balance(moment), "suspended_at": moment, "missing": account.restore_missing}
    if account.totals.live:
        facts["ends_at"] = end_at(account, draft.policy)
    draft.tell(Topic.ACCOUNT_SUSPENDED, **facts)


def restore(draft: Draft, meters: tuple[Meter, ...]) -> None:
    """The account is active again. Services and stopped servers' disks are charged from this second.

    A server that its owner wishes running is charged once it has been seen running.
    """
    for meter in sorted(meters, key=_by_id):
        if meter.live and meter.resumes:
            draft.meter(meter, meter.at_price(meter.wished_price, draft.moment))
    _activate(draft)
    draft.tell(Topic.ACCOUNT_RESTORED, balance=draft.account.balance(draft.moment), restored_at=draft.moment)


def _activate(draft: Draft) -> None:
    draft.set(status=Status.ACTIVE, suspended_at=None, last_top_up_at=None, last_call_at=None)


def close(draft: Draft, midnight: int, meters: tuple[Meter, ...]) -> None:
    """Book what was used before a midnight: one entry for each meter, at most a transaction full of them."""
    used = [meter for meter in sorted(meters, key=_by_id) if meter.used_before(midnight)]
    for meter in used[: draft.policy.meters_in_one_close]:
        after, deduction = meter.booked_at(midnight)
        draft.meter(meter, after)
        draft.post(deduction_entry(meter, deduction, midnight, draft.account))
    if len(used) <= draft.policy.meters_in_one_close:
        draft.set(unclosed_since=midnight if draft.account.totals.rate else None)


def deduction_entry(meter: Meter, deduction: Deduction, until: int, account: Account) -> Unposted:
    """The entry of a deduction that takes in the use of one day up to `until`: its end, or a second in it."""
    asset = ASSETS[account.currency or ""]
    day = date_of(until - 1)
    return Unposted(
        kind=EntryKind.USAGE,
        description=f"{meter.name} ({meter.code}), {day}",
        created_at=until,
        postings=(
            Posting(prepaid(account.account_id), asset, -deduction.amount),
            Posting(revenue(meter.kind), asset, deduction.amount),
        ),
        cause=meter.meter_id,
        lines=deduction.lines,
        details={"meter_kind": str(meter.kind), "name": meter.name, "code": meter.code, "day": day},
    )


def last_call(draft: Draft) -> None:
    """Tell when everything halted will end for good."""
    draft.set(last_call_at=draft.moment)
    account = draft.account
    draft.tell(
        Topic.LAST_CALL,
        ends_at=end_at(account, draft.policy),
        missing=account.restore_missing,
        rentals=account.totals.live_rentals,
        services=account.totals.active_services,
    )


def end_for_good(draft: Draft, meters: tuple[Meter, ...]) -> None:
    """End what is halted. The account is active again, with nothing on it, unless it is below zero."""
    live = [meter for meter in sorted(meters, key=_by_id) if meter.live]
    for meter in live:
        draft.meter(meter, meter.ended(draft.moment))
    draft.tell(
        Topic.ENDED_FOR_GOOD,
        names=", ".join(meter.name for meter in live),
        ended_at=draft.moment,
        balance=draft.account.balance(draft.moment),
    )
    if not draft.account.overdrawn:
        _activate(draft)


def notify(draft: Draft) -> None:
    """Of the levels that fire together only the lowest is mailed, and all are disarmed."""
    account = draft.account
    levels = levels_due(account, draft.moment, draft.policy)
    fired = {**account.fired, **dict.fromkeys(levels, draft.moment)}
    draft.set(armed=account.armed - frozenset(levels), fired=fired)
    draft.tell(
        Topic.BALANCE_LOW,
        days=min(levels),
        balance=account.balance(draft.moment),
        rate=account.totals.rate,
        runs_out_at=account.runs_out_at or draft.moment,
    )


def _by_id(meter: Meter) -> str:
    return meter.meter_id
