"""What is due, and when: every moment at which time alone changes an account. Pure.

docs/rules.md, "When the balance runs low". Everything here is told from the account record alone, so that one read
answers what is due next.
"""

from enum import IntEnum
from typing import NamedTuple

from chalicelib.billing.account import Account, Status
from chalicelib.billing.policy import Policy
from chalicelib.billing.spending import cap_due_at
from chalicelib.clock import DAY, next_midnight


class Step(IntEnum):
    """What time makes due. Of several at one moment the lower goes first."""

    LEASE = 1
    RESTORE = 2
    RUN_OUT = 3
    CLOSE = 4
    CAP = 5
    LAST_CALL = 6
    END = 7
    NOTICE = 8


class Due(NamedTuple):
    """A step and the moment at which it falls due."""

    moment: int
    step: Step


def next_step(account: Account, now: int, policy: Policy) -> Due | None:
    """The first step that is due by `now`, in the order of their moments; None when nothing is.

    Last call and notices come last, whenever they fell due: they tell how things stand when they are written, so what
    changes things goes first.
    """
    due = [step for step in _book_steps(account, policy) if step.moment <= now]
    if due:
        return min(due, key=lambda step: (now if step.step is Step.LAST_CALL else step.moment, step.step))
    if account.status is Status.ACTIVE and levels_due(account, now, policy):
        return Due(now, Step.NOTICE)
    return None


def due_at(account: Account, policy: Policy) -> int | None:
    """The next moment at which time alone makes something due, or None."""
    moments = [step.moment for step in _book_steps(account, policy)]
    if account.status is Status.ACTIVE:
        moments += [moment for level in account.armed if (moment := _fires_at(account, level, policy)) is not None]
    return min(moments, default=None)


def _book_steps(account: Account, policy: Policy) -> list[Due]:
    steps = [_run_out(account)] if account.status is Status.ACTIVE else _suspended_steps(account, policy)
    steps += [_protection(min(account.leases, default=None), Step.LEASE), _protection(cap_due_at(account), Step.CAP)]
    if account.unclosed_since is not None:
        steps.append(Due(next_midnight(account.unclosed_since), Step.CLOSE))
    return [step for step in steps if step is not None]


def _protection(moment: int | None, step: Step) -> Due | None:
    return None if moment is None else Due(moment, step)


def _run_out(account: Account) -> Due | None:
    moment = account.at if account.overdrawn else account.runs_out_at
    return None if moment is None else Due(moment, Step.RUN_OUT)


def _suspended_steps(account: Account, policy: Policy) -> list[Due | None]:
    if account.covers_restore:
        return [Due(account.at, Step.RESTORE)]
    if account.totals.live == 0:
        return []
    if account.last_call_at is None:
        return [Due(last_call_due_at(account, policy), Step.LAST_CALL)]
    return [Due(end_at(account, policy), Step.END)]


def last_call_due_at(account: Account, policy: Policy) -> int:
    """When the last call of a suspended account is due."""
    return _planned_end(account, policy) - policy.last_call_lead_seconds


def end_at(account: Account, policy: Policy) -> int:
    """When what is halted ends for good, as things stand now. For a suspended account.

    The warning comes first whatever happens: never less than a day after the last call was written, or is due.
    """
    planned = _planned_end(account, policy)
    if account.last_call_at is None:
        return planned
    return max(planned, account.last_call_at + policy.last_call_lead_seconds)


def _planned_end(account: Account, policy: Policy) -> int:
    suspended_at = account.suspended_at or 0
    base = max(suspended_at, account.last_top_up_at or suspended_at) + policy.grace_seconds
    expected = min(account.money_expected_until or 0, base + policy.money_wait_seconds)
    return min(max(base, expected), suspended_at + policy.longest_grace_seconds)


def levels_due(account: Account, now: int, policy: Policy) -> list[int]:
    """The armed levels, in days, that fire at `now`."""
    fires = ((level, _fires_at(account, level, policy)) for level in sorted(account.armed))
    return [level for level, moment in fires if moment is not None and moment <= now]


def _fires_at(account: Account, level: int, policy: Policy) -> int | None:
    runs_out_at = account.runs_out_at
    if runs_out_at is None:
        return None
    fired_at = account.fired.get(level)
    paused_until = 0 if fired_at is None else fired_at + policy.notice_pause_seconds
    return max(runs_out_at - level * DAY, paused_until)


def rearmed(account: Account, policy: Policy) -> frozenset[int]:
    """The levels armed after a write: those that were, and those that the balance lasts longer than."""
    runs_out_at = account.runs_out_at
    lasting = (level for level in policy.notice_days if runs_out_at is None or runs_out_at - account.at > level * DAY)
    return account.armed | frozenset(lasting)
