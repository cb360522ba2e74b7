"""Whether the API answers at all. Reads nothing."""

from chalice.app import Blueprint

blueprint = Blueprint(__name__)


@blueprint.route("/api/v1/health", methods=["GET"])
def health() -> dict[str, str]:
    return {"status": "ok"}
