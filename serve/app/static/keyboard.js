// Gradio's list of choices handles Tab after the focus has left it, and opens again; and what scrolls takes the focus,
// only to vanish with it. So the list does not hear of Tab, and Tab passes it by.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Tab" || event.target.getAttribute("role") !== "combobox") return;
  event.stopPropagation();
  const list = document.getElementById(event.target.getAttribute("aria-controls"));
  if (list) list.tabIndex = -1;
}, true);
// Tabs by the keys of the tabs pattern (WAI-ARIA APG): arrows, Home and End move among them. Enter or the space bar opens
// one, not the focus alone, because a page asks the server to fill it.
document.addEventListener("keydown", (event) => {
  const tab = event.target.closest?.('[role="tab"]');
  if (!tab || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  const tabs = [...tab.closest('[role="tablist"]').querySelectorAll('[role="tab"]:not([disabled])')];
  const at = tabs.indexOf(tab);
  const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  tabs[(to + tabs.length) % tabs.length].focus();
});
