// Plots are drawn in the colours of a mode. Gradio's own listener, registered earlier, has changed the page by then.
() => matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  const box = document.querySelector("#dark input");
  if (box.checked !== document.body.classList.contains("dark")) box.click();
})
