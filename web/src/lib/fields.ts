import { api, ok } from "../api/client";
import type { FilterField } from "./filter";

/** A field of the filter language, and whether events can be grouped by it. */
export interface EventField extends FilterField {
  groupable: boolean;
  ends: string[];
}

let asked: Promise<EventField[]> | undefined;

/** The fields of the filter language: the same as long as the server runs, so asked for once. */
export function eventFields(): Promise<EventField[]> {
  asked ??= ok(api.GET("/v1/events/fields")).then(
    ({ fields }) => fields,
    (failure: unknown) => {
      asked = undefined;
      throw failure;
    },
  );
  return asked;
}
