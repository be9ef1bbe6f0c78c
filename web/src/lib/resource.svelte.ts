import { Problem } from "../api/client";

/** Something that is loaded from the server, and loaded again when what it depends on changes. */
export interface Resource<T> {
  /** The latest that was loaded; kept while it is loaded anew. */
  readonly data: T | undefined;
  readonly problem: Problem | undefined;
  readonly isLoading: boolean;
  reload(): void;
}

/**
 * Loads at once and whenever a reactive value that `load` reads changes. An answer that was overtaken
 * is dropped. Call it while a component is set up.
 *
 * @param load reads its reactive values before its first `await`; null loads nothing
 * @param everyMillis loads again this long after an answer, while the page is seen
 */
export function resource<T>(
  load: (signal: AbortSignal) => Promise<T> | null,
  everyMillis?: number,
): Resource<T> {
  let data = $state.raw<T | undefined>();
  let problem = $state.raw<Problem | undefined>();
  let isLoading = $state(true);
  let round = $state(0);

  $effect(() => {
    void round;
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const loading = load(abort.signal);
    if (loading === null) {
      isLoading = false;
      return;
    }
    isLoading = true;
    loading
      .then(
        (loaded) => {
          if (abort.signal.aborted) return;
          data = loaded;
          problem = undefined;
        },
        (failure: unknown) => {
          if (!abort.signal.aborted) problem = Problem.of(failure);
        },
      )
      .finally(() => {
        if (abort.signal.aborted) return;
        isLoading = false;
        if (everyMillis) timer = setTimeout(again, everyMillis);
      });

    function again() {
      if (document.hidden) timer = setTimeout(again, everyMillis);
      else round++;
    }

    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  });

  return {
    get data() {
      return data;
    },
    get problem() {
      return problem;
    },
    get isLoading() {
      return isLoading;
    },
    reload() {
      round++;
    },
  };
}
