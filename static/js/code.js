// A code that the phone fills in, or that is pasted ("123 456" counts too), goes off by itself. A typed one waits for the button.

export default function (field) {
  const input = field.querySelector("input");
  const typed = () => input.value.replace(/\D/g, "");
  let before = typed().length; // she may type faster than this file comes
  input.addEventListener("input", () => {
    const digits = typed();
    const atOnce = digits.length - before > 1;
    before = digits.length;
    if (digits.length !== 6 || !atOnce) return;
    input.value = digits;
    input.form.requestSubmit();
  });
}
