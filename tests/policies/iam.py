"""IAM in small: what a call needs, what a policy allows, and where the two differ."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from local.provision import ACCOUNT, Provisioned
from local.template import resolve

PARTITION = "aws"


@dataclass(frozen=True, slots=True)
class Need:
    """What IAM is asked when a function calls: one action on one resource, and the condition keys that it knows."""

    function: str
    action: str
    resource: str
    keys: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        where = ", ".join(f"{key}={value}" for key, value in sorted(self.keys.items()))
        return f"{self.function}: {self.action} on {self.resource}" + (f" with {where}" if where else "")


@dataclass(frozen=True, slots=True)
class Permission:
    """One action on one pattern of resources that a statement allows, and the condition keys that it insists on."""

    function: str
    action: str
    resource: str
    keys: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        where = ", ".join(f"{key}={value}" for key, value in sorted(self.keys.items()))
        return f"{self.function}: {self.action} on {self.resource}" + (f" where {where}" if where else "")

    def allows(self, need: Need) -> bool:
        """Whether this alone lets the call pass."""
        named = (self.function, self.action) == (need.function, need.action)
        return named and fnmatchcase(need.resource, self.resource) and self.keys.items() <= need.keys.items()

    @property
    def void(self) -> bool:
        """Whether nothing can have this ARN: of SSM's parameters Amazon's own have no account, and no others.

        A policy that takes either kind of name allows both ARNs, and the parameter of a stack decides which exists.
        """
        _, _, service, _, account, name = self.resource.split(":", 5) if self.resource != "*" else [""] * 6
        return service == "ssm" and (account == "") != name.startswith("parameter/aws/")


def differences(needs: Iterable[Need], permissions: Iterable[Permission]) -> list[str]:
    """Calls that no permission allows, and permissions that no call has needed; sorted, each once."""
    asked, allowed = list(needs), [one for one in permissions if not one.void]
    return sorted({*refused(asked, allowed), *(f"allowed, and never seen: {one}" for one in unused(asked, allowed))})


def refused(needs: Iterable[Need], permissions: Iterable[Permission]) -> list[str]:
    """Calls that no permission allows."""
    allowed = list(permissions)
    return [f"not allowed: {need}" for need in needs if not any(one.allows(need) for one in allowed)]


def unused(needs: Iterable[Need], permissions: Iterable[Permission]) -> Iterator[Permission]:
    """Permissions that no call has needed."""
    asked = list(needs)
    return (one for one in permissions if not any(one.allows(need) for need in asked))


def permissions_of(function: str, document: Mapping[str, Any], provisioned: Provisioned) -> Iterator[Permission]:
    """What a policy document allows a function, with the names of a stack in place of the template's."""
    for statement in document["Statement"]:
        keys = _conditions(statement.get("Condition", {}), provisioned)
        for action in statement["Action"]:
            for resource in statement["Resource"]:
                yield Permission(function, action, resolved(resource, provisioned), keys)


def resolved(value: Any, provisioned: Provisioned) -> str:
    """A value of the template as text, in a stack whose log groups are called as the template calls them."""

    def ref(name: str) -> str:
        return PARTITION if name == "AWS::Partition" else provisioned.ref(name)

    def attribute(name: str, part: str) -> str:
        return log_group(provisioned, name) if name.endswith("LogGroup") else provisioned.attribute(name, part)

    return resolve(value, ref, attribute)


def log_group(provisioned: Provisioned, name: str) -> str:
    """The ARN of a log group's streams."""
    return arn(provisioned, "logs", f"log-group:{name}:*")


def arn(provisioned: Provisioned, service: str, name: str, account: str = ACCOUNT) -> str:
    """The ARN of something in the region of a stack."""
    return f"arn:{PARTITION}:{service}:{provisioned.ref('AWS::Region')}:{account}:{name}"


def _conditions(stated: Mapping[str, Any], provisioned: Provisioned) -> Mapping[str, str]:
    if set(stated) - {"StringEquals"}:
        raise ValueError(f"only StringEquals is understood here, not {sorted(stated)}")
    return {key: resolved(value, provisioned) for key, value in stated.get("StringEquals", {}).items()}
