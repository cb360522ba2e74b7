"""The product and the model, living the same life, compared after each event."""

from collections.abc import Callable
from dataclasses import replace

from chalicelib.billing.account import Account, Status
from chalicelib.billing.chart import EntryKind
from chalicelib.billing.explain import Explanation, Reader
from chalicelib.billing.journal import Entry, hash_of
from chalicelib.billing.meters import leases_of
from chalicelib.billing.outlook import Outlook, outlook, preview
from chalicelib.billing.place import GENESIS
from chalicelib.billing.policy import Policy
from chalicelib.billing.reconciliation import Auditor
from chalicelib.billing.spending import cap_reached
from chalicelib.billing.totals import Totals
from chalicelib.errors import Failure
from chalicelib.notices.messages import Message, Topic
from tests.billing import commands
from tests.billing.desk import ACCOUNT, FIRST_MIDNIGHT, Desk
from tests.model.lives import DAY, STOPPED_PRICES, Act, Life, Wait
from tests.model.things import PARTS, Periods
from tests.model.walk import Refused, Walk

DETAILS = {
    Topic.RENTAL_SUSPENDED: "subject_id",
    Topic.SERVICE_SUSPENDED: "subject_id",
    Topic.BALANCE_LOW: "days",
    Topic.LAST_CALL: "ends_at",
    Topic.ENDED_FOR_GOOD: "names",
    Topic.LEASE_ENDED: "subject_id",
    Topic.SPENDING_CAP_NEAR: "spent",
    Topic.SPENDING_CAP_REACHED: "spent",
}
"""The fact of a message that the model knows."""

GUARDED = {"rent", "rent_and_see", "activate", "credit", "debit"}
"""What a record guards: done once, it is done, however often it is repeated."""

Model = Callable[[Walk], None]
Step = tuple[commands.Decide | None, Model | None]


def periods_of(policy: Policy) -> Periods:
    """The product's configuration in the model's words."""
    return Periods(
        levels=policy.notice_days,
        pause=policy.notice_pause_seconds,
        grace=policy.grace_seconds,
        lead=policy.last_call_lead_seconds,
        wait=policy.money_wait_seconds,
        longest=policy.longest_grace_seconds,
        parts=policy.cap_percents,
    )


class Twin:
    """Does each act on both sides."""

    def __init__(
        self, life: Life, walk: type[Walk], policy: Policy | None = None, longest_wait: int = 12 * DAY
    ) -> None:
        self.policy = policy = policy or Policy()
        start = FIRST_MIDNIGHT + life.opened_after_midnight
        self.desk = Desk(start, policy)
        self.walk = walk(start, periods_of(policy))
        self.now = self.latest_clock = start
        self.longest_wait = longest_wait
        self.history: list[tuple[int, Act]] = []
        """When each act was done."""
        self.names: list[str] = []
        self.references = 0

    def live(self, life: Life) -> None:
        """The whole life, and one more sweep a day later, when nothing is missing any more."""
        for event in (*life.prelude, *life.events, Wait("midnight", 1), Act("sweep")):
            if isinstance(event, Wait):
                self.now = max(self.now, self._moment(event))
            elif event.verb == "read":
                self.read(event)
            else:
                self.act(event)
        assert_chained(self.desk.journal, self.desk.account)
        assert_never_negative_by_use(self.desk)
        assert Auditor(self.desk.store).audit().differences == []

    def _moment(self, wait: Wait) -> int:
        account = self.desk.account
        moments = {
            "": self.now,
            "midnight": (self.now // DAY + 1) * DAY,
            "run_out": account.runs_out_at,
            "due": self.desk.store.due_at(ACCOUNT),
        }
        moment = moments[wait.until]
        near = moment is not None and moment - self.now <= self.longest_wait
        return (moment if near and moment is not None else self.now) + wait.seconds

    def read(self, act: Act) -> None:
        """What is shown is what settling would leave, and nothing is written."""
        desk = self.desk
        desk.now = self.now + act.clock_error
        commits = len(desk.store.commits)
        moment = max(desk.now, desk.account.at)
        trial = self.walk.copy()
        trial.live_until(moment)
        trial.speak()
        assert preview(desk.account, moment, self.policy).spent == trial.used_in_month
        assert_shown(outlook(desk.account, desk.now, self.policy), trial)
        assert_explained(Reader(desk.store, lambda: desk.now, desk.ids, self.policy).explain(ACCOUNT), trial)
        assert len(desk.store.commits) == commits

    def act(self, act: Act) -> None:
        """One act on both sides, as often as it says."""
        if act.verb == "make_up":
            missing = self.desk.account.restore_missing + act.number
            act = replace(act, verb="credit", number=max(1, missing))
        if act.verb == "cap_soon":
            act = replace(act, verb="cap", number=self.desk.account.spent_at(self.now) // PARTS + act.number)
        self.history.append((self.now, act))
        for decide, model in self._steps(act):
            done = False
            for _ in range(act.times):
                repeated = done and act.verb in GUARDED
                done = self._invoke(decide, None if repeated else model, act.clock_error)

    def _steps(self, act: Act) -> list[Step]:
        store = self.desk.store
        match act.verb:
            case "rent" | "rent_and_see" | "activate":
                name = f"{act.verb[0]}{len(self.names):02}"
                self.names.append(name)
                take = commands.activate if act.verb == "activate" else commands.rent
                is_server = act.verb != "activate"
                steps = [(take(store, name, act.number), lambda walk: walk.take(name, act.number, is_server))]
                if act.verb == "rent_and_see":
                    steps.append((commands.online(name), lambda walk: walk.online(name)))
                return steps  # type: ignore[return-value]
            case "credit" | "debit":
                self.references += 1
                reference = f"adjm{self.references}"
                amount = act.number if act.verb == "credit" else -act.number
                return [(commands.adjust(store, reference, amount), lambda walk: walk.adjust(reference, amount))]
            case "expect_money":
                until = None if act.number < 0 else self.now + act.number
                return [(commands.expect_money(until), lambda walk: walk.expect_money(until))]
            case "cap":
                cap = None if act.number < 0 else act.number
                return [(commands.cap(cap), lambda walk: walk.limit(cap))]
            case "sweep":
                return [(None, None)]
        return self._on_thing(act)

    def _on_thing(self, act: Act) -> list[Step]:
        name = self.names[act.which % len(self.names)]
        match act.verb:
            case "lease":
                ends_at = None if act.number < 0 else self.now + act.number
                price = STOPPED_PRICES[act.which]
                return [(commands.lease(name, ends_at, price), lambda walk: walk.lease(name, ends_at, price))]
            case "stop":
                return [(commands.stop(name, act.number), lambda walk: walk.stop(name, act.number))]
            case "online" | "down" | "start" | "end":
                decide = getattr(commands, act.verb)(name)
                return [(decide, lambda walk: getattr(walk, act.verb)(name))]
        raise ValueError(act.verb)

    def _invoke(self, decide: commands.Decide | None, model: Model | None, clock_error: int) -> bool:
        """One invocation on both sides, its clock up to a second wrong, and the comparison after it."""
        self.desk.now = clock = self.now + clock_error
        self.latest_clock = max(self.latest_clock, clock)
        before = self.desk.account
        assert before.at <= self.latest_clock, "an account is never ahead of every clock that wrote to it"
        moment = max(clock, before.at)
        refused = self._run(decide)
        trial = self.walk.copy()
        assert refused == run_model(trial, moment, model)
        assert_alike(self.desk, trial, moment)
        self._keep(trial, moment)
        return not refused

    def _run(self, decide: commands.Decide | None) -> bool:
        if decide is None:
            self.desk.sweep()
            return False
        try:
            self.desk.do(decide)
        except Failure:
            return True
        return False

    def _keep(self, trial: Walk, moment: int) -> None:
        """The model goes on from the last thing written: an invocation that wrote nothing leaves no time behind."""
        if trial.writes == self.walk.writes:
            return
        if trial.stamped == moment:
            self.walk = trial
        else:
            self.walk.live_until(trial.stamped)


def replayed(life: Life, policy: Policy, history: list[tuple[int, Act]]) -> Desk:
    """The product alone, doing these acts at these moments by a clock that is never wrong."""
    twin = Twin(life, Walk, policy)
    for moment, act in history:
        twin.now = twin.desk.now = moment
        for decide, _ in twin._steps(act):
            twin._run(decide)
    return twin.desk


def standing(account: Account) -> tuple[object, ...]:
    """What must not depend on when jobs ran: all but the version, the notices and the moment of the last write."""
    later = FIRST_MIDNIGHT + 1_000 * DAY
    line = (account.balance_units(later), account.totals, account.leases)
    return (account.status, *line, account.suspended_at, account.spending_cap, account.last_hash)


def run_model(walk: Walk, moment: int, act: Model | None) -> bool:
    """What one invocation does. Answers whether the act was refused."""
    walk.live_until(moment)
    walk.speak()
    refused = False
    if act is not None:
        try:
            act(walk)
        except Refused:
            refused = True
    walk.do_what_is_due()
    walk.speak()
    return refused


def assert_alike(desk: Desk, walk: Walk, moment: int) -> None:
    """Everything that the model knows is as the product has it."""
    account = desk.account
    assert journal_of(desk.journal) == walk.journal
    assert told_by(desk.messages) == walk.told
    assert (account.status is Status.ACTIVE) == walk.active
    assert account.balance_units(moment) == walk.left
    assert account.totals.rate == walk.rate
    assert (account.spent_at(moment), cap_reached(account.folded(moment))) == (walk.used_in_month, walk.cap_is_used())
    due_at = desk.store.due_at(ACCOUNT)
    assert due_at is None or due_at > moment, "handling an account moves due_at past now, or removes it"
    assert_books_whole(desk)


def assert_shown(shown: Outlook, walk: Walk) -> None:
    """The first thing that an account's owner sees, against the model's."""
    halted = not walk.active and bool(walk.live_things)
    assert (shown.balance, shown.rate_per_hour) == (walk.left // PARTS, walk.rate)
    assert (shown.status is Status.ACTIVE) == walk.active
    assert shown.runs_out_at == (walk.now + walk.left // walk.rate if walk.rate else None)
    assert shown.missing == walk.missing()
    assert shown.ends_at == (walk.ends_at() if halted else None)


def assert_explained(shown: Explanation, walk: Walk) -> None:
    """The ledger less the open meters and one rounding line is the balance, exactly."""
    used = sum(meter.units for meter in shown.meters)
    assert shown.ledger * PARTS - used - shown.rounding_units == shown.balance * PARTS
    assert 0 <= shown.rounding_units < PARTS
    assert (shown.balance, shown.ledger) == (walk.left // PARTS, walk.ledger)
    lines = {meter.meter.meter_id: meter.lines for meter in shown.meters}
    for name, thing in walk.things.items():
        seen = [[line.start, line.end, line.price_per_hour] for line in lines.pop(name)]
        assert seen == thing.stretches
    assert not lines


def assert_books_whole(desk: Desk) -> None:
    """What holds after every commit, whatever came before."""
    account = desk.account
    meters = desk.store.meters(ACCOUNT)
    assert account.unbooked == sum(meter.units_at(account.at) for meter in meters)
    assert account.totals == sum((meter.totals for meter in meters), Totals())
    assert account.leases == leases_of(meters)
    if account.status is Status.SUSPENDED:
        assert account.totals.rate == 0, "nothing is charged while halted"
    if not meters:
        assert account.balance_units(account.at) == account.ledger * PARTS, "an account at rest has balance = ledger"


def assert_never_negative_by_use(desk: Desk) -> None:
    """Only money that is taken back brings a balance below zero, or further below."""
    for commit in desk.store.commits:
        change = commit.change
        if change is None or any(entry.amount < 0 for entry in change.entries if entry.facts.kind != EntryKind.USAGE):
            continue
        moment = change.after.at
        floor = min(0, change.before.balance_units(change.before.at))
        assert change.after.balance_units(moment) >= floor, "used without being paid"


def assert_chained(journal: list[Entry], account: Account) -> None:
    """Numbered without gaps, in the order of moments, adding up, each naming the one before."""
    before, balance, moment = GENESIS, 0, 0
    for sequence, entry in enumerate(journal, start=1):
        balance += entry.amount
        assert (entry.sequence, entry.previous_hash, entry.balance_after) == (sequence, before, balance)
        assert entry.facts.created_at >= moment
        assert entry.hash == hash_of(entry.body())
        before, moment = entry.hash, entry.facts.created_at
    assert (account.sequence, account.last_hash, account.ledger) == (len(journal), before, balance)


def assert_paid_exactly(desk: Desk, walk: Walk) -> None:
    """The deductions of each thing are its exact cost, rounded down once, up to the last deduction."""
    for name in walk.charges:
        open_thing = walk.things.get(name)
        unbooked = sum((end - start) * price for start, end, price in open_thing.stretches) if open_thing else 0
        used = open_thing.used - unbooked if open_thing else walk.charges[name]
        assert sum(desk.deductions(name)) == used // PARTS


def journal_of(entries: list[Entry]) -> list[tuple[object, ...]]:
    """The product's journal in the model's words."""
    return [
        (
            entry.sequence,
            str(entry.facts.kind),
            entry.facts.created_at,
            entry.amount,
            entry.balance_after,
            entry.facts.cause,
            tuple((line.start, line.end, line.price_per_hour) for line in entry.facts.lines),
        )
        for entry in entries
    ]


def told_by(messages: list[Message]) -> list[tuple[object, ...]]:
    """The product's messages in the model's words."""
    return [(str(mesg.topic), mesg.created_at, mesg.facts.get(DETAILS.get(mesg.topic, ""))) for mesg in messages]
