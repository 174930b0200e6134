"""Minimum functionality tests of plain statements, numbers, contrast and change of state."""

from barometer.checks.expectation import is_class, is_not
from barometer.checks.plan import Plan
from barometer.labels import Label

_POSITIVE, _NEUTRAL, _NEGATIVE = is_class(Label.POSITIVE), is_class(Label.NEUTRAL), is_class(Label.NEGATIVE)


def statement_plans() -> list[Plan]:
    """The tests of the capabilities Vocabulary, Numbers, Contrast and Temporal."""
    return [
        Plan("simple positive statements", "Vocabulary", _POSITIVE, SIMPLE_POSITIVE),
        Plan("simple negative statements", "Vocabulary", _NEGATIVE, SIMPLE_NEGATIVE),
        Plan("simple neutral statements", "Vocabulary", _NEUTRAL, SIMPLE_NEUTRAL),
        Plan("numbers that go up", "Numbers", _POSITIVE, _UP),
        Plan("numbers that go down", "Numbers", _NEGATIVE, _DOWN),
        Plan("less of something bad", "Numbers", is_not(Label.NEGATIVE), _LESS_BAD),
        Plan("less of something good", "Numbers", is_not(Label.POSITIVE), _LESS_GOOD),
        Plan("good in spite of bad", "Contrast", _POSITIVE, _GOOD_DESPITE),
        Plan("bad in spite of good", "Contrast", _NEGATIVE, _BAD_DESPITE),
        Plan("the end of something bad", "Temporal", is_not(Label.NEGATIVE), _END_OF_BAD),
        Plan("the end of something good", "Temporal", is_not(Label.POSITIVE), _END_OF_GOOD),
    ]


SIMPLE_POSITIVE = (
    "{asset} {rise.s} {percent}%",
    "{asset} hits record high after the {occasion}",
    "SEC approves {coin} ETF",
    "{company} buys ${amount} million of {asset}",
    "{exchange} wins licence in {country}",
    "{country} legalises {asset} payments",
    "{company} starts accepting {asset}",
    "{bank} launches {asset} custody for clients",
    "{exchange} posts record profit of ${amount} million",
    "Inflows into {coin} funds hit record ${amount} million",
)
SIMPLE_NEGATIVE = (
    "{asset} {fall.s} {percent}%",
    "{asset} {fall.s} to lowest level in {count} months",
    "{exchange} hacked for ${amount} million",
    "Hackers steal ${amount} million from {exchange}",
    "SEC sues {exchange} over {crime}",
    "{exchange} halts withdrawals in {country}",
    "{exchange} files for bankruptcy in {country}",
    "{country} bans {asset} trading",
    "{exchange} cuts {percent}% of staff",
    "SEC rejects {coin} ETF",
)
SIMPLE_NEUTRAL = (
    "What is {coin}? A beginner's guide",
    "How to store {asset}: what to know",
    "{coin} explained: how its transactions work",
    "{exchange} names {first_name} {last_name} {post}",
    "{exchange} to hold annual conference in {city} in {month}",
    "{asset} price unchanged ahead of the {occasion}",
    "Interview: {first_name} {last_name} on the design of {coin}",
    "What to watch {period}: {coin}, the {occasion} and a conference in {city}",
    "{coin} developers to meet in {city} on {weekday}",
    "{count} books about {coin} to read in {month}",
)
_UP = (
    "{market.name} at {market.high}, up {percent}% in 24 hours",
    "{market.name} moves from {market.low} to {market.high}",
    "{market.name} price: {market.high}, up from {market.low} last week",
    "{asset} up {percent}% since the {occasion}",
    "{asset} +{percent}% in 24 hours",
    "{market.name} back above {market.high}",
    "{asset} trading volume on {exchange} up {share}%",
    "{exchange} has {share}% more users than a year ago",
    "{market.name} {rise.s} from {market.low} to {market.high}",
)
_DOWN = (
    "{market.name} at {market.low}, down {percent}% in 24 hours",
    "{market.name} moves from {market.high} to {market.low}",
    "{market.name} price: {market.low}, down from {market.high} last week",
    "{asset} down {percent}% since the {occasion}",
    "{asset} -{percent}% in 24 hours",
    "{market.name} back below {market.low}",
    "{asset} trading volume on {exchange} down {share}%",
    "{exchange} has {share}% fewer users than a year ago",
    "{market.name} {fall.s} from {market.high} to {market.low}",
)
_LESS_BAD = (
    "{exchange} losses shrink {share}%",
    "{exchange} narrows its loss to ${amount} million",
    "Losses from crypto hacks drop {share}% in {month}",
    "Outflows from {coin} funds slow to ${amount} million",
    "Outflows from {coin} funds shrink {share}% {span}",
    "Crypto scams in {country} down {share}% in {month}",
    "Layoffs at crypto firms fall {share}% in {month}",
    "Fraud complaints against {exchange} fall {share}%",
    "{asset} liquidations down {share}% {span}",
)
_LESS_GOOD = (
    "{exchange} profit shrinks {share}%",
    "{exchange} revenue slows to ${amount} million",
    "{asset} trims its gains to {percent}%",
    "Inflows into {coin} funds slow to ${amount} million",
    "Inflows into {coin} funds shrink {share}% {span}",
    "Crypto adoption in {country} down {share}% in {month}",
    "Hiring at crypto firms falls {share}% in {month}",
    "User growth of {exchange} slows to {percent}%",
    "Demand for {coin} funds down {share}% {span}",
)
_GOOD_DESPITE = (
    "{asset} {rise.s} {percent}% despite {bad}",
    "Despite {bad}, {asset} {rise.s} {percent}%",
    "{asset} {rise.s} {percent}% even though {bad_clause}",
    "Even though {bad_clause}, {asset} {rise.s} {percent}%",
    "{asset} hits record high despite {bad}",
    "Although {bad_clause}, {asset} hits record high",
    "{asset} {rise.s} {percent}% even as {bad_clause}",
    "{exchange} posts record profit despite {bad}",
)
_BAD_DESPITE = (
    "{asset} {fall.s} {percent}% despite {good}",
    "Despite {good}, {asset} {fall.s} {percent}%",
    "{asset} {fall.s} {percent}% even though {good_clause}",
    "Even though {good_clause}, {asset} {fall.s} {percent}%",
    "{asset} hits {count}-month low despite {good}",
    "Although {good_clause}, {asset} hits {count}-month low",
    "{asset} {fall.s} {percent}% even as {good_clause}",
    "{exchange} posts record loss despite {good}",
)
_END_OF_BAD = (
    "{asset} snaps {count}-day losing streak",
    "{asset} halts its decline after the {occasion}",
    "{asset} rebounds from {count}-month low",
    "{asset} recovers its losses after {bust}",
    "{exchange} resumes withdrawals after {attack.low}",
    "{exchange} recovers ${amount} million stolen in {attack.low}",
    "{speaker.cap}: {asset} bear market is over",
    "{country} lifts ban on {asset}",
    "{exchange} emerges from bankruptcy in {country}",
)
_END_OF_GOOD = (
    "{asset} snaps {count}-day winning streak",
    "{asset} halts its rise after the {occasion}",
    "{asset} retreats from {count}-month high",
    "{asset} loses its gains after {boom}",
    "{speaker.cap}: {asset} bull market is over",
    "{company} stops accepting {asset}",
    "{bank} ends {asset} custody for clients",
    "{country} withdraws licence of {exchange}",
    "{company} sells all its {asset}",
)
