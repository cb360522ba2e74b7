"""The templates: what each topic's message says has happened, what follows, and what its owner can do.

Exact amounts and moments, calm and plain. docs/rules.md, "When the balance runs low".
"""

from collections.abc import Callable, Mapping

from chalicelib.clock import in_words
from chalicelib.money import show_dollars
from chalicelib.notices.messages import Message, Topic
from chalicelib.notices.templates_people import PEOPLE
from chalicelib.notices.templates_protection import PROTECTION
from chalicelib.notices.words import Action, Facts, Tone, Words

ADD_FUNDS = Action("Add funds", "/balance")
SEE_BALANCE = Action("See your balance", "/balance")
SEE_RENTALS = Action("See your servers", "/rentals")


def words_of(message: Message) -> Words:
    """The words of a message. Never fails, whatever facts the message has."""
    return _TEMPLATES[message.topic](Facts(message.facts), message)


def _balance_low(facts: Facts, message: Message) -> Words:
    end = facts.moment("runs_out_at")
    return Words(
        subject=f"Your balance lasts until {end}",
        paragraphs=(
            f"What you run now costs {facts.amount('rate')} an hour. At this rate your balance lasts until {end}.",
            "To keep everything running, add funds before then, or terminate what you no longer need.",
            "If the balance does run out, your rented servers are halted and your paid services are deactivated at "
            "that second. You are not charged beyond your balance, and nothing is deleted then: we write to you "
            "first, with the date until which your servers and services are kept.",
        ),
        rows=(
            ("Balance", facts.amount("balance")),
            ("Counted on", in_words(message.created_at)),
            ("Costs now", f"{facts.amount('rate')} an hour"),
            ("Lasts until", end),
        ),
        action=ADD_FUNDS,
        tone=Tone.SERIOUS if facts.number("days") <= 1 else Tone.WARNING,
    )


def _account_suspended(facts: Facts, message: Message) -> Words:
    since, missing = facts.moment("suspended_at"), facts.amount("missing")
    taken_back = f"Money was taken back, and your balance is {facts.amount('balance')}."
    reason = taken_back if facts.number("balance") < 0 else "Your balance no longer covers what you run."
    return Words(
        subject=f"Your account is suspended: {missing} needed to restore it",
        paragraphs=(f"{reason} Your account has been suspended since {since}.", *_while_suspended(facts, missing)),
        rows=(
            ("Balance", facts.amount("balance")),
            ("Needed to restore", missing),
            ("Suspended since", since),
            *_kept_until(facts),
        ),
        action=ADD_FUNDS,
        tone=Tone.SERIOUS,
    )


def _while_suspended(facts: Facts, missing: str) -> tuple[str, ...]:
    if "ends_at" not in facts:
        return (
            "You are not charged while the account is suspended, and there is nothing on it that would be deleted.",
            f"Add at least {missing} and the account is restored by itself.",
        )
    return (
        "Every rented server is halted and access to it is revoked; every paid service is deactivated. You are not "
        "charged while the account is suspended. Servers of your own that you connected go on working.",
        f"Add at least {missing} and the account is restored by itself: servers return to the state you last chose, "
        "and services resume at their price.",
        f"Your servers, with their disks, and your services are kept until {facts.moment('ends_at')}. If the account "
        "is still suspended then, they end for good and their data is deleted. We write once more before that.",
    )


def _kept_until(facts: Facts) -> tuple[tuple[str, str], ...]:
    return (("Kept until", facts.moment("ends_at")),) if "ends_at" in facts else ()


def _rental_suspended(facts: Facts, message: Message) -> Words:
    name, since = facts.name(), facts.moment("suspended_at")
    return Words(
        subject=f"Server “{name}” is offline",
        paragraphs=(
            f"The balance of your account no longer covers server “{name}”, so the server was halted and access to "
            f"it revoked on {since}.",
            "It is not charged while it is halted. Its disk is kept; instance-store scratch, if it has any, does not "
            "outlast a halt.",
            "Our message about your account says what is needed to restore it, and until when this server is kept. "
            "Once the account is restored, this server returns to the state you last chose for it.",
        ),
        rows=(("Server", name), ("Offline since", since)),
        action=ADD_FUNDS,
        tone=Tone.SERIOUS,
    )


def _service_suspended(facts: Facts, message: Message) -> Words:
    name, since = facts.name(), facts.moment("suspended_at")
    return Words(
        subject=f"Service “{name}” is deactivated",
        paragraphs=(
            f"The balance of your account no longer covers service “{name}”, so it was deactivated on {since}.",
            "It is not charged while it is deactivated.",
            "Our message about your account says what is needed to restore it. Once the account is restored, this "
            "service resumes at its price.",
        ),
        rows=(("Service", name), ("Deactivated since", since)),
        action=ADD_FUNDS,
        tone=Tone.SERIOUS,
    )


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _what_ends(facts: Facts) -> str:
    rentals, services = facts.number("rentals"), facts.number("services")
    parts = [_counted(rentals, "server")] if rentals else []
    parts += [_counted(services, "service")] if services else []
    return " and ".join(parts) or "halted servers and services"


def _last_call(facts: Facts, message: Message) -> Words:
    end, missing, what = facts.moment("ends_at"), facts.amount("missing"), _what_ends(facts)
    return Words(
        subject=f"Last call: {what} will be deleted on {end}",
        paragraphs=(
            f"Your account is still suspended. On {end} this ends for good, with all data on it: {what}. "
            "Deleted data can not be brought back.",
            f"To keep everything, add at least {missing} before then. The account is then restored by itself, and "
            "servers return to the state you last chose.",
            "You are not charged while the account is suspended. If you no longer need any of it, you do not have to "
            "do anything.",
        ),
        rows=(("To be deleted", what), ("Deleted on", end), ("Needed to keep it", missing)),
        action=ADD_FUNDS,
        tone=Tone.SERIOUS,
    )


def _ended_for_good(facts: Facts, message: Message) -> Words:
    ended, names = facts.moment("ended_at"), facts.names()
    below_zero = facts.number("balance") < 0
    afterwards = (
        f"Your balance is {facts.amount('balance')}. The account stays suspended until it is zero or more."
        if below_zero
        else "Nothing is charged for them any more. What is left of your balance stays yours, and you can rent new "
        "servers whenever it covers them."
    )
    return Words(
        subject="Your halted servers and services have ended for good",
        paragraphs=(
            f"Your account stayed suspended until {ended}, so these have ended for good: {names}. Their data is "
            "deleted and can not be brought back.",
            afterwards,
        ),
        rows=(("Ended", names), ("Ended on", ended)),
        action=SEE_BALANCE,
        tone=Tone.SERIOUS,
    )


def _account_restored(facts: Facts, message: Message) -> Words:
    since = facts.moment("restored_at")
    return Words(
        subject="Your account is active again",
        paragraphs=(
            f"Your account was restored on {since}, with a balance of {facts.amount('balance')}.",
            "Servers that you wished running are being started; each is charged from when it has been seen running, "
            "and its address may be a new one. Services, and the disks of stopped servers, are charged from that "
            "second on.",
            "If the provider has no capacity for a server at the moment, it waits in the queue, keeps its disk and "
            "costs nothing until it runs.",
        ),
        rows=(("Balance", facts.amount("balance")), ("Restored on", since)),
        action=SEE_RENTALS,
        tone=Tone.CALM,
    )


def _still_suspended(facts: Facts, message: Message) -> Words:
    missing = facts.amount("missing")
    return Words(
        subject=f"Credit received: {missing} more needed to restore your account",
        paragraphs=(
            f"Your account was credited and its balance is {facts.amount('balance')}. To restore the account, "
            f"{missing} more is needed: the balance has to be zero or more and cover one hour of what would then be "
            "charged.",
            "You are not charged while the account is suspended. You can also terminate what you no longer need, so "
            "that less is needed.",
        ),
        rows=(("Balance", facts.amount("balance")), ("Needed to restore", missing), *_kept_until(facts)),
        action=ADD_FUNDS,
        tone=Tone.WARNING,
    )


def _rental_failed(facts: Facts, message: Message) -> Words:
    name, reason = facts.name(), facts.text("reason", 300)
    when = facts.moment("failed_at", message.created_at)
    return Words(
        subject=f"Server “{name}” could not be started",
        paragraphs=(
            f"We gave up starting server “{name}” on {when}." + (f" The reason: {reason}" if reason else ""),
            "You were not charged for it. You can rent another one, or try again later: what a provider has free "
            "changes from hour to hour.",
        ),
        rows=(("Server", name), ("Given up on", when), ("Charged", show_dollars(0))),
        action=SEE_RENTALS,
        tone=Tone.WARNING,
    )


def _rental_gone(facts: Facts, message: Message) -> Words:
    name, when = facts.name(), facts.moment("gone_at", message.created_at)
    return Words(
        subject=f"Server “{name}” no longer exists at the provider",
        paragraphs=(
            f"The provider no longer has server “{name}”. The rental was closed on {when} and is not charged any more.",
            "What was charged after the server was last seen running comes back to your balance as an adjustment. "
            "Data that was only on this server can not be brought back.",
        ),
        rows=(("Server", name), ("Closed on", when)),
        action=SEE_RENTALS,
        tone=Tone.SERIOUS,
    )


_TEMPLATES: Mapping[Topic, Callable[[Facts, Message], Words]] = {
    Topic.BALANCE_LOW: _balance_low,
    Topic.ACCOUNT_SUSPENDED: _account_suspended,
    Topic.RENTAL_SUSPENDED: _rental_suspended,
    Topic.SERVICE_SUSPENDED: _service_suspended,
    Topic.LAST_CALL: _last_call,
    Topic.ENDED_FOR_GOOD: _ended_for_good,
    Topic.ACCOUNT_RESTORED: _account_restored,
    Topic.STILL_SUSPENDED: _still_suspended,
    Topic.RENTAL_FAILED: _rental_failed,
    Topic.RENTAL_GONE: _rental_gone,
    **PEOPLE,
    **PROTECTION,
}
