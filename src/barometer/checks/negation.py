"""Minimum functionality tests of negation: a harm that does not happen is not bad, a gain that does not is not good.

The annotation guide (rule 1) calls most negated harms positive. The tests ask for less, so that nobody can dispute
them: a negated harm must not be Negative, and a negated gain must not be Positive.
"""

from barometer.checks.expectation import is_class, is_not
from barometer.checks.plan import Plan
from barometer.labels import Label

NOT_NEGATIVE = is_not(Label.NEGATIVE)
NOT_POSITIVE = is_not(Label.POSITIVE)


def negation_plans() -> list[Plan]:
    """The tests of the capability Negation."""
    return [
        Plan("fall negated by a modal", "Negation", NOT_NEGATIVE, _FALL_MODAL),
        Plan("fall held unlikely", "Negation", NOT_NEGATIVE, _FALL_HEDGED),
        Plan("fall that did not happen", "Negation", NOT_NEGATIVE, _FALL_PAST),
        Plan("harm denied", "Negation", NOT_NEGATIVE, _HARM_DENIED),
        Plan("harm averted", "Negation", NOT_NEGATIVE, _HARM_AVERTED),
        Plan("harm that fails", "Negation", NOT_NEGATIVE, _HARM_FAILS),
        Plan("rise negated by a modal", "Negation", NOT_POSITIVE, _RISE_MODAL),
        Plan("rise held unlikely", "Negation", NOT_POSITIVE, _RISE_HEDGED),
        Plan("rise that did not happen", "Negation", NOT_POSITIVE, _RISE_PAST),
        Plan("gain denied", "Negation", NOT_POSITIVE, _GOOD_DENIED),
        Plan("recovery that fails", "Negation", is_class(Label.NEGATIVE), _GOOD_FAILS),
    ]


_FALL_MODAL = (
    "{asset} won't {fall.base} by {percent}% {period}",
    "{asset} won't {fall.base} {period}, {speaker.low} say",
    "{asset} will not {fall.base} by {percent}% {period}",
    "{asset} will not {fall.base} {period}, {speaker.low} say",
    "{asset} isn't going to {fall.base} by {percent}%, {speaker.low} say",
    "{asset} is not going to {fall.base} {period}",
    "{speaker.cap}: {asset} won't {fall.base} any further {period}",
    "{market.name} won't {fall.base} below {market.low}, {speaker.low} say",
    "{market.name} will not {fall.base} under {market.low} again",
    "Why {asset} won't {fall.base} {period}",
)
_FALL_HEDGED = (
    "{asset} is unlikely to {fall.base} by {percent}% {period}",
    "{market.name} unlikely to {fall.base} below {market.low} {period}",
    "{asset} is not expected to {fall.base} {period}",
    "{asset} not likely to {fall.base} after the {occasion}",
    "{asset} shows no sign of {fall.ing}",
    "No sign of a {bust} in {asset} {period}, {speaker.low} say",
    "No {bust} in sight for {asset}, {speaker.low} say",
    "There will be no {bust} in {asset} {period}, {speaker.low} say",
    "{speaker.cap} see no reason for {asset} to {fall.base} {period}",
    "A {bust} in {asset} is unlikely {period}",
)
_FALL_PAST = (
    "{asset} didn't {fall.base} after the {occasion}",
    "{asset} did not {fall.base} after the {occasion}",
    "{asset} hasn't {fall.done} since the {occasion}",
    "{asset} has not {fall.done} since the {occasion}",
    "{market.name} has not {fall.done} below {market.low} since the {occasion}",
    "{market.name} never {fall.past} below {market.low} after the {occasion}",
    "{asset} isn't {fall.ing} after the {occasion}",
    "{asset} refuses to {fall.base} after the {occasion}",
    "{market.name} refuses to {fall.base} below {market.low}",
)
_HARM_DENIED = (
    "{exchange} won't {harm}, {officer} says",
    "{exchange} will not {harm} {period}",
    "{exchange} isn't going to {harm}, {officer} says",
    "{exchange} has no plans to {harm}",
    "{exchange} was not hacked, {officer} says",
    "{exchange} not affected by {attack.low}, {officer} says",
    "No customer funds lost at {exchange} in {attack.low}",
    "{country} will not ban {asset}",
    "{country} has no plans to ban {asset} trading",
    "{asset} is not a security, judge in {city} rules",
)
_HARM_AVERTED = (
    "{exchange} avoids {trouble} in {country}",
    "{exchange} escapes {trouble} in {country}",
    "{exchange} cleared of {crime} in {country}",
    "{country} drops {crime} case against {exchange}",
    "Judge in {city} dismisses {crime} charges against {exchange}",
    "Court in {city} throws out lawsuit against {exchange}",
    "{asset} avoids {bust} after the {occasion}",
    "{country} scraps plan to ban {asset}",
    "{exchange} rules out layoffs {span}",
)
_HARM_FAILS = (
    "Bears fail to push {market.name} below {market.low}",
    "Short sellers fail to sink {asset} {period}",
    "Hackers fail to steal funds from {exchange}",
    "{attack.cap} on {exchange} fails, no funds lost",
    "Lawsuit against {exchange} fails in {city} court",
    "Bill to ban {asset} mining fails in {country}",
    "Bid to ban {asset} payments fails in {country}",
    "Regulator in {country} fails to block {asset} ETF",
    "Prosecutors fail to prove {crime} at {exchange}",
)
_RISE_MODAL = (
    "{asset} won't {rise.base} by {percent}% {period}",
    "{asset} won't {rise.base} {period}, {speaker.low} say",
    "{asset} will not {rise.base} by {percent}% {period}",
    "{asset} will not {rise.base} {period}, {speaker.low} say",
    "{asset} isn't going to {rise.base} by {percent}%, {speaker.low} say",
    "{asset} is not going to {rise.base} {period}",
    "{speaker.cap}: {asset} won't {rise.base} any further {period}",
    "{market.name} won't {rise.base} above {market.high}, {speaker.low} say",
    "{market.name} will not reclaim {market.high} {period}",
    "Why {asset} won't {rise.base} {period}",
)
_RISE_HEDGED = (
    "{asset} is unlikely to {rise.base} by {percent}% {period}",
    "{market.name} unlikely to {rise.base} above {market.high} {period}",
    "{asset} is not expected to {rise.base} {period}",
    "{asset} not likely to {rise.base} after the {occasion}",
    "{asset} shows no sign of {rise.ing}",
    "No sign of a {boom} in {asset} {period}, {speaker.low} say",
    "No {boom} in sight for {asset}, {speaker.low} say",
    "There will be no {boom} in {asset} {period}, {speaker.low} say",
    "{speaker.cap} see no reason for {asset} to {rise.base} {period}",
    "A {boom} in {asset} is unlikely {period}",
)
_RISE_PAST = (
    "{asset} didn't {rise.base} after the {occasion}",
    "{asset} did not {rise.base} after the {occasion}",
    "{asset} hasn't {rise.done} since the {occasion}",
    "{asset} has not {rise.done} since the {occasion}",
    "{market.name} has not {rise.done} above {market.high} since the {occasion}",
    "{market.name} never {rise.past} above {market.high} after the {occasion}",
    "{asset} isn't {rise.ing} after the {occasion}",
    "{asset} refuses to {rise.base} after the {occasion}",
)
_GOOD_DENIED = (
    "SEC will not approve {asset} ETF {period}",
    "No approval for {asset} ETF {period}",
    "{exchange} won't list {asset} {period}, {officer} says",
    "{exchange} has no plans to list {asset}",
    "{bank} isn't going to buy {asset}, CEO says",
    "{company} will not accept {asset}, CEO says",
    "{company} has not added {asset} to its treasury",
    "{bank} won't offer {asset} custody to clients",
    "{country} will not recognise {asset} as legal tender",
)
_GOOD_FAILS = (
    "{asset} fails to recover from {bust} after the {occasion}",
    "{market.name} fails to hold {market.low}",
    "{market.name} fails to reclaim {market.high} as buyers vanish",
    "{exchange} fails to win licence in {country}",
    "{exchange} fails to restore withdrawals after {attack.low}",
    "{exchange} fails to recover funds stolen in {attack.low}",
    "{exchange} fails to repay customers in {country}",
    "{asset} ETF fails to win approval from SEC {period}",
    "{asset} {boom} fails after the {occasion}",
)
