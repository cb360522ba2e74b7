"""The templates of what people have set to protect themselves: leases, and the spending cap.

docs/rules.md, "Settings that protect".
"""

from collections.abc import Callable, Mapping

from chalicelib.notices.messages import Message, Topic
from chalicelib.notices.words import Action, Facts, Tone, Words

_SEE_CAP = Action("See your spending cap", "/balance")
_SEE_RENTALS = Action("See your servers", "/rentals")


def _lease_ended(facts: Facts, message: Message) -> Words:
    name, ended, price = facts.name(), facts.moment("ended_at"), facts.amount("rate")
    disk = (
        f"Its disk is kept, and costs {price} an hour while your account is active. Instance-store scratch, if it has "
        "any, does not outlast a stop."
    )
    return Words(
        subject=f"Server “{name}” was stopped, as you had set",
        paragraphs=(
            f"You had set server “{name}” to be stopped on {ended}. From that second on its running price is not "
            "charged, and the server is stopped.",
            disk if facts.number("rate") else "It costs nothing while it is stopped.",
            "To go on with it, start it again; it then runs until you stop it, or until a new moment that you set. If "
            "you no longer need it, terminate it, and nothing is charged for it any more.",
        ),
        rows=(("Server", name), ("Stopped on", ended), ("Costs from then on", f"{price} an hour")),
        action=_SEE_RENTALS,
        tone=Tone.CALM,
    )


def _spending_cap_near(facts: Facts, message: Message) -> Words:
    cap, spent, percent = facts.amount("cap"), facts.amount("spent"), facts.number("percent")
    end = facts.moment("month_ends_at")
    return Words(
        subject=f"{percent}% of your spending cap of {cap} for this month is used",
        paragraphs=(
            f"Since this month began, {spent} has been used: at least {percent}% of the {cap} that you set as your "
            "spending cap.",
            f"If it is reached before {end}, nothing more can be rented, started or activated until then. What runs "
            "goes on: stop or terminate what you do not need.",
        ),
        rows=_cap_rows(facts),
        action=_SEE_CAP,
        tone=Tone.WARNING,
    )


def _spending_cap_reached(facts: Facts, message: Message) -> Words:
    cap, spent, end = facts.amount("cap"), facts.amount("spent"), facts.moment("month_ends_at")
    return Words(
        subject=f"Your spending cap of {cap} for this month is reached",
        paragraphs=(
            f"Since this month began, {spent} has been used, and you set a spending cap of {cap}. Until {end} nothing "
            "more can be rented, started or activated.",
            "What runs goes on and is charged, so that no work is lost: stop or terminate what you do not need.",
            "You can raise the cap, or remove it, at any time.",
        ),
        rows=_cap_rows(facts),
        action=_SEE_RENTALS,
        tone=Tone.SERIOUS,
    )


def _cap_rows(facts: Facts) -> tuple[tuple[str, str], ...]:
    return (
        ("Spending cap", facts.amount("cap")),
        ("Used this month", facts.amount("spent")),
        ("Counted anew from", facts.moment("month_ends_at")),
    )


PROTECTION: Mapping[Topic, Callable[[Facts, Message], Words]] = {
    Topic.LEASE_ENDED: _lease_ended,
    Topic.SPENDING_CAP_NEAR: _spending_cap_near,
    Topic.SPENDING_CAP_REACHED: _spending_cap_reached,
}
