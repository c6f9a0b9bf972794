// Photos from a telephone: each that is taken joins a tray, a tap moves it forward or removes it, and
// all of them become one document in the order of the tray. Pages are turned upright by the pictures'
// own notes (EXIF) where they are shown; the bytes stay as the camera wrote them.

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
    if (place > 0) item.append(this.button("↑", this.list.dataset.earlier, () => this.forward(place)));
    item.append(this.button("×", this.list.dataset.remove, () => this.remove(place)));
    return item;
  }

  button(sign, words, act) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button small";
    button.textContent = sign;
    button.setAttribute("aria-label", words);
    button.addEventListener("click", act);
    return button;
  }

  forward(place) {
    [this.photos[place - 1], this.photos[place]] = [this.photos[place], this.photos[place - 1]];
    this.show();
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
