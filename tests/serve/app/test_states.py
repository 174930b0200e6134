"""The panels that stand in place of a page's content."""

from serve.app.states import state, store_unreachable


def test_what_to_type_is_marked_and_the_rest_is_text() -> None:
    panel = store_unreachable("the <store> has no tables yet; run `barometer db upgrade`")
    assert "<p>The &lt;store&gt; has no tables yet; run <code>barometer db upgrade</code>.</p>" in panel
    assert 'role="alert"' in panel


def test_a_lone_backtick_and_markup_between_backticks_stay_text() -> None:
    assert "<p>A ` b</p>" in state("Title", "a ` b")
    assert "<code>&lt;img&gt;</code>" in state("Title", "`<img>`")
