"""The Chalice app: registers every blueprint, defines nothing."""

from chalice.app import Chalice

from chalicelib.api import health
from chalicelib.jobs import drive_rental, inventory, look, relay, relay_missed, settle_account, sweep, wake_rentals

app = Chalice(app_name="gpu-cloud-billing")

ROUTES = (health,)
JOBS = (sweep, settle_account, relay, relay_missed, wake_rentals, look, drive_rental, inventory)

for module in (*ROUTES, *JOBS):
    app.register_blueprint(module.blueprint)
