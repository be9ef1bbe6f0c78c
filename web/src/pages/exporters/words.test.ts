import { expect, test } from "vitest";
import { type Exporter, health, losses, lossText, samplingText } from "./words";

const WELL: Exporter = {
  id: "192.0.2.1",
  address: "192.0.2.1",
  agent: null,
  ports: [],
  protocols: {},
  domains: [],
  first_seen: "",
  last_seen: "",
  silent: false,
  datagrams: 96,
  octets: 0,
  records: 1000,
  events: 1000,
  templates: 1,
  waiting_sets: 0,
  sampling: [],
  clock_skew: null,
  missing: {},
  gaps: 0,
  restarts: 0,
  duplicates: 0,
  quirks: {},
};

test("silence says more than loss, and loss more than oddities", () => {
  const odd = { ...WELL, quirks: { clock_skew: 3 } };
  const losing = { ...odd, missing: { datagrams: 4 } };

  expect(health(WELL).word).toBe("Healthy");
  expect(health(odd).word).toBe("Odd");
  expect(health(losing).word).toBe("Losing");
  expect(health({ ...losing, silent: true }).word).toBe("Silent");
});

test("data without a template is what an exporter is told to mend", () => {
  expect(health({ ...WELL, events: 0, waiting_sets: 2 }).word).toBe("No template");
});

test("a share is of what was sent, in the unit that is counted", () => {
  const losing = { ...WELL, missing: { datagrams: 4, records: 0 } };

  expect(losses(losing)).toEqual([{ unit: "datagrams", missing: 4, share: 0.04 }]);
  expect(lossText(losing)).toBe("4%");
  expect(lossText({ ...WELL, missing: { samples: 2 } })).toBe("some");
});

test("equal rates of several domains are told once", () => {
  const rate = { rate: 1000, source: "domain" };
  expect(samplingText({ ...WELL, sampling: [rate, { ...rate, domain: 7 }] })).toBe("1:1000");
});
