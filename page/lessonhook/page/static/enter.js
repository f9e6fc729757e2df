// Puts the code of the link into its field, and takes it out of the address. Without it a person pastes the code.
(() => {
  const code = location.hash.slice(1);
  if (!code) return;
  document.getElementById("lh-code").value = code;
  document.getElementById("lh-paste").hidden = true;
  history.replaceState(null, "", location.pathname);
})();
