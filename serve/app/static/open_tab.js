// Opens the page that the address names. The address is read once, before seen_tab.js first writes it.
() => {
  const asked = new URLSearchParams(location.search).get("tab");
  const open = (tries) => {
    const button = document.getElementById(`page-${asked}-button`);
    if (button) button.click();
    else if (tries) setTimeout(open, 50, tries - 1);  // the tabs may be drawn a moment later
    window.barometerOpened = true;
  };
  open(asked ? 40 : 0);
}
