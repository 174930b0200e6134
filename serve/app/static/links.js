// The address of the page: what it asked for when it was opened, and what is shown now. It stands in the head, so that
// the address is read before anything writes it. Elements are pairs of a parameter and the id of the control it sets.
window.barometer = (() => {
  const asked = new URLSearchParams(location.search);
  const NAMED = 12;  // choices named by a note
  let shown = null, opened = false, kept;

  // As they were at first: what runs the page may change them.
  const parts = () => kept ??= window.gradio_config.components.map(({ props }) => ({ ...props }));
  const pages = () => parts().filter(({ elem_id: id }) => id?.startsWith("page-"));
  const control = (id) => parts().find((props) => props.elem_id === id);
  const same = (one, other) => String(one).toLowerCase() === String(other).toLowerCase();
  const wanted = () => {
    const tab = asked.get("tab");
    return pages().find(({ id }) => id === tab)?.id ?? pages()[0].id;
  };

  const note = (text, seconds = 0) => {
    const place = document.getElementById("link-notes");
    if (!place) return requestAnimationFrame(() => note(text));  // the header is drawn a moment later
    const line = Object.assign(document.createElement("p"), { className: "b-note", textContent: text });
    place.append(line);
    if (seconds) {
      line.classList.add("b-passing");
      setTimeout(() => line.remove(), 1000 * seconds);
    }
  };
  const refuse = (name, value, choices) => {
    const rest = choices.length - NAMED;
    const more = rest > 0 ? ` and ${rest} more` : "";
    note(`The link asks for ${name}=${value.slice(0, 40)}, which is not known. Choose from ${choices.slice(0, NAMED).join(", ")}${more}.`);
  };
  const take = (name, id) => {
    const value = asked.get(name);
    asked.delete(name);  // from then on the control decides
    if (value === null) return undefined;
    const choices = control(id).choices.map(([, choice]) => choice);
    const found = choices.find((choice) => same(choice, value));
    if (found === undefined) refuse(name, value, choices.filter((choice) => choice !== ""));
    return found;
  };
  const write = (elements, values) => {
    const address = new URL(location);
    for (const name of [...address.searchParams.keys()]) {
      if (name !== "view" && !name.startsWith("__")) address.searchParams.delete(name);  // others than ours
    }
    if (shown !== pages()[0].id) address.searchParams.set("tab", shown);
    elements.forEach(([name, id], i) => {
      if (values[i] !== control(id).value) address.searchParams.set(name, values[i]);
    });
    history.replaceState(history.state, "", address);
  };

  return {
    // A page is opened: the values that the link asks for, undefined where a control stays as it is.
    see(tab, elements, values) {
      shown = tab;
      const taken = elements.map(([name, id]) => (tab === wanted() ? take(name, id) : undefined));
      if (opened) write(elements, values.map((value, i) => taken[i] ?? value));
      return taken;
    },
    // A control has another value, whoever changed it.
    change(tab, elements, values) {
      if (opened && tab === shown) write(elements, values);
    },
    // The app is drawn: open the page that the link names.
    open() {
      const tab = asked.get("tab"), page = pages().find(({ id }) => id === tab);
      if (tab !== null && !page) refuse("tab", tab, pages().map(({ id }) => id));
      const press = (tries) => {
        const hidden = [...document.querySelectorAll("#pages .overflow-dropdown button")];
        const button = document.getElementById(`page-${tab}-button`)
          ?? hidden.find(({ textContent }) => textContent.trim() === page.label);
        if (button) button.click();
        else if (tries) return setTimeout(press, 50, tries - 1);  // the tabs may be drawn a moment later
        opened = true;
      };
      if (page) press(40);
      else opened = true;
    },
    async copy() {
      let said = "The link is copied.";
      try {
        await navigator.clipboard.writeText(location.href);
      } catch {  // without TLS, browsers let no page write there
        said = "This browser lets no page copy; the link is in its address bar.";
      }
      note(said, 6);
    },
  };
})();
