// Photos from a telephone: each that is taken joins a tray, a tap (or a key) moves it forward or back or
// removes it, and all of them become one document in the order of the tray. Pages are turned upright by
// the pictures' own notes (EXIF) where they are shown; the bytes stay as the camera wrote them.

class Tray {
  constructor(root, done) {
    this.root = root;
    this.list = root.querySelector("[data-photos]");
    this.photos = [];
    root.querySelector("[data-register-photos]").addEventListener("click", () => {
      const files = this.photos.map((photo) => photo.file);
      this.empty();
      done(files);
    });
  }

  add(files) {
    for (const file of files) this.photos.push({ file, address: URL.createObjectURL(file) });
    this.show();
  }

  empty() {
    for (const photo of this.photos) URL.revokeObjectURL(photo.address);
    this.photos = [];
    this.show();
  }

  show() {
    this.root.hidden = this.photos.length === 0;
    this.list.replaceChildren(...this.photos.map((photo, place) => this.item(photo, place)));
  }

  item(photo, place) {
    const item = document.createElement("li");
    const picture = document.createElement("img");
    picture.src = photo.address;
    picture.alt = this.list.dataset.photo.replace("%s", place + 1);
    item.append(picture);
    const { earlier, later } = this.list.dataset;
    item.append(this.button("↑", earlier, () => this.exchange(place, place - 1), place === 0));
    const last = place === this.photos.length - 1;
    item.append(this.button("↓", later, () => this.exchange(place, place + 1), last));
    item.append(this.button("×", this.list.dataset.remove, () => this.remove(place)));
    return item;
  }

  button(sign, words, act, disabled = false) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button small";
    button.textContent = sign;
    button.disabled = disabled;
    button.setAttribute("aria-label", words);
    button.addEventListener("click", act);
    return button;
  }

  // The keyboard stays on the photo that moves: on the button that moved it, or at the end of the row
  // on the one that leads back.
  exchange(place, other) {
    [this.photos[other], this.photos[place]] = [this.photos[place], this.photos[other]];
    this.show();
    const buttons = [...this.list.children[other].querySelectorAll("button")];
    const same = buttons[other < place ? 0 : 1];
    (same.disabled ? buttons.find((button) => !button.disabled) : same).focus();
  }

  remove(place) {
    URL.revokeObjectURL(this.photos[place].address);
    this.photos.splice(place, 1);
    this.show();
  }
}

export function startCamera(form, done) {
  const input = form.querySelector("[data-camera]");
  const root = form.querySelector("[data-tray]");
  if (!input || !root) return;
  const tray = new Tray(root, done);
  input.addEventListener("change", () => {
    tray.add([...input.files]);
    input.value = "";
  });
}
