"""One round of alerts, as a refresh ends with it: look at the rules, then deliver what is due."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Engine

from barometer.live.alerts.channels import senders
from barometer.live.alerts.check import Checked, check_alerts
from barometer.live.alerts.deliver import Delivered, deliver
from barometer.live.alerts.settings import AlertsSettings


@dataclass(frozen=True, slots=True)
class Round:
    """What a round saw, and what became of its deliveries."""

    checked: Checked
    delivered: Delivered

    def lines(self) -> list[str]:
        """What is new, a line for each event and each failure, and a line of counts; none if nothing is new."""
        done = self.delivered
        lines = [f"alert {event.alert}: {event.title}. {event.text}" for event in self.checked.raised]
        lines += [f"alert {alert} ended" for alert in self.checked.ended]
        lines += [f"channel {tried.claim.channel}: {tried.error}; it is tried again" for tried in done.waiting]
        lines += [
            f"channel {tried.claim.channel}: {tried.error}; given up after {tried.claim.attempts + 1} tries"
            for tried in done.given_up
        ]
        return [*lines, f"{done.accepted:,} messages delivered"] if done.accepted else lines


def run_alerts(
    engine: Engine,
    settings: AlertsSettings,
    environment: Mapping[str, str],
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Round:
    """Look at every rule and store what is new, then try the deliveries that are due.

    A channel that fails is tried again by a later round; nothing here waits longer than `retry.budget_seconds`.
    """
    checked = check_alerts(engine, settings, clock())
    return Round(checked, deliver(engine, settings, senders(settings, environment), clock))
