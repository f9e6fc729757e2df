// Adds a button to each value that people copy, and renews the state. Without it the page works all the same.
(() => {
  const element = (kind, properties) => Object.assign(document.createElement(kind), properties);

  // Browsers let a page write to the clipboard only if it came by https, or from this machine.
  if (navigator.clipboard) {
    for (const value of document.querySelectorAll(".lh [data-copy]")) {
      const button = element("button", { type: "button", className: "lh-copy-button", textContent: value.dataset.copy });
      // A page may have several: a screen reader lists them without what stands around them.
      button.setAttribute("aria-label", `${value.dataset.copy}: ${value.dataset.what}`);
      const said = element("span", { className: "lh-note" });
      said.setAttribute("role", "status");
      button.addEventListener("click", async () => {
        try {
          await navigator.clipboard.writeText(value.textContent.trim());
          said.textContent = value.dataset.copied;
        } catch {
          // The frame around the page does not allow it: the keyboard can copy what is selected.
          getSelection().selectAllChildren(value);
        }
      });
      (value.closest("pre") ?? value).after(" ", button, " ", said);
    }
  }

  // Renews the state each ten seconds while the page is looked at.
  const place = document.getElementById("lh-state");
  if (!place) return;
  let shown = place.innerHTML.trim();
  setInterval(async () => {
    if (document.hidden) return;
    try {
      const response = await fetch(place.dataset.renew, { credentials: "same-origin" });
      if (!response.ok || response.redirected) return;
      const now = (await response.text()).trim();
      // Only a change is put in, so that a screen reader says nothing twice.
      if (now !== shown) place.innerHTML = shown = now;
    } catch {
      // The next look may succeed.
    }
  }, 10000);
})();
