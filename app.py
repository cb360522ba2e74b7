"""The Chalice app: registers every blueprint, defines nothing."""

from chalice.app import Chalice

from chalicelib.api import BLUEPRINTS
from chalicelib.jobs import drive_rental, inventory, look, relay, relay_missed, settle_account, sweep, wake_rentals

app = Chalice(app_name="gpu-cloud-billing")

JOBS = (sweep, settle_account, relay, relay_missed, wake_rentals, look, drive_rental, inventory)

for blueprint in (*BLUEPRINTS, *(job.blueprint for job in JOBS)):
    app.register_blueprint(blueprint)
