// Saves a mark without loading the page again, so that comments begun elsewhere stay; and knows some keys.
const articles = () => [...document.querySelectorAll("article")];
const chosen = () => document.activeElement.closest("article");
const isChanged = (comment) => comment.value !== comment.defaultValue;
let saving = Promise.resolve();

function choose(article) {
  article?.focus({ preventScroll: true });
  article?.scrollIntoView({ block: "nearest" });
}

function step(by) {
  const all = articles(), here = chosen();
  choose(here ? all[all.indexOf(here) + by] : all.at(by > 0 ? 0 : -1));
}

function nextOpen() {
  const all = articles(), here = all.indexOf(chosen());
  return [...all.slice(here + 1), ...all.slice(0, here + 1)].find((each) => each.classList.contains("open"));
}

// Whether it was saved.
async function save(form, points) {
  const body = new URLSearchParams(new FormData(form));
  body.set("points", points);
  const comment = form.elements.comment, before = comment.defaultValue;
  comment.defaultValue = comment.value; // it is on its way: whoever leaves the answer now need not save it again
  let response = null;
  try {
    response = await fetch(form.action, { method: "POST", body, keepalive: true }); // the page may be left meanwhile
  } catch {
    // The server has ended: there is no response.
  }
  const page = new DOMParser().parseFromString(response ? await response.text() : "", "text/html");
  const problem = document.getElementById("problem");
  if (!response?.ok) {
    comment.defaultValue = before;
    problem.textContent = page.getElementById("problem")?.textContent ?? form.dataset.lost;
    problem.scrollIntoView({ block: "center" });
    return false;
  }
  problem.textContent = "";
  const article = form.closest("article");
  if (chosen() === article) article.focus({ preventScroll: true }); // what has the focus is replaced
  for (const part of [article, document.getElementById("progress"), document.getElementById("sections")]) {
    const fresh = page.getElementById(part.id);
    if (!fresh) { // equal answers that are marked alike now stand together
      location.reload();
      return false;
    }
    part.className = fresh.className;
    part.replaceChildren(...fresh.childNodes);
  }
  return true;
}

async function give(form, points) {
  const article = form.closest("article");
  const isSaved = await save(form, points);
  if (isSaved && points && chosen() === article) choose(nextOpen() ?? document.getElementById("next"));
}

// Saves a comment that was changed after the points were given, with the same points.
function saveComment(article) {
  const form = article.querySelector("form"), given = form.querySelector("[aria-pressed=true]");
  if (given && isChanged(form.elements.comment)) saving = save(form, given.value);
}

document.addEventListener("submit", (event) => {
  event.preventDefault();
  saving = give(event.target, event.submitter.value);
});

document.addEventListener("input", (event) => {
  event.target.closest("form").querySelector(".unsaved").hidden = !isChanged(event.target);
});

document.addEventListener("focusout", (event) => {
  const left = event.target.closest("article");
  if (left && !left.contains(event.relatedTarget) && document.hasFocus()) saveComment(left);
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const on = event.target, writes = on.tagName === "TEXTAREA";
  if (writes) {
    if (event.key !== "Escape" && (event.key !== "Enter" || event.shiftKey)) return;
    choose(chosen());
    saveComment(chosen());
  } else if (/^\d$/.test(event.key)) {
    // A digit is for the answer that is chosen once the mark before it is saved.
    saving.then(() => chosen()?.querySelector(`button[value="${event.key}"]`)?.click());
  } else if (event.key === "Enter") {
    if (on.closest("a, button, summary")) return;
    const next = nextOpen();
    if (next) choose(next);
    else document.getElementById("next")?.click();
  } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    step(event.key === "ArrowDown" ? 1 : -1);
  } else if (event.key === "c") {
    chosen()?.querySelector("textarea").focus();
  } else {
    return;
  }
  event.preventDefault();
});

choose(articles().find((each) => each.classList.contains("open")) ?? articles()[0]);
