"""What Alembic runs around the steps; the connection comes from `upgrade.upgrade`, in a transaction of its own."""

from alembic import context

from barometer.live.store.schema import metadata


def run() -> None:
    """Run the steps on the connection handed in."""
    connection = context.config.attributes["connection"]
    context.configure(connection=connection, target_metadata=metadata)
    with context.begin_transaction():
        context.run_migrations()


# Alembic loads this file under this name; importing it as a module does nothing.
if __name__ == "env_py":
    run()
