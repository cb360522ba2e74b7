"""The templates of what people are told about their log-in. Each says what to do if it was somebody else.

docs/rules.md, "Accounts".
"""

from collections.abc import Callable, Mapping

from chalicelib.notices.messages import Message, Topic
from chalicelib.notices.words import Action, Facts, Tone, Words

SEE_ACCOUNT = Action("See your account", "/account")
LOG_IN = Action("Log in", "/log-in")
RESET = Action("Set a new password", "/forgot-password")


def _link(facts: Facts) -> str:
    return facts.text("link_id", 64)


def _verify_email(facts: Facts, message: Message) -> Words:
    end = facts.moment("expires_at")
    return Words(
        subject="Confirm your e-mail address",
        paragraphs=(
            "Somebody, we hope you, signed up with this e-mail address. Confirm it, and you can add funds and rent "
            "servers.",
            f"The link works once, until {end}.",
            "If it was not you, do nothing: without this link nobody can rent or pay with your address.",
        ),
        rows=(("Works until", end),),
        action=Action("Confirm this address", "/verify-email", _link(facts)),
        tone=Tone.CALM,
    )


def _already_registered(facts: Facts, message: Message) -> Words:
    return Words(
        subject="You already have an account",
        paragraphs=(
            "Somebody, perhaps you, wanted to use this e-mail address for an account. It has one already, and nothing "
            "was changed.",
            "If it was you, log in, or set a new password if you have forgotten yours.",
            "If it was not you, you do not have to do anything.",
        ),
        rows=(("Asked on", facts.moment("asked_at")),),
        action=LOG_IN,
        tone=Tone.CALM,
    )


def _reset_password(facts: Facts, message: Message) -> Words:
    end = facts.moment("expires_at")
    return Words(
        subject="Set a new password",
        paragraphs=(
            "Somebody, we hope you, asked for a new password for your account.",
            f"The link works once, until {end}. A newer one replaces it. Setting a new password logs you out "
            "everywhere.",
            "If it was not you, do nothing: your password stays as it is.",
        ),
        rows=(("Works until", end),),
        action=Action("Set a new password", "/reset-password", _link(facts)),
        tone=Tone.CALM,
    )


def _password_changed(facts: Facts, message: Message) -> Words:
    return _changed(
        facts, "Your password was changed",
        "Your password was changed, and every other session was ended. API tokens and a linked Google account go on "
        "working: look through them if you do not trust where they are.",
    )  # fmt: skip


def _email_change_asked(facts: Facts, message: Message) -> Words:
    new = facts.text("new_email", 254)
    return Words(
        subject="A change of your e-mail address was asked for",
        paragraphs=(
            f"Somebody who is logged in as you, we hope you, asked to change the e-mail address of your account to "
            f"{new}. It changes when the link that we sent there is opened.",
            "If it was not you, set a new password now: that cancels the change and logs everybody out.",
        ),
        rows=(("New address", new), ("Asked on", facts.moment("asked_at"))),
        action=RESET,
        tone=Tone.WARNING,
    )


def _confirm_email(facts: Facts, message: Message) -> Words:
    end = facts.moment("expires_at")
    return Words(
        subject="Confirm your new e-mail address",
        paragraphs=(
            "Somebody, we hope you, wants to use this e-mail address for their account. Confirm it, and it replaces "
            "the one before.",
            f"The link works once, until {end}.",
            "If it was not you, do nothing: without this link nothing changes.",
        ),
        rows=(("Works until", end),),
        action=Action("Confirm this address", "/confirm-email", _link(facts)),
        tone=Tone.CALM,
    )


def _email_changed(facts: Facts, message: Message) -> Words:
    old, new = facts.text("old_email", 254), facts.text("new_email", 254)
    return Words(
        subject="Your e-mail address was changed",
        paragraphs=(
            f"The e-mail address of your account was changed from {old} to {new}. We write to both this once, and "
            "to the new one from now on.",
            "If it was not you, answer this e-mail at once.",
        ),
        rows=(("Before", old), ("Now", new), ("Changed on", facts.moment("changed_at"))),
        action=SEE_ACCOUNT,
        tone=Tone.WARNING,
    )


def _second_factor_on(facts: Facts, message: Message) -> Words:
    return _changed(
        facts, "Your second factor is on",
        "From now on, logging in takes a code from your authenticator app as well as your password. Keep the recovery "
        "codes where you find them without your phone.",
    )  # fmt: skip


def _second_factor_off(facts: Facts, message: Message) -> Words:
    return _changed(facts, "Your second factor is off", "From now on, your password alone logs you in.")


def _recovery_code_used(facts: Facts, message: Message) -> Words:
    left = facts.number("left")
    return Words(
        subject=f"A recovery code was used: {left} left",
        paragraphs=(
            f"Somebody logged in to your account with a recovery code. It works no more; {left} are left.",
            "If it was not you, set a new password now and make new recovery codes.",
        ),
        rows=(("Used on", facts.moment("used_at")), ("Left", str(left))),
        action=SEE_ACCOUNT,
        tone=Tone.WARNING,
    )


def _recovery_codes_made(facts: Facts, message: Message) -> Words:
    return _changed(
        facts, "New recovery codes were made",
        "Ten new recovery codes were made for your account. The ones before them work no more.",
    )  # fmt: skip


def _google_linked(facts: Facts, message: Message) -> Words:
    return Words(
        subject="Google can log you in",
        paragraphs=(
            "A Google account was linked to yours: whoever has it can log in.",
            "If it was not you, set a new password now and then unlink Google in your account: a new password alone "
            "does not keep it out.",
        ),
        rows=(("Changed on", facts.moment("changed_at")),),
        action=RESET,
        tone=Tone.WARNING,
    )


def _google_unlinked(facts: Facts, message: Message) -> Words:
    return _changed(facts, "Google no longer logs you in", "The Google account that was linked to yours no longer is.")


def _credentials_discarded(facts: Facts, message: Message) -> Words:
    return Words(
        subject="An older password of your account was removed",
        paragraphs=(
            "You signed in with Google. There was an account with your e-mail address that nobody had confirmed; it "
            "is now yours, and what its password could open is closed.",
            "If you had set that password yourself, set a new one to go on using it.",
        ),
        rows=(("Removed on", facts.moment("changed_at")),),
        action=SEE_ACCOUNT,
        tone=Tone.CALM,
    )


def _account_closed(facts: Facts, message: Message) -> Words:
    return Words(
        subject="Your account is closed",
        paragraphs=(
            "Your account was closed, as you asked. What we knew of you is removed; the bookings are kept, without "
            "your name, for as long as the law wants them.",
            "You can sign up again with this e-mail address at any time. If it was not you who closed the account, "
            "answer this e-mail.",
        ),
        rows=(("Closed on", facts.moment("closed_at")),),
        action=Action("Sign up", "/sign-up"),
        tone=Tone.CALM,
    )


def _changed(facts: Facts, subject: str, what: str) -> Words:
    return Words(
        subject=subject,
        paragraphs=(what, "If it was not you, set a new password now: that ends every session."),
        rows=(("Changed on", facts.moment("changed_at")),),
        action=RESET,
        tone=Tone.WARNING,
    )


PEOPLE: Mapping[Topic, Callable[[Facts, Message], Words]] = {
    Topic.VERIFY_EMAIL: _verify_email,
    Topic.ALREADY_REGISTERED: _already_registered,
    Topic.RESET_PASSWORD: _reset_password,
    Topic.PASSWORD_CHANGED: _password_changed,
    Topic.EMAIL_CHANGE_ASKED: _email_change_asked,
    Topic.CONFIRM_EMAIL: _confirm_email,
    Topic.EMAIL_CHANGED: _email_changed,
    Topic.SECOND_FACTOR_ON: _second_factor_on,
    Topic.SECOND_FACTOR_OFF: _second_factor_off,
    Topic.RECOVERY_CODE_USED: _recovery_code_used,
    Topic.RECOVERY_CODES_MADE: _recovery_codes_made,
    Topic.GOOGLE_LINKED: _google_linked,
    Topic.GOOGLE_UNLINKED: _google_unlinked,
    Topic.CREDENTIALS_DISCARDED: _credentials_discarded,
    Topic.ACCOUNT_CLOSED: _account_closed,
}
