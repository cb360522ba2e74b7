"""Shapes of signing in with Google."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from chalicelib.api.shapes import Shape
from chalicelib.api.shapes_people import Code, GivenPassword


class SendTo(Shape, frozen=True, kw_only=True):
    """Where to send the browser."""

    address: Annotated[str, Meta(description="an address of Google")]


class FromGoogle(Shape, frozen=True, kw_only=True):
    """What Google has sent the browser back with."""

    code: Annotated[str, Meta(min_length=1, max_length=2048, description="the parameter code", examples=["4/0Ab"])]
    state: Annotated[str, Meta(min_length=1, max_length=200, description="the parameter state", examples=["Xy"])]


class GoogleLink(FromGoogle, frozen=True, kw_only=True):
    """The same, and proof of whose account it is linked to."""

    password: GivenPassword | UnsetType = UNSET
    code_of_second_factor: Code | UnsetType = UNSET
