import { Problem } from "../api/client";

/** Something that a person starts, and waits for. */
export interface Action<A extends unknown[]> {
  readonly isBusy: boolean;
  /** Why it failed the last time. */
  readonly problem: Problem | undefined;
  /** What is wrong with one member of what was sent. */
  member(name: string): string | undefined;
  /** Why it failed, unless all of it is about these members, beside which it stands. */
  beyond(members: string[]): Problem | undefined;
  /** Does it, unless it is being done already; true when it succeeded. */
  run(...args: A): Promise<boolean>;
  /** Forgets what failed. */
  clear(): void;
}

export function action<A extends unknown[]>(what: (...args: A) => Promise<unknown>): Action<A> {
  let isBusy = $state(false);
  let problem = $state.raw<Problem | undefined>();

  return {
    get isBusy() {
      return isBusy;
    },
    get problem() {
      return problem;
    },
    member: (name) => problem?.members[name],
    beyond(members) {
      const names = Object.keys(problem?.members ?? {});
      const isBeside = names.length > 0 && names.every((name) => members.includes(name));
      return isBeside ? undefined : problem;
    },
    async run(...args) {
      if (isBusy) return false;
      isBusy = true;
      problem = undefined;
      try {
        await what(...args);
        return true;
      } catch (failure) {
        problem = Problem.of(failure);
        return false;
      } finally {
        isBusy = false;
      }
    },
    clear() {
      problem = undefined;
    },
  };
}
