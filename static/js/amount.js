// A number of points in steps: two buttons beside the field, and what it is worth as it is typed.

export default function (box) {
  const input = box.querySelector("input");
  const output = box.querySelector("output");
  const { points, minor, currency, digits, words } = box.dataset;
  const format = new Intl.NumberFormat(document.documentElement.lang, { style: "currency", currency });
  const draw = () => {
    const worth = Math.floor((input.valueAsNumber * minor) / points) / 10 ** digits;
    output.textContent = worth >= 0 ? words.replace("{}", format.format(worth)) : "";
  };
  for (const button of box.querySelectorAll("button")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      if (button.dataset.by > 0) input.stepUp();
      else input.stepDown();
      draw();
    });
  }
  input.addEventListener("input", draw);
}
