/**
 * The filter language as far as an editor needs it: where its words are, what may come next, and how
 * a condition is written. Whether a filter is good is the server's to say (`/v1/events/check`).
 */

export interface Token {
  kind: "word" | "quoted" | "symbol";
  /** A quoted one without its quotes. */
  text: string;
  start: number;
  /** Behind its last character. */
  end: number;
}

const SYMBOLS = "()<>=!~,&|";
const PAIRS = ["<=", ">=", "!=", "<>", "==", "&&", "||"];

/** The tokens of a text; a quote that is not closed reaches to the end. */
export function tokens(text: string): Token[] {
  const found: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const c = text.charAt(at);
    if (/\s/.test(c)) at++;
    else {
      const token =
        c === '"' || c === "'"
          ? quoted(text, at)
          : SYMBOLS.includes(c)
            ? symbol(text, at)
            : word(text, at);
      found.push(token);
      at = token.end;
    }
  }
  return found;
}

function quoted(text: string, start: number): Token {
  const quote = text.charAt(start);
  let value = "";
  for (let at = start + 1; at < text.length; at++) {
    let c = text.charAt(at);
    if (c === quote) return { kind: "quoted", text: value, start, end: at + 1 };
    if (c === "\\" && at + 1 < text.length) c = text.charAt(++at);
    value += c;
  }
  return { kind: "quoted", text: value, start, end: text.length };
}

function symbol(text: string, start: number): Token {
  const pair = text.slice(start, start + 2);
  const shown = PAIRS.includes(pair) ? pair : text.charAt(start);
  return { kind: "symbol", text: shown, start, end: start + shown.length };
}

function word(text: string, start: number): Token {
  let end = start;
  while (end < text.length && isWordPart(text.charAt(end))) end++;
  return { kind: "word", text: text.slice(start, end), start, end };
}

function isWordPart(c: string): boolean {
  return !/\s/.test(c) && !SYMBOLS.includes(c) && c !== '"' && c !== "'";
}

const RESERVED = ["and", "or", "not", "in", "like", "contains", "exists"];

/** A value as it is written: quoted where it would be more than one word, or another one. */
export function quote(value: string): string {
  const isWord = value !== "" && [...value].every(isWordPart);
  if (isWord && !RESERVED.includes(value.toLowerCase())) return value;
  return `"${value.replace(/["\\]/g, "\\$&")}"`;
}

/** The condition that events have this value; null for those that have none. */
export function condition(field: string, value: string | null): string {
  return value === null ? `not exists ${field}` : `${field} = ${quote(value)}`;
}

/** A filter that asks for one thing more. What is asked for already is not asked for again. */
export function and(filter: string, more: string): string {
  const now = filter.trim();
  if (now === "") return more;
  const isOr = tokens(now).some(
    ({ kind, text }) =>
      (kind === "word" && text.toLowerCase() === "or") || (kind === "symbol" && text === "||"),
  );
  if (isOr) return `(${now}) and ${more}`;
  return conjuncts(now).includes(more) ? now : `${now} and ${more}`;
}

/** The pieces between the words `and`. */
function conjuncts(filter: string): string[] {
  const ands = tokens(filter).filter(
    ({ kind, text }) => kind === "word" && text.toLowerCase() === "and",
  );
  const starts = [0, ...ands.map(({ end }) => end)];
  return starts.map((start, i) => filter.slice(start, ands[i]?.start).trim());
}

/** The filter for everything but what meets a condition. */
export function without(filter: string, condition: string): string {
  const opposite = condition.startsWith("not ") ? condition.slice(4) : `not ${condition}`;
  return and(filter, opposite);
}

/** A field of the language, as `/v1/events/fields` tells of it. */
export interface FilterField {
  name: string;
  aliases: string[];
  kind: string;
  operators: string[];
  description: string;
  codes?: string[] | null;
}

/** What is being written where the caret is. */
export interface Spot {
  /**
   * - `condition`: a field, `not`, `exists` or a parenthesis
   * - `field`: a field alone
   * - `operator`: how the field is compared
   * - `value`: what with
   * - `join`: `and`, `or`
   * - `none`: nothing that can be told
   */
  wants: "condition" | "field" | "operator" | "value" | "join" | "none";
  /** What is there of it before the caret, without quotes. */
  prefix: string;
  /** What a choice takes the place of. */
  start: number;
  end: number;
  /** Whose operator or value it is. */
  field?: FilterField;
  /** Within the parentheses of `in`. */
  isList: boolean;
}

type State = Pick<Spot, "wants" | "field" | "isList"> & { open: number };

const BEGIN: State = { wants: "condition", isList: false, open: 0 };

/** What may be written at the caret. */
export function spotAt(text: string, caret: number, fields: FilterField[]): Spot {
  const all = tokens(text);
  // A symbol is finished; a word or a quoted text that the caret touches is still being written.
  const current = all.find(
    ({ kind, start, end }) => kind !== "symbol" && start < caret && caret <= end,
  );
  const before = all.filter((token) => token !== current && token.end <= caret);
  let state = before.reduce((now, token) => next(now, token, fields), BEGIN);
  if (current?.kind === "quoted" && state.wants !== "value") {
    state = { ...state, wants: "none" };
  }
  const { wants, field, isList } = state;
  if (!current) return { wants, field, isList, prefix: "", start: caret, end: caret };
  const written = text.slice(current.start, caret);
  const prefix = current.kind === "quoted" ? written.slice(1) : written;
  return { wants, field, isList, prefix, start: current.start, end: current.end };
}

function next(state: State, token: Token, fields: FilterField[]): State {
  const text = token.kind === "quoted" ? "" : token.text.toLowerCase();
  const after: State = { wants: "join", isList: false, open: state.open };
  switch (state.wants) {
    case "condition":
      if (text === "not" || text === "!") return state;
      if (text === "(") return { ...BEGIN, open: state.open + 1 };
      if (text === "exists") return { ...state, wants: "field" };
      return { ...state, wants: "operator", field: named(text, fields) };
    case "field":
      return text === "(" ? state : text === ")" ? state : after;
    case "operator":
      if (state.field?.kind === "flag" && isJoin(text)) return next(after, token, fields);
      if (text === "not") return state;
      return { ...state, wants: "value", isList: false };
    case "value":
      if (text === "(" && !state.isList) return { ...state, isList: true };
      return state.isList ? { ...state, wants: "join" } : after;
    case "join":
      if (state.isList && text === ",") return { ...state, wants: "value" };
      if (state.isList && text === ")") return after;
      if (text === ")") return { ...after, open: Math.max(0, state.open - 1) };
      return { ...BEGIN, open: state.open };
    default:
      return state;
  }
}

function isJoin(text: string): boolean {
  return ["and", "or", "&&", "||", ")"].includes(text);
}

export function named(name: string, fields: FilterField[]): FilterField | undefined {
  const wanted = name.toLowerCase();
  return fields.find((one) => one.name === wanted || one.aliases.includes(wanted));
}

/** Something that can be chosen. */
export interface Choice {
  /** What is written. */
  text: string;
  /** What is shown; the text unless told. */
  label?: string;
  note?: string;
}

const MEANINGS: Record<string, string> = {
  "=": "is, or is within",
  "!=": "is not",
  "<": "below",
  "<=": "at most",
  ">": "above",
  ">=": "at least",
  "~": "contains",
  in: "is one of",
  "not in": "is none of",
};

const CHOICES_MAX = 12;

/** What can be chosen without asking the server: everything but most values. */
export function choices(spot: Spot, fields: FilterField[]): Choice[] {
  const prefix = spot.prefix.toLowerCase();
  switch (spot.wants) {
    case "condition":
      return [...matching(prefix, fields), ...words(prefix, ["not", "exists"])].slice(
        0,
        CHOICES_MAX,
      );
    case "field":
      return matching(prefix, fields).slice(0, CHOICES_MAX);
    case "operator":
      return operators(spot, prefix);
    case "value":
      return values(spot, prefix);
    case "join":
      return spot.isList ? words(prefix, [",", ")"]) : words(prefix, ["and", "or"]);
    default:
      return [];
  }
}

function words(prefix: string, all: string[]): Choice[] {
  return all.filter((one) => one.startsWith(prefix)).map((text) => ({ text }));
}

/** Fields that begin so, then those with another name that does, then those that contain it. */
function matching(prefix: string, fields: FilterField[]): Choice[] {
  const rank = (field: FilterField) => {
    if (field.name.startsWith(prefix)) return 0;
    if (field.aliases.some((alias) => alias.startsWith(prefix))) return 1;
    return field.name.includes(prefix) ? 2 : 3;
  };
  return fields
    .map((field) => ({ field, rank: rank(field) }))
    .filter((one) => one.rank < 3)
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ field }) => ({ text: field.name, note: field.description }));
}

function operators(spot: Spot, prefix: string): Choice[] {
  const known = spot.field?.operators ?? Object.keys(MEANINGS);
  const all = known
    .filter((operator) => operator !== "exists" && operator.startsWith(prefix))
    .map((text) => ({ text, note: MEANINGS[text] }));
  return spot.field?.kind === "flag" ? [...words(prefix, ["and", "or"]), ...all] : all;
}

function values(spot: Spot, prefix: string): Choice[] {
  const known = spot.field?.kind === "flag" ? ["true", "false"] : (spot.field?.codes ?? []);
  return known
    .filter((value) => value.toLowerCase().startsWith(prefix))
    .map((value) => ({ text: quote(value), label: value }));
}

/** Whether the values are the server's to tell. */
export function hasStoredValues(spot: Spot): boolean {
  if (spot.wants !== "value" || !spot.field || spot.field.codes?.length) return false;
  return !["flag", "time", "id"].includes(spot.field.kind);
}

/** The text after a choice, and where the caret goes. */
export function chosen(text: string, spot: Spot, choice: Choice): { text: string; caret: number } {
  const rest = text.slice(spot.end);
  const space = rest.startsWith(" ") ? "" : " ";
  const before = text.slice(0, spot.start);
  const gap = before === "" || /[\s(]$/.test(before) || choice.text === "," ? "" : " ";
  const head = before + gap + choice.text;
  return { text: head + space + rest, caret: head.length + 1 };
}

/** The piece of a text that a fault at a position is about. */
export function faultAt(text: string, position: number): { start: number; end: number } {
  const token = tokens(text).find(({ start, end }) => start <= position && position < end);
  if (token) return { start: position, end: token.end };
  return { start: Math.min(position, text.length), end: Math.max(position, text.length) };
}
