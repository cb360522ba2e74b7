"""Services for people whose credentials change: reset, change of password and address, second factor, profile."""

from functools import cached_property
from typing import TYPE_CHECKING

from chalicelib.bootstrap.people import PeopleServices

if TYPE_CHECKING:
    from chalicelib.accounts.email_change import EmailChange
    from chalicelib.accounts.enrolment import Enrolment
    from chalicelib.accounts.google import Google
    from chalicelib.accounts.password_change import PasswordChange
    from chalicelib.accounts.password_reset import PasswordReset
    from chalicelib.accounts.profile import Profile
    from chalicelib.accounts.reauthentication import Reauthentication


class RecoveryServices(PeopleServices):
    """What ends or replaces credentials."""

    @cached_property
    def reauthentication(self) -> "Reauthentication":
        """Asking for the password and the code again."""
        from chalicelib.accounts.reauthentication import Reauthentication

        return Reauthentication(
            self.credentials_store, self.sessions, self.second_factor, self.throttle, self.hasher
        )  # fmt: skip

    @cached_property
    def password_reset(self) -> "PasswordReset":
        """A new password by e-mail."""
        from chalicelib.accounts.password_reset import PasswordReset

        return PasswordReset(
            self.users_store, self.credentials_store, self.sessions, self.links, self.line_opening, self.teller,
            self.throttle, self.hasher, self.judge, self.decisions,
        )  # fmt: skip

    @cached_property
    def password_change(self) -> "PasswordChange":
        """Another password."""
        from chalicelib.accounts.password_change import PasswordChange

        return PasswordChange(
            self.users, self.credentials_store, self.sessions, self.reauthentication, self.teller, self.hasher,
            self.judge, self.decisions,
        )  # fmt: skip

    @cached_property
    def email_change(self) -> "EmailChange":
        """Another e-mail address."""
        from chalicelib.accounts.email_change import EmailChange

        return EmailChange(
            self.users, self.credentials_store, self.links, self.reauthentication, self.throttle, self.teller,
            self.decisions,
        )  # fmt: skip

    @cached_property
    def enrolment(self) -> "Enrolment":
        """Turning the second factor on and off."""
        from chalicelib.accounts.enrolment import Enrolment

        return Enrolment(
            self.users_store, self.credentials_store, self.second_factor, self.reauthentication, self.throttle,
            self.teller, self.decisions, self.ids,
        )  # fmt: skip

    @cached_property
    def profile(self) -> "Profile":
        """Who somebody is."""
        from chalicelib.accounts.profile import Profile

        return Profile(self.users, self.credentials_store, self.decisions)

    @cached_property
    def google(self) -> "Google":
        """Signing in with Google."""
        from chalicelib.accounts.google import Google
        from chalicelib.adapters.deployment_secret import DeploymentSecret
        from chalicelib.adapters.openid import OpenIdProvider, Registration

        config = self.config
        redirect_uri = config.console_url + "/sign-in/google"
        registration = Registration(config.google_issuer, config.google_client_id, redirect_uri)
        secret = DeploymentSecret(config.google_secret, config.region, self.clock)
        return Google(
            OpenIdProvider(registration, secret), self.users_store, self.credentials_store, self.sessions,
            self.line_opening, self.reauthentication, self.throttle, self.teller, self.decisions, self.signer,
            self.ids,
        )  # fmt: skip
