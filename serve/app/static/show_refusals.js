// Gradio's page shows why a queued job was refused, but only "Error" for one that is not queued.
() => {
  const bar = Object.assign(document.createElement("p"), { id: "refusal", hidden: true });
  bar.setAttribute("role", "alert");
  document.body.append(bar);
  const asked = window.fetch;
  let shown;
  window.fetch = async (...request) => {
    const answer = await asked(...request);
    if (!answer.ok && answer.url.includes("/gradio_api/run/")) {
      const { detail } = await answer.clone().json().catch(() => ({}));
      if (typeof detail === "string") {
        bar.textContent = detail;
        bar.hidden = false;
        clearTimeout(shown);
        shown = setTimeout(() => { bar.hidden = true; }, 8000);
      }
    }
    return answer;
  };
}
