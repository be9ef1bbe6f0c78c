"use strict";

/** Makes an element; text goes in as text, never as markup. */
function element(name, className, ...children) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

function resolved(api, value) {
  if (!value || !value.$ref) return value;
  return value.$ref.slice(2).split("/").reduce((at, key) => at[key], api);
}

function table(head, rows) {
  const line = (cells, kind) => element("tr", "", ...cells.map((cell) => element(kind, "", cell)));
  return element("table", "", line(head, "th"), ...rows.map((row) => line(row, "td")));
}

function parameters(api, operation) {
  const all = (operation.parameters || []).map((parameter) => resolved(api, parameter));
  if (!all.length) return [];
  const rows = all.map((p) => [
    element("code", "", p.name), p.in, p.required ? "required" : "", p.description || ""]);
  return [element("h4", "", "Parameters"), table(["name", "in", "", ""], rows)];
}

function examples(content) {
  return Object.entries(content || {}).flatMap(([type, media]) => {
    const values = media.examples
      ? Object.values(media.examples).map((example) => example.value)
      : media.example === undefined ? [] : [media.example];
    return values.map((value) => element("div", "",
      element("code", "", type),
      element("pre", "", typeof value === "string" ? value : JSON.stringify(value, null, 2))));
  });
}

function responses(api, operation) {
  const all = Object.entries(operation.responses).map(([s, r]) => [s, resolved(api, r)]);
  return [
    element("h4", "", "Answers"),
    table(["status", ""], all.map(([s, r]) => [element("code", "", s), r.description])),
    ...all.flatMap(([, r]) => examples(r.content))];
}

function route(api, path, method, operation) {
  const open = operation.security && operation.security.length === 0;
  const access = open ? "public" : operation["x-scopes"] || "any key";
  const body = element("div", "", element("p", "", operation.description || ""));
  body.append(...parameters(api, operation));
  const request = resolved(api, operation.requestBody);
  if (request) body.append(element("h4", "", "Body"), ...examples(request.content));
  body.append(...responses(api, operation));
  const made = element("details", "",
    element("summary", "",
      element("span", "method", method.toUpperCase()), element("code", "", path),
      " ", operation.summary || "", element("span", "access", access)), body);
  made.dataset.text = `${method} ${path} ${operation.summary || ""}`.toLowerCase();
  return made;
}

function render(api) {
  document.getElementById("title").textContent = `${api.info.title} ${api.info.version}`;
  document.getElementById("summary").textContent = api.info.description;
  const groups = new Map(api.tags.map((tag) => [tag.name, element("section", "",
    element("h2", "", tag.name), element("p", "", tag.description || ""))]));
  for (const [path, item] of Object.entries(api.paths)) {
    for (const [method, operation] of Object.entries(item)) {
      groups.get(operation.tags[0]).append(route(api, path, method, operation));
    }
  }
  document.getElementById("routes").replaceChildren(...groups.values());
}

document.getElementById("find").addEventListener("input", (event) => {
  const wanted = event.target.value.toLowerCase();
  for (const item of document.querySelectorAll("details")) {
    item.hidden = !item.dataset.text.includes(wanted);
  }
});

fetch("/openapi.json")
  .then((answer) => answer.json())
  .then(render)
  .catch((error) => {
    document.getElementById("summary").textContent = `Cannot read /openapi.json: ${error}`;
  });
