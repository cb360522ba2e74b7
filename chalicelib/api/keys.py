"""SSH keys: list, add, generate, delete."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from chalice.app import Blueprint

from chalicelib.api.shapes import Removed
from chalicelib.api.shapes_accounts import Key, KeyList, KeyToGenerate, KeyWithPrivate, NewKey
from chalicelib.api.verified import require_verified
from chalicelib.api.view import Call, operation
from chalicelib.billing.usage import Kind
from chalicelib.bootstrap import services
from chalicelib.clock import iso
from chalicelib.errors import Conflict, Forbidden, Unavailable

if TYPE_CHECKING:
    from chalicelib.accounts import ssh_keys

blueprint = Blueprint(__name__)


@operation(blueprint, "GET", "/api/v1/keys", answer=KeyList, summary="The SSH keys")
def list_keys(call: Call[None]) -> KeyList:
    """Oldest first, each with the live rentals that were given it."""
    return KeyList(items=keys_of(call.account_id))


@operation(
    blueprint, "POST", "/api/v1/keys", body=NewKey, answer=Key, status=201, summary="Add an SSH key",
    refusals=(Forbidden, Conflict, Unavailable),
)
def add_key(call: Call[NewKey]) -> Key:
    """Ed25519, ECDSA, security keys, and RSA of 2048 bits or more. A private key is refused and never stored."""
    require_verified(call.account_id)
    now = services().clock()
    return _key(services().keys.add(call.account_id, call.asked.public_key, call.asked.name, now), ())


@operation(
    blueprint, "POST", "/api/v1/keys/generate", body=KeyToGenerate, answer=KeyWithPrivate, status=201,
    summary="Generate an SSH key", refusals=(Forbidden, Conflict, Unavailable),
)
def generate_key(call: Call[KeyToGenerate]) -> KeyWithPrivate:
    """An Ed25519 pair. The answer is the only place where its private half is ever shown; it is kept nowhere."""
    require_verified(call.account_id)
    generated = services().key_pairs.generate(call.account_id, call.asked.name, services().clock())
    return KeyWithPrivate(**_facts(generated.key, ()), private_key=generated.private_text)


@operation(
    blueprint, "DELETE", "/api/v1/keys/{key_id}", answer=Removed, summary="Delete an SSH key", refusals=(Unavailable,)
)
def delete_key(call: Call[None]) -> Removed:
    """Servers that have it drop it with their next heartbeat."""
    services().keys.delete(call.account_id, call.path["key_id"])
    return Removed(id=call.path["key_id"])


def keys_of(account_id: str) -> list[Key]:
    """The keys of an account, oldest first, each with the live rentals that were given it."""
    uses = _uses(account_id)
    return [_key(key, uses.get(key.key_id, ())) for key in services().keys.list(account_id)]


def _uses(account_id: str) -> Mapping[str, list[str]]:
    """Ids of the live rentals that were given a key, by the key's id."""
    uses: dict[str, list[str]] = {}
    for meter in services().books_store.meters(account_id):
        if meter.kind is Kind.RENTAL and meter.live:
            for key_id in services().rentals.get(account_id, meter.meter_id).key_ids:
                uses.setdefault(key_id, []).append(meter.meter_id)
    return uses


def _key(key: "ssh_keys.SshKey", used_by: Iterable[str]) -> Key:
    return Key(**_facts(key, used_by))


def _facts(key: "ssh_keys.SshKey", used_by: Iterable[str]) -> dict[str, Any]:
    return {
        "id": key.key_id,
        "name": key.name,
        "type": key.key_type,
        "public_key": key.canonical,
        "comment": key.comment,
        "fingerprint": key.fingerprint,
        "created_at": iso(key.created_at),
        "used_by": list(used_by),
    }
