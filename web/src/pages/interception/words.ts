import type { paths } from "../../../generated/api";

type Answer<P extends keyof paths> = paths[P] extends {
  get: { responses: { 200: { content: { "application/json": infer T } } } };
}
  ? T
  : never;

export type Status = Answer<"/v1/interception">;
export type Inventory = Answer<"/v1/interception/inventory">;

type Tone = "good" | "warn" | "bad" | "accent" | "none";

/** How much a verdict lets out. */
export function verdictTone(verdict: string): Tone {
  switch (verdict.toLowerCase()) {
    case "mock":
      return "good";
    case "block":
      return "accent";
    case "observe":
      return "warn";
    default:
      return "none";
  }
}

export function verdictMeaning(verdict: string): string {
  switch (verdict.toLowerCase()) {
    case "mock":
      return "Answered here: nothing was looked up, connected to or sent.";
    case "observe":
      return "Read, and forwarded unchanged to the server that was meant.";
    case "block":
      return "Refused here with 403.";
    default:
      return "Passed on as encrypted bytes that nobody here reads.";
  }
}

export function verifiedTone(verified: string): Tone {
  if (verified === "verified") return "good";
  return verified === "reported" ? "accent" : "warn";
}

export function verifiedMeaning(verified: string): string {
  switch (verified) {
    case "verified":
      return "Read in the product's own source or the vendor's documentation.";
    case "reported":
      return "Read in what others published about it.";
    default:
      return "Said without a source at hand.";
  }
}

export function saidMeaning(said: string): string {
  switch (said) {
    case "documented":
      return "the vendor's documentation";
    case "code":
      return "the product's source";
    case "reported":
      return "others who looked at it";
    case "inferred":
      return "values that were seen";
    default:
      return "a guess by its name";
  }
}

export function identifierTone(identifier: string): Tone {
  if (identifier.toLowerCase() === "none") return "none";
  return identifier.toLowerCase() === "person" ? "bad" : "warn";
}
