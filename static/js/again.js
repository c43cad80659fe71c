// A page that waits for something looks again by itself.

export default function (element) {
  setTimeout(() => location.replace(element.dataset.url), Number(element.dataset.seconds) * 1000);
}
