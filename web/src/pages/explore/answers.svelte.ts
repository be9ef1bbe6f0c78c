import { untrack } from "svelte";
import { api, ok, type Problem } from "../../api/client";
import type { EventDocument } from "../../lib/event";
import { resource } from "../../lib/resource.svelte";
import { before, type Span, spanOf, stepOf } from "../../lib/timespan";
import { amount, groups } from "./groups";
import { fieldsFor, type Question } from "./question";

/** Groups of the period before, among which those that are shown are looked for. */
const BEFORE_MAX = 1_000;
const COUNTRIES_MAX = 250;
/** More lines than that cannot be told apart: the others are summed up. */
const LINES_MAX = 20;
const GHOSTS_MAX = 100;
const EVENTS_MAX = 50;

/**
 * What the server answers to the question: only what the view shows is asked for, and what is
 * overtaken is cancelled. Call it while a component is set up.
 */
export function answers(question: () => Question) {
  let round = $state(0);

  // A question that is the same again, because only an event was opened, is not asked again.
  const key = $derived(JSON.stringify(question()));
  const asked = $derived.by(() => {
    void key;
    return untrack(question);
  });
  // "Until now" is until the question was asked: what is shown together is about the same events.
  const about = $derived(
    JSON.stringify([asked.from, asked.to, asked.filter, asked.by, asked.metric.name, round]),
  );
  const span = $derived.by(() => {
    void about;
    return spanOf(asked.from, asked.to, Date.now());
  });
  const spanBefore = $derived(before(span));
  const step = $derived(stepOf(span));

  const isEvents = $derived(asked.view === "events");
  const isOverTime = $derived(["line", "stacked", "events"].includes(asked.view));
  const by = $derived(fieldsFor(asked.view, asked.by).join());
  const groupsMax = $derived(asked.view === "map" ? COUNTRIES_MAX : asked.limit);
  const linesMax = $derived(Math.min(asked.limit, LINES_MAX));

  const ranking = resource((signal) => (isEvents ? null : timed(top(span, groupsMax, signal))));
  const rankingBefore = resource((signal) =>
    isEvents || !asked.isCompared ? null : top(spanBefore, BEFORE_MAX, signal),
  );
  const lines = resource((signal) =>
    isOverTime ? timed(series(span, isEvents ? "" : by, linesMax, signal)) : null,
  );
  const linesBefore = resource((signal) =>
    isOverTime && asked.isCompared
      ? series(spanBefore, asked.view === "line" ? by : "", GHOSTS_MAX, signal)
      : null,
  );
  const events = resource((signal) => (isEvents ? timed(page(signal)) : null));

  function selection({ from, to }: Span) {
    return { from: String(from), to: String(to), filter: asked.filter };
  }

  function top(of: Span, limit: number, signal: AbortSignal) {
    const query = whole({ ...selection(of), by, metric: asked.metric.name, limit });
    return ok(api.GET("/v1/events/top", { params: { query }, signal }));
  }

  function series(of: Span, by: string, limit: number, signal: AbortSignal) {
    const metric = asked.metric.name;
    const query = whole({ ...selection(of), by, metric, step: `${step}s`, limit });
    return ok(api.GET("/v1/events/series", { params: { query }, signal }));
  }

  function page(signal: AbortSignal) {
    const query = whole({ ...selection(span), limit: EVENTS_MAX, cursor: asked.cursor });
    return ok(api.GET("/v1/events", { params: { query }, signal }));
  }

  const main = $derived(isEvents ? events : ranking);
  const past = $derived(asked.isCompared ? rankingBefore.data : undefined);
  const found = $derived(ranking.data && groups(ranking.data, past));

  function problem(): Problem | undefined {
    if (main.problem) return main.problem;
    if (isOverTime && lines.problem) return lines.problem;
    return asked.isCompared ? (rankingBefore.problem ?? linesBefore.problem) : undefined;
  }

  return {
    get asked() {
      return asked;
    },
    get span() {
      return span;
    },
    get spanBefore() {
      return spanBefore;
    },
    get isLoading() {
      return main.isLoading || (isOverTime && lines.isLoading);
    },
    get problem() {
      return problem();
    },
    /** How long the slowest answer took. */
    get millis() {
      const ofLines = isOverTime ? (lines.data?.millis ?? 0) : 0;
      return Math.max(main.data?.millis ?? 0, ofLines);
    },
    /** Whether there is anything to show yet. */
    get isAnswered() {
      return main.data !== undefined;
    },
    /** The fields that the groups are by. */
    get fields() {
      return isEvents ? [] : (ranking.data?.fields ?? []);
    },
    get groups() {
      return isEvents ? undefined : found;
    },
    get total() {
      return isEvents ? undefined : ranking.data?.total;
    },
    /** The sum of what groups are ranked by, where there is one. */
    get totalOfMetric() {
      const total = ranking.data?.total as Record<string, unknown> | undefined;
      return total && amount(total[asked.metric.name]);
    },
    get totalBefore() {
      return past?.total;
    },
    get other() {
      return ranking.data?.other;
    },
    get lines() {
      return isOverTime ? lines.data : undefined;
    },
    get linesBefore() {
      return asked.isCompared ? linesBefore.data : undefined;
    },
    /** How many groups have a line of their own. */
    get linesMax() {
      return isOverTime ? linesMax : 0;
    },
    get events() {
      if (!isEvents || !events.data) return undefined;
      const { next_cursor } = events.data;
      return { events: events.data.events as EventDocument[], next_cursor };
    },
    /** Asks again, up to now. */
    again() {
      round++;
    },
  };
}

/** Without what is empty. */
function whole<T extends object>(query: T): T {
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== "")) as T;
}

async function timed<T extends object>(answer: Promise<T>): Promise<T & { millis: number }> {
  const began = performance.now();
  const found = await answer;
  return { ...found, millis: performance.now() - began };
}
