"""The outbox: sends each message by e-mail at least once, through whatever is lost, doubled or killed on the way.

Nothing waits for it. The stream of new messages calls `deliver`; a schedule calls `deliver_due` for what the stream
dropped and for what is to be tried again. Both may run twice, late, and beside each other.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from chalicelib.clock import Clock
from chalicelib.errors import Failure, LostRace, NotFound, OutcomeUnknown, Unavailable
from chalicelib.notices.delivery import PENDING_SHARDS, Notice, Refusal, claimed, may_send, refused
from chalicelib.notices.letters import Letterhead, render
from chalicelib.notices.mailer import Addresses, Letter, Mailer, Recipient, Refused
from chalicelib.notices.messages import MailState, Message
from chalicelib.notices.store import NoticesStore, Pending

MOST_OF_A_SHARD = 25
"""Messages of one shard that one run takes up; the next run goes on."""
END_OF_TIME = 2**40


class Outcome(StrEnum):
    """What came of one try."""

    SENT = "sent"
    NOT_DUE = "not_due"
    """Sent or given up before, gone, to be tried later, or somebody else is at it."""
    HELD_UP = "held_up"
    """Refused for a reason that is not the letter's, so every other letter would be too."""
    REJECTED = "rejected"
    FAILED = "failed"
    """Rejected once too often: nobody will try again."""
    UNKNOWN = "unknown"
    """No answer: tried again when the lease has run out."""
    BROKEN = "broken"
    """The store failed on the way; what was begun is taken up again later."""

    @property
    def counter(self) -> str:
        """The metric that counts it: MailSent, MailHeldUp."""
        return "Mail" + self.title().replace("_", "")


TROUBLE = frozenset({Outcome.HELD_UP, Outcome.UNKNOWN})
"""After these a run stops: who refuses or does not answer now would do so for the rest."""


@dataclass(frozen=True, slots=True)
class Round:
    """What one scheduled run came to, and for how long the message that has waited longest has been waiting."""

    outcomes: Mapping[Outcome, int]
    oldest_seconds: int


@dataclass(frozen=True, slots=True)
class Outbox:
    """The use cases of sending."""

    store: NoticesStore
    mailer: Mailer
    addresses: Addresses
    clock: Clock
    letterhead: Letterhead

    def deliver(self, account_id: str, message_id: str) -> Outcome:
        """Try one message, if it is due. Raises Unavailable or OutcomeUnknown when the store does not answer."""
        try:
            notice = self.store.notice(account_id, message_id)
        except NotFound:
            return Outcome.NOT_DUE
        held = self._claim(notice)
        return Outcome.NOT_DUE if held is None else self._try(held)

    def deliver_due(self) -> Round:
        """Try what is due in every shard, at most MOST_OF_A_SHARD each. One that fails holds up no other."""
        now = self.clock()
        outcomes: Counter[Outcome] = Counter()
        oldest_seconds = 0
        for pending in self._due(now):
            outcome = self._isolated(pending)
            outcomes[outcome] += 1
            oldest_seconds = max(oldest_seconds, now - pending.next_try_at)
            if outcome in TROUBLE:
                oldest_seconds = max(oldest_seconds, now - self._waiting_since(pending))
                break
        return Round(outcomes, oldest_seconds)

    def due(self, shard: int, now: int) -> Iterator[Pending]:
        """What is to be tried by `now` in one shard."""
        return self.store.pending(shard, now, MOST_OF_A_SHARD)

    def next_due_at(self) -> int | None:
        """When the next try is due, or None when nothing is pending."""
        firsts = (pending for shard in range(PENDING_SHARDS) for pending in self.store.pending(shard, END_OF_TIME, 1))
        return min((pending.next_try_at for pending in firsts), default=None)

    def _due(self, now: int) -> Iterator[Pending]:
        for shard in range(PENDING_SHARDS):
            yield from self.due(shard, now)

    def _isolated(self, pending: Pending) -> Outcome:
        try:
            return self.deliver(pending.account_id, pending.message_id)
        except (Failure, OutcomeUnknown):
            return Outcome.BROKEN

    def _waiting_since(self, pending: Pending) -> int:
        try:
            return self.store.notice(pending.account_id, pending.message_id).message.created_at
        except (Failure, OutcomeUnknown):
            return pending.next_try_at

    def _claim(self, notice: Notice) -> Notice | None:
        delivery = claimed(notice.delivery, self.clock())
        if delivery is None:
            return None
        try:
            self.store.move(notice, delivery)
        except LostRace:
            return None
        return notice._replace(delivery=delivery)

    def _try(self, held: Notice) -> Outcome:
        try:
            letter = self._letter(held)
            # The clock is read again: whoever was paused since it took its lease may not be its holder any more.
            if not may_send(held.delivery, self.clock()):
                return Outcome.NOT_DUE
            self.mailer.send(letter)
        except Refused as refusal:
            return self._give_back(held, refusal.refusal)
        except OutcomeUnknown:
            return Outcome.UNKNOWN
        self.store.mark_sent(held.message, self.clock())
        return Outcome.SENT

    def _letter(self, held: Notice) -> Letter:
        message = held.message
        try:
            recipient = self._recipient(message)
            content = render(message, recipient.name, self.letterhead)
        except NotFound:
            raise Refused(Refusal.REJECTED, "the account has no address") from None
        except (Unavailable, OutcomeUnknown):
            raise Refused(Refusal.NOT_READY, "the address or a link can not be told") from None
        return Letter(recipient.email, message.message_id, message.topic, content)

    def _recipient(self, message: Message) -> Recipient:
        """An address that is named by the message is written to without a name: it may be somebody else's."""
        if message.recipient is not None:
            return Recipient(message.recipient, "")
        return self.addresses.of(message.account_id)

    def _give_back(self, held: Notice, refusal: Refusal) -> Outcome:
        after = refused(held.delivery, refusal, self.clock())
        try:
            self.store.move(held, after)
        except LostRace:
            return Outcome.NOT_DUE
        if after.state is MailState.FAILED:
            return Outcome.FAILED
        return Outcome.REJECTED if refusal is Refusal.REJECTED else Outcome.HELD_UP
