// Names and roles that Gradio leaves out: of the panel of a tab, and of a plot, whose layout says what it shows. Only the
// chosen tab is a stop of the Tab key; arrow keys lead to the others (keyboard.js).
const nameParts = () => {
  for (const tab of document.querySelectorAll('[role="tab"]')) {
    tab.tabIndex = tab.getAttribute("aria-selected") === "true" ? 0 : -1;
    document.getElementById(tab.getAttribute("aria-controls"))?.setAttribute("aria-labelledby", tab.id);
  }
  for (const plot of document.querySelectorAll(".js-plotly-plot")) {
    plot.setAttribute("role", "img");
    plot.setAttribute("aria-label", plot.layout?.meta?.label ?? "Plot");
  }
};
let nameSoon = 0;
new MutationObserver(() => {
  nameSoon ||= requestAnimationFrame(() => { nameSoon = 0; nameParts(); });
}).observe(document.body, { childList: true, subtree: true, attributeFilter: ["aria-selected"] });
nameParts();
