"""Services about people: who they are, and how they prove it."""

from functools import cached_property
from typing import TYPE_CHECKING

from chalicelib.bootstrap.money import MoneyServices
from chalicelib.clock import pause

if TYPE_CHECKING:
    from chalicelib.accounts.cli_login import CliLogin
    from chalicelib.accounts.decisions import Decisions
    from chalicelib.accounts.key_pairs import KeyPairs
    from chalicelib.accounts.links import Links
    from chalicelib.accounts.log_in import LogIn
    from chalicelib.accounts.opening import Opening
    from chalicelib.accounts.second_factor import SecondFactor
    from chalicelib.accounts.sessions import Sessions
    from chalicelib.accounts.sign_up import SignUp
    from chalicelib.accounts.ssh_keys import SshKeys
    from chalicelib.accounts.throttle import Throttle
    from chalicelib.accounts.token_making import TokenMaking
    from chalicelib.accounts.tokens import Tokens
    from chalicelib.accounts.users import Users
    from chalicelib.adapters.dynamodb.credentials import DynamoCredentials
    from chalicelib.adapters.passwords import Argon2Hasher, ZxcvbnJudge
    from chalicelib.adapters.teller import NoticesTeller


class PeopleServices(MoneyServices):
    """Users, tokens, keys, sessions, and what happens before there is a session."""

    @cached_property
    def tokens(self) -> "Tokens":
        """API tokens."""
        from chalicelib.accounts.tokens import Tokens

        return Tokens(self.tokens_store, self.ids)

    @cached_property
    def token_making(self) -> "TokenMaking":
        """API tokens for whoever calls."""
        from chalicelib.accounts.token_making import TokenMaking

        return TokenMaking(self.tokens)

    @cached_property
    def users(self) -> "Users":
        """Users."""
        from chalicelib.accounts.users import Users

        return Users(self.users_store)

    @cached_property
    def keys(self) -> "SshKeys":
        """SSH keys."""
        from chalicelib.accounts.ssh_keys import SshKeys
        from chalicelib.adapters.dynamodb.ssh_keys import DynamoSshKeys
        from chalicelib.adapters.ssh import LibraryInspector

        store = DynamoSshKeys(self.connection, self.config.tables.identity)
        return SshKeys(store, LibraryInspector(), self.ids)

    @cached_property
    def key_pairs(self) -> "KeyPairs":
        """SSH keys that the platform makes."""
        from chalicelib.accounts.key_pairs import KeyPairs
        from chalicelib.adapters.ssh import LibraryKeyMaker

        return KeyPairs(self.keys, LibraryKeyMaker(), self.ids)

    @cached_property
    def opening(self) -> "Opening":
        """New users, prepared to be committed with their account's line."""
        from chalicelib.accounts.opening import Opening

        return Opening(self.users_store, self.tokens_store, self.ids)

    @cached_property
    def sessions(self) -> "Sessions":
        """Sessions."""
        from chalicelib.accounts.sessions import Sessions
        from chalicelib.adapters.dynamodb.sessions import DynamoSessions

        return Sessions(DynamoSessions(self.connection, self.config.tables.identity), self.ids)

    @cached_property
    def credentials_store(self) -> "DynamoCredentials":
        """Credentials."""
        from chalicelib.adapters.dynamodb.credentials import DynamoCredentials

        return DynamoCredentials(self.connection, self.config.tables.identity)

    @cached_property
    def links(self) -> "Links":
        """One-time links."""
        from chalicelib.accounts.links import Links
        from chalicelib.adapters.dynamodb.links import DynamoLinks

        return Links(DynamoLinks(self.connection, self.config.tables.identity), self.signer, self.ids)

    @cached_property
    def throttle(self) -> "Throttle":
        """Tries that are counted."""
        from chalicelib.accounts.throttle import Throttle
        from chalicelib.adapters.dynamodb.throttles import DynamoThrottles

        return Throttle(DynamoThrottles(self.connection, self.config.tables.identity))

    @cached_property
    def decisions(self) -> "Decisions":
        """What carries out decisions about people."""
        from functools import partial

        from chalicelib.accounts.decisions import Decisions
        from chalicelib.adapters.dynamodb.transaction import commit

        return Decisions(partial(commit, self.connection), self.ids, pause)

    @cached_property
    def teller(self) -> "NoticesTeller":
        """What writes to people about their log-in."""
        from chalicelib.adapters.teller import NoticesTeller

        return NoticesTeller(self.notices_store, self.ids)

    @cached_property
    def hasher(self) -> "Argon2Hasher":
        """What hashes passwords."""
        from chalicelib.adapters.passwords import Argon2Hasher

        return Argon2Hasher()

    @cached_property
    def judge(self) -> "ZxcvbnJudge":
        """What tells which passwords are easy to guess."""
        from chalicelib.adapters.passwords import ZxcvbnJudge

        return ZxcvbnJudge()

    @cached_property
    def sign_up(self) -> "SignUp":
        """Signing up, and proving the mailbox."""
        from chalicelib.accounts.sign_up import SignUp

        return SignUp(
            self.users_store, self.credentials_store, self.sessions, self.links, self.line_opening, self.teller,
            self.throttle, self.hasher, self.judge, self.decisions, self.ids,
        )  # fmt: skip

    @cached_property
    def cli_login(self) -> "CliLogin":
        """Logging the command line in."""
        from chalicelib.accounts.cli_login import CliLogin
        from chalicelib.adapters.dynamodb.grants import DynamoGrants

        grants = DynamoGrants(self.connection, self.config.tables.identity)
        return CliLogin(grants, self.tokens, self.users_store, self.decisions, self.ids)

    @cached_property
    def second_factor(self) -> "SecondFactor":
        """Codes beside the password."""
        from chalicelib.accounts.second_factor import SecondFactor
        from chalicelib.adapters.one_time_codes import AesGcmSealer, PyotpCodes

        return SecondFactor(PyotpCodes(), AesGcmSealer(self.signer, self.ids), self.teller)

    @cached_property
    def log_in(self) -> "LogIn":
        """Logging in with a password."""
        from chalicelib.accounts.log_in import LogIn

        return LogIn(
            self.users_store, self.credentials_store, self.sessions, self.second_factor, self.throttle, self.hasher,
            self.decisions,
        )  # fmt: skip
