import { OUTPUTS } from "../../../generated/outputs";

/** A member of an output's configuration, as a form asks for it. */
export interface Member {
  name: string;
  /** - `map`: texts by name - `pem`: certificates or a key, as text */
  kind: "text" | "list" | "number" | "truth" | "choice" | "pem" | "map";
  title: string;
  hint?: string;
  /** What somebody might enter. */
  example?: unknown;
  choices?: string[];
  /** What holds where nothing is said. */
  default?: unknown;
  min?: number;
  max?: number;
  isNeeded?: boolean;
  /** It is stored, and nobody is shown it; of a map, its values. */
  isSecret?: boolean;
  /** Few have a use for it. */
  isRare?: boolean;
  /** Which member must be set for this one to matter. */
  needs?: string;
  otherNames?: string[];
}

/** What an output is configured with. */
export type Config = Record<string, unknown>;

/** Stands for a secret that is stored. */
export const SECRET_KEPT = "***";

export function hasForm(type: string): boolean {
  return type in OUTPUTS;
}

/** What is asked for, each member by the name that the configuration has for it. */
export function membersOf(type: string, config: Config): Member[] {
  return (OUTPUTS[type] ?? []).map((member) => {
    const isThere = (name: string) => config[name] !== undefined && config[name] !== null;
    const other = isThere(member.name) ? undefined : member.otherNames?.find(isThere);
    return other ? { ...member, name: other } : member;
  });
}

export function asText(value: unknown): string {
  if (value === null || value === undefined || value === SECRET_KEPT) return "";
  if (Array.isArray(value)) return value.join("\n");
  return String(value);
}

/** The value of a member as it is sent; undefined leaves it to its default. */
export function asValue(member: Member, text: string): unknown {
  const entered = text.trim();
  if (entered === "") return undefined;
  if (member.kind === "list") return entered.split(/\s*\n\s*/);
  return member.kind === "number" ? Number(entered) : entered;
}
