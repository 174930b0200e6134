"""The panels that stand in place of a page's content."""

from serve.app.panels import state, store_unreachable


def test_commands_are_marked_as_code() -> None:
    panel = store_unreachable("the <store> has no tables yet; run `barometer db upgrade`")
    assert "<p>The &lt;store&gt; has no tables yet; run <code>barometer db upgrade</code>.</p>" in panel
    assert 'role="alert"' in panel


def test_backticks_do_not_allow_markup() -> None:
    assert "<p>A ` b</p>" in state("Title", "a ` b")
    assert "<code>&lt;img&gt;</code>" in state("Title", "`<img>`")
