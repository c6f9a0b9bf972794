// The public check page: a file that is dropped is sent at once, like one that is chosen. Without this
// script the form is an ordinary one.
function start(form) {
  const input = form.querySelector("input[type=file]");
  const button = form.querySelector("button");
  const busy = form.querySelector(".public-busy");
  const tooLarge = form.querySelector("[data-too-large]");
  const limit = Number(form.dataset.limit);

  function send() {
    const [file] = input.files;
    tooLarge.hidden = !file || file.size <= limit;
    if (!file || file.size > limit) return;
    busy.hidden = false;
    button.disabled = true;
    form.submit();
  }

  input.addEventListener("change", send);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
  form.addEventListener("dragover", (event) => {
    event.preventDefault();
    form.classList.add("over");
  });
  form.addEventListener("dragleave", () => form.classList.remove("over"));
  form.addEventListener("drop", (event) => {
    event.preventDefault();
    form.classList.remove("over");
    if (!event.dataTransfer.files.length) return;
    const one = new DataTransfer();
    one.items.add(event.dataTransfer.files[0]);
    input.files = one.files;
    send();
  });
  // Coming back by the browser's arrow shows the page as it was left.
  window.addEventListener("pageshow", () => {
    busy.hidden = true;
    button.disabled = false;
  });
}

document.querySelectorAll("[data-check]").forEach(start);
