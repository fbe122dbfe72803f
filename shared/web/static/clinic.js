// Two small comforts; every page works without them.
addEventListener("DOMContentLoaded", () => {
  const summary = document.querySelector(".error-summary");
  if (summary) summary.focus();
});
// A second press within five seconds is a slip of the finger, not a second wish.
addEventListener("submit", (event) => {
  const form = event.target;
  if (Date.now() - Number(form.dataset.sent || 0) < 5000) event.preventDefault();
  else form.dataset.sent = Date.now();
});
addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});
