"""The table of coins: sorted by its headings, and a coin in it picks the coin that the page is about."""

from collections.abc import Sequence
from html import escape

from barometer.coins import coin_titles
from serve.app.coins import CoinRow
from serve.app.figures.sparkline import sparkline
from serve.app.format import change, interval, points

# Headings that sort, with the direction of their first click.
_COLUMNS = (("Coin", "ascending"), ("Index", "descending"), ("Change", "descending"), ("Headlines", "descending"))

# Rows are sorted in the browser. A new table keeps the order that was chosen, how far it was scrolled and the focus.
SCRIPT = """
let column = 3, direction = 'descending', scrolled = 0, focused = null;
const rank = (row) => {
  const key = row.cells[column].dataset.key;
  return column === 0 ? key : key === '' ? -Infinity : Number(key);
};
const sort = () => {
  const body = element.querySelector('tbody');
  if (!body) return;
  const sign = direction === 'ascending' ? 1 : -1;
  const rows = [...body.rows].sort((a, b) => (rank(a) < rank(b) ? -sign : rank(a) > rank(b) ? sign : 0));
  body.append(...rows);
  element.querySelectorAll('thead th').forEach((th, i) => {
    if (i === column) th.setAttribute('aria-sort', direction);
    else th.removeAttribute('aria-sort');
  });
};
element.addEventListener('click', (event) => {
  const heading = event.target.closest('thead button');
  if (heading) {
    const clicked = heading.closest('th').cellIndex;
    if (clicked === column) direction = direction === 'ascending' ? 'descending' : 'ascending';
    else direction = heading.dataset.first;
    column = clicked;
    sort();
    return;
  }
  const row = event.target.closest('tbody tr');
  if (row) trigger('click', {coin: row.dataset.coin});
});
const remember = () => {
  const region = element.querySelector('.g-scroll');
  if (region) scrolled = region.scrollTop;
};
element.addEventListener('scroll', remember, true);
element.addEventListener('focusin', (event) => { focused = event.target.closest('tbody tr')?.dataset.coin ?? null; });
element.addEventListener('focusout', (event) => { if (event.relatedTarget) focused = null; });
watch('value', () => {
  const before = scrolled;
  sort();
  const region = element.querySelector('.g-scroll');
  if (region) region.scrollTop = before;
  if (focused) element.querySelector(`tr[data-coin="${focused}"] button`)?.focus({preventScroll: true});
});
sort();
"""


def coin_table(rows: Sequence[CoinRow], picked: str | None) -> str:
    """The table as HTML, most mentioned first; `picked` is the coin that the page is about."""
    if not rows:
        return '<p class="g-none">No headline of the last seven days mentions a coin.</p>'
    heads = "".join(
        f'<th scope="col"><button type="button" data-first="{first}">{name}</button></th>' for name, first in _COLUMNS
    )
    known = [value for row in rows for value in row.month if value is not None]
    low, high = min(known, default=0.0), max(known, default=1.0)
    body = "".join(_row(row, row.coin == picked, low, high) for row in rows)
    return f"""<div class="g-scroll" role="region" aria-labelledby="g-coins" tabindex="0"><table class="g-coins">
<thead><tr>{heads}<th scope="col">Last 30 days</th></tr></thead><tbody>{body}</tbody></table></div>"""


def _row(row: CoinRow, picked: bool, low: float, high: float) -> str:
    coin, name = escape(row.coin), escape(coin_titles().get(row.coin, row.coin))
    value, before = row.now.value or 0.0, row.before.value
    key = "" if before is None else f"{value - before:.6f}"
    moved, margin = change(row.now, row.before)
    moved = f"{moved} <small>{margin}</small>" if moved else '<span class="g-none">new</span>'
    return f"""<tr data-coin="{coin}"{' class="g-picked"' if picked else ""}>
<th scope="row" data-key="{name.casefold()}"><button type="button" aria-pressed="{"true" if picked else "false"}">{name}</button></th>
<td data-key="{value:.6f}"><b>{points(value)}</b> <small>{interval(row.now)}</small></td>
<td data-key="{key}">{moved}</td>
<td data-key="{row.now.count}">{row.now.count:,}</td><td>{sparkline(row.month, low, high)}</td></tr>"""  # noqa: E501
