// Runs on every page; every page works without it. Keeps a form from being sent twice, also by "back", and brings in the modules that a page asks for.

// This page answers a form. "Back" and reload ask for the form's page instead of sending it again.
const { page } = document.documentElement.dataset;
if (page !== undefined) history.replaceState(null, "", page);

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  event.submitter?.setAttribute("aria-disabled", "true");
});

// A page that comes back out of the browser's memory may be sent again.
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll("button")) button.removeAttribute("aria-disabled");
  }
});

document.querySelector(".errors")?.focus();

for (const element of document.querySelectorAll("[data-module]")) {
  import(element.dataset.module).then((module) => module.default(element));
}
