// A number of points in steps: two buttons beside the field, and what it is worth as it is typed. Where the balance is
// money the field holds decimals, after a point or a comma; inside they are minor units here too.

export default function (box) {
  const input = box.querySelector("input");
  const output = box.querySelector("output");
  const { currency, words } = box.dataset;
  const [points, minor, digits, decimals, least, step, most] = ["points", "minor", "digits", "decimals", "least", "step", "most"].map(
    (name) => Number(box.dataset[name]),
  );
  const format = new Intl.NumberFormat(document.documentElement.lang, { style: "currency", currency });
  const typed = new RegExp(decimals ? `^\\d+([.,]\\d{1,${decimals}})?$` : "^\\d+$");

  const read = () => {
    const text = input.value.trim();
    return typed.test(text) ? Math.round(Number(text.replace(",", ".")) * 10 ** decimals) : NaN;
  };
  const write = (number) => {
    const text = (number / 10 ** decimals).toFixed(decimals);
    input.value = input.value.includes(",") ? text.replace(".", ",") : text; // the mark that stood there
  };
  const draw = () => {
    const worth = Math.floor((read() * minor) / points) / 10 ** digits;
    output.textContent = worth >= 0 ? words.replace("{}", format.format(worth)) : "";
  };
  // To the next step in this direction; whoever is between two of them lands on one.
  const move = (by) => {
    const steps = ((read() || 0) - least) / step;
    const next = by > 0 ? Math.floor(steps) + 1 : Math.ceil(steps) - 1;
    const last = Math.floor((most - least) / step);
    write(least + step * Math.max(0, Math.min(next, last)));
    draw();
  };
  for (const button of box.querySelectorAll("button")) {
    button.hidden = false;
    button.addEventListener("click", () => move(Number(button.dataset.by)));
  }
  input.addEventListener("input", draw);
}
