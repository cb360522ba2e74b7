"""SSH keys as the published command uploads them: is it there, add it, give it to a rented server."""

from chalice.app import Blueprint

from chalicelib.api.cli_operation import FOR_YOUR_INFORMATION, CliCall, cli_operation
from chalicelib.api.cli_shapes import CliWarning
from chalicelib.api.cli_shapes_keys import KeyAdded, KeyAttached, KeyFound, KeyToAdd, KeyToAttach, KeyToFind
from chalicelib.api.machines import heard_from
from chalicelib.api.verified import require_verified
from chalicelib.bootstrap import services
from chalicelib.errors import Conflict, Forbidden, NotFound, Unavailable
from chalicelib.instances.machines import queued_keys

blueprint = Blueprint(__name__)

_KEYS = "/v2/ssh-key"


@cli_operation(
    blueprint, _KEYS + "/is-user-has-public-ssh-key", body=KeyToFind, answer=KeyFound,
    summary="Whether the account has a public key", words={"public_key": "sshKey"},
)
def is_user_has_public_ssh_key(call: CliCall[KeyToFind]) -> KeyFound:
    """Comments and blanks around a key do not count. A private key is refused and never stored."""
    key = services().keys.find(call.account_id, call.asked.ssh_key)
    return KeyFound(is_user_has_public_key=key is not None, ssh_key_pair_public_id=key.key_id if key else None)


@cli_operation(
    blueprint, _KEYS + "/add-public-key-to-user", body=KeyToAdd, answer=KeyAdded, summary="Add a public key",
    refusals=(Forbidden, Conflict, Unavailable), words={"public_key": "sshKey", "name": "note"},
)
def add_public_key_to_user(call: CliCall[KeyToAdd]) -> KeyAdded:
    """The command takes any answer but an error for success."""
    require_verified(call.account_id)
    key = services().keys.add(call.account_id, call.asked.ssh_key, call.asked.note, services().clock())
    return KeyAdded(ssh_key_pair_public_id=key.key_id)


@cli_operation(
    blueprint, _KEYS + "/add-public-ssh-key-to-instance-rented", body=KeyToAttach, answer=KeyAttached,
    summary="Give a rented server a key of the account", refusals=(NotFound, Conflict, Unavailable),
    words={"key_id": "sshPublicKeyPublicId"},
)
def add_public_ssh_key_to_instance_rented(call: CliCall[KeyToAttach]) -> KeyAttached:
    """A server that has been launched takes it later, which the command itself does not say."""
    rental_id, key_id = call.asked.instance_rented_public_id, call.asked.ssh_public_key_public_id
    rental = services().rentals.attach_key(call.account_id, rental_id, key_id)
    if key_id not in queued_keys(rental, heard_from(rental)):
        return KeyAttached()
    queued = f'The key is queued: "{rental.name}" takes it with its next heartbeat.'
    return KeyAttached(warnings_on_exit=[CliWarning(color_hex=FOR_YOUR_INFORMATION, message=queued)])
