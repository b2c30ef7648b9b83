// Saves a mark without loading the page again, so that comments begun elsewhere stay; and knows some keys.
const articles = () => [...document.querySelectorAll("article")];
const chosen = () => document.activeElement.closest("article");

function choose(article) {
  article?.focus({ preventScroll: true });
  article?.scrollIntoView({ block: "nearest" });
}

function step(by) {
  const all = articles(), here = chosen();
  choose(here ? all[all.indexOf(here) + by] : all[0]);
}

function nextOpen() {
  const all = articles(), here = all.indexOf(chosen());
  return [...all.slice(here + 1), ...all.slice(0, here + 1)].find((each) => each.classList.contains("open"));
}

async function save(form, submitter) {
  const body = new URLSearchParams(new FormData(form));
  body.set("points", submitter.value);
  let response = null;
  try {
    response = await fetch(form.action, { method: "POST", body });
  } catch {
    // The server has ended: there is no response.
  }
  const page = new DOMParser().parseFromString(response ? await response.text() : "", "text/html");
  const problem = document.getElementById("problem");
  if (!response?.ok) {
    problem.textContent = page.getElementById("problem")?.textContent ?? form.dataset.lost;
    problem.scrollIntoView({ block: "center" });
    return;
  }
  problem.textContent = "";
  const article = form.closest("article");
  for (const part of [article, document.getElementById("progress"), document.getElementById("sections")]) {
    const fresh = page.getElementById(part.id);
    if (!fresh) return location.reload(); // equal answers that are marked alike now stand together
    part.className = fresh.className;
    part.replaceChildren(...fresh.childNodes);
  }
  article.focus({ preventScroll: true });
  if (submitter.value) choose(nextOpen());
}

document.addEventListener("submit", (event) => {
  event.preventDefault();
  save(event.target, event.submitter);
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const on = event.target, writes = on.tagName === "TEXTAREA";
  if (writes) {
    if (event.key !== "Escape" && (event.key !== "Enter" || event.shiftKey)) return;
    choose(chosen());
  } else if (/^\d$/.test(event.key)) {
    const button = chosen()?.querySelector(`button[value="${event.key}"]`);
    if (!button) return;
    button.click();
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
