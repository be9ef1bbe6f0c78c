import type { components } from "../../../generated/api";

/** One telling of `/v1/overview/live`. */
export type Overview = components["schemas"]["Overview"];
