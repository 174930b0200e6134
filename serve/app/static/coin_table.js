// Sorts the table of coins. A new table keeps its order, its scroll position and the focus.
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
