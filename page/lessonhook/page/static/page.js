// Renews the state each ten seconds while the page is looked at. Without it the page works all the same.
(() => {
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
