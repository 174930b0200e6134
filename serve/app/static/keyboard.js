// Gradio's list of choices handles Tab after the focus has left it, and opens again; and what scrolls takes the focus,
// only to vanish with it. So the list does not hear of Tab, and Tab passes it by.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Tab" || event.target.getAttribute("role") !== "combobox") return;
  event.stopPropagation();
  const list = document.getElementById(event.target.getAttribute("aria-controls"));
  if (list) list.tabIndex = -1;
}, true);
