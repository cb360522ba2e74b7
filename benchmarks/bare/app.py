"""The floor of a first request: a Chalice app with one route and one PynamoDB read, and nothing else."""

import os

from chalice.app import Chalice
from pynamodb.attributes import UnicodeAttribute
from pynamodb.models import Model

app = Chalice(app_name="bare")


class Row(Model):
    """An item of the product's own table of identities."""

    class Meta:
        """Where it is."""

        table_name = os.environ["IDENTITY_TABLE"]
        region = os.environ["AWS_REGION"]

    key = UnicodeAttribute(hash_key=True)
    item = UnicodeAttribute(range_key=True)
    token_id = UnicodeAttribute()


@app.route("/api/v1/balance")
def read() -> dict[str, str]:
    """One strongly consistent read."""
    return {"token_id": Row.get(os.environ["ROW"], "token", consistent_read=True).token_id}
