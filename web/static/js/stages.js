// The stages of a round: readers as chips that are dragged, or moved by keys and buttons.
// A chip carries its own field, so whoever moves a chip moves its field (see web/stages.py).
// Without this script every button is a submit button and the server moves the chip.
import { startPickers } from "./picker.js";

let made = 0;

function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

class Stages {
  constructor(root) {
    this.root = root;
    this.plan = root.querySelector(".plan");
    root.addEventListener("click", (event) => this.click(event));
    root.addEventListener("keydown", (event) => this.key(event));
    root.addEventListener("change", (event) => {
      if (event.target.matches("[data-choice]")) this.choose(event.target);
    });
    this.sort(this.plan, { handle: "[data-stage-grip]", draggable: "[data-stage]" });
    this.lists().forEach((list) => this.sortReaders(list));
    this.settle();
  }

  stages() { return [...this.plan.querySelectorAll("[data-stage]")]; }
  lists() { return [...this.plan.querySelectorAll("[data-readers]")]; }
  readers() { return [...this.plan.querySelectorAll("[data-reader]")]; }

  sort(list, options) {
    window.Sortable?.create(list, {
      animation: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 140,
      forceFallback: true,
      fallbackTolerance: 4,
      ghostClass: "ghost",
      dragClass: "dragged",
      onStart: () => this.root.classList.add("moving"),
      onEnd: () => {
        this.root.classList.remove("moving");
        this.settle();
      },
      ...options,
    });
  }

  sortReaders(list) {
    this.sort(list, {
      group: "readers",
      draggable: "[data-reader]",
      filter: ".menu",
      preventOnFilter: false,
      delay: 120,
      delayOnTouchOnly: true,
    });
  }

  // Numbers the places in the buttons anew, and tells the form what there is.
  settle() {
    this.stages().forEach((stage, at) => {
      for (const button of stage.querySelectorAll("[data-stage-act]")) {
        button.value = `stage.${button.dataset.stageAct}.${at}`;
      }
      const [earlier, later] = stage.querySelectorAll("[data-stage-act=earlier], [data-stage-act=later]");
      earlier.disabled = at === 0;
      later.disabled = at === this.stages().length - 1;
      [...stage.querySelectorAll("[data-reader]")].forEach((reader, place) => {
        for (const button of reader.querySelectorAll("[name=act]")) {
          const what = button.dataset.move ?? "unfold";
          button.value = `reader.${what}.${at}.${place}`;
        }
      });
    });
    this.root.dispatchEvent(new CustomEvent("stages:change", { bubbles: true }));
  }

  // Readers ------------------------------------------------------------------------------------

  choose(choice) {
    const stage = choice.closest("[data-stage]");
    const field = stage.querySelector("[role=combobox]");
    if (choice.value) this.add(stage, choice.value, field.value, choice.dataset.detail ?? "");
    choice.value = "";
    field.value = "";
    field.removeAttribute("aria-invalid");
  }

  add(stage, key, name, detail) {
    const kind = key.split(":")[0];
    const chip = this.root.querySelector("[data-reader-template]").content.firstElementChild.cloneNode(true);
    chip.querySelector("[name=plan]").value = key;
    chip.querySelector("[data-name]").textContent = name;
    chip.querySelector("[data-detail]").textContent = detail;
    for (const each of chip.querySelectorAll("[aria-label]")) {
      each.setAttribute("aria-label", fill(each.getAttribute("aria-label"), { name }));
    }
    if (kind === "user") {
      chip.querySelector("[data-kind]").remove();
      chip.querySelector("[data-unfold]").remove();
    } else {
      const use = chip.querySelector("[data-kind] use");
      const icon = { post: "user", group: "users", unit: "building-2" }[kind];
      use.setAttribute("href", use.getAttribute("href").replace(/#.*$/, `#${icon}`));
    }
    stage.querySelector("[data-readers]").append(chip);
    window.htmx?.process(chip);
    this.settle();
    this.tell(chip);
  }

  remove(chip) {
    const all = this.readers();
    const at = all.indexOf(chip);
    const stage = chip.closest("[data-stage]");
    const name = chip.querySelector("[data-name]").textContent;
    chip.remove();
    this.settle();
    const near = all[at + 1] ?? all[at - 1];
    (near?.querySelector("[data-grip]") ?? stage.querySelector("[role=combobox]")).focus();
    this.say(fill(this.root.dataset.gone, { name }));
  }

  move(chip, way) {
    const stages = this.stages();
    const at = stages.indexOf(chip.closest("[data-stage]"));
    if (way === "remove") return this.remove(chip);
    if (way === "earlier") chip.previousElementSibling?.before(chip);
    else if (way === "later") chip.nextElementSibling?.after(chip);
    else if (way === "back" && at > 0) stages[at - 1].querySelector("[data-readers]").append(chip);
    else if (way === "next") {
      if (at + 1 === stages.length) this.addStage();
      this.stages()[at + 1].querySelector("[data-readers]").append(chip);
    }
    this.settle();
    this.tell(chip);
    return chip.querySelector("[data-grip]").focus();
  }

  // One line through all stages: past the end of a stage begins the next.
  walk(chip, by) {
    if (by < 0) this.move(chip, chip.previousElementSibling ? "earlier" : "back");
    else this.move(chip, chip.nextElementSibling ? "later" : "next");
    if (by > 0) return;
    chip.querySelector("[data-grip]").focus();
  }

  key(event) {
    const grip = event.target.closest("[data-grip]");
    if (grip) {
      const chip = grip.closest("[data-reader]");
      const way = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
      if (way && !event.ctrlKey && !event.metaKey) {
        event.preventDefault();
        if (event.key === "ArrowDown") this.move(chip, "next");
        else if (event.key === "ArrowUp") this.move(chip, "back");
        else this.walk(chip, way);
      } else if (event.key === "Delete" || event.key === "Backspace") {
        event.preventDefault();
        this.remove(chip);
      }
    } else if (event.target.matches("[name=typed]")) {
      const chips = event.target.closest("[data-stage]").querySelectorAll("[data-reader]");
      if (event.key === "Backspace" && event.target.value === "" && chips.length) {
        event.preventDefault();
        this.remove(chips[chips.length - 1]);
        event.target.focus();
      } else if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) {
        event.preventDefault();
      }
    }
  }

  // Stages -------------------------------------------------------------------------------------

  addStage() {
    made += 1;
    const stage = this.root.querySelector("[data-stage-template]").content.firstElementChild.cloneNode(true);
    for (const each of stage.querySelectorAll("[id]")) each.id = each.id.replace("stage-new", `stage-new-${made}`);
    const field = stage.querySelector("[role=combobox]");
    field.setAttribute("aria-controls", `stage-new-${made}_list`);
    this.plan.append(stage);
    startPickers(stage);
    this.sortReaders(stage.querySelector("[data-readers]"));
    return stage;
  }

  moveStage(stage, way) {
    if (way === "earlier") stage.previousElementSibling?.before(stage);
    else if (way === "later") stage.nextElementSibling?.after(stage);
    else if (way === "remove") {
      if (this.stages().length === 1) this.addStage();
      const near = stage.nextElementSibling ?? stage.previousElementSibling;
      stage.remove();
      near.querySelector("[role=combobox]").focus();
    }
    this.settle();
  }

  click(event) {
    const mover = event.target.closest("[data-move]");
    const act = event.target.closest("[data-stage-act]");
    if (mover) {
      event.preventDefault();
      mover.closest("[data-menu]").open = false;
      this.move(mover.closest("[data-reader]"), mover.dataset.move);
    } else if (act) {
      event.preventDefault();
      if (act.dataset.stageAct === "add") {
        this.addStage().querySelector("[role=combobox]").focus();
        this.settle();
      } else {
        this.moveStage(act.closest("[data-stage]"), act.dataset.stageAct);
      }
    } else if (event.target.closest(".plan-field") && !event.target.closest("[data-reader], .picker")) {
      event.target.closest("[data-stage]").querySelector("[role=combobox]").focus();
    }
  }

  tell(chip) {
    const stages = this.stages();
    const stage = chip.closest("[data-stage]");
    const chips = [...stage.querySelectorAll("[data-reader]")];
    this.say(fill(this.root.dataset.said, {
      name: chip.querySelector("[data-name]").textContent,
      stage: stages.indexOf(stage) + 1,
      place: chips.indexOf(chip) + 1,
      count: chips.length,
    }));
  }

  say(text) {
    this.root.querySelector("[data-told]").textContent = text;
  }
}

export function startStages(root) {
  const found = [...root.querySelectorAll("[data-stages]:not([data-live])")];
  if (root.matches?.("[data-stages]:not([data-live])")) found.push(root);
  for (const element of found) {
    element.dataset.live = "";
    new Stages(element);
  }
}
