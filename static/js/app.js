// Runs on every page; every page works without it. Keeps a form from being sent twice and brings in the modules that a page asks for.

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
