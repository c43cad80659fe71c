// "/" goes to the search field, as long as nothing is being typed.

export default function (form) {
  const input = form.querySelector("input[type=search]");
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.target.closest("input, textarea, select")) return;
    event.preventDefault();
    input.focus();
  });
}
