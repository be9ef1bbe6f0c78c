/** Numbers and times as people read them. All of them take what the API gives. */

const NUMBER = new Intl.NumberFormat("en");
const SHORT = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 3 });
const PERCENT = new Intl.NumberFormat("en", { style: "percent", maximumFractionDigits: 1 });

const BYTE_UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

/** 12,345 */
export function count(value: number | null | undefined): string {
  return value === null || value === undefined ? "–" : NUMBER.format(value);
}

/** 12.3K */
export function short(value: number | null | undefined): string {
  return value === null || value === undefined ? "–" : SHORT.format(value);
}

/** 1.2 GiB */
export function bytes(value: number | null | undefined): string {
  if (value === null || value === undefined) return "–";
  let amount = value;
  let unit = 0;
  while (Math.abs(amount) >= 1024 && unit < BYTE_UNITS.length - 1) {
    amount /= 1024;
    unit++;
  }
  const digits = unit === 0 || amount >= 100 ? 0 : amount >= 10 ? 1 : 2;
  return `${amount.toFixed(digits)} ${BYTE_UNITS[unit]}`;
}

/** 8.4 Mbit/s, of bytes a second */
export function bitRate(bytesPerSecond: number | null | undefined): string {
  if (bytesPerSecond === null || bytesPerSecond === undefined) return "–";
  let amount = bytesPerSecond * 8;
  const units = ["bit/s", "kbit/s", "Mbit/s", "Gbit/s", "Tbit/s"];
  let unit = 0;
  while (amount >= 1000 && unit < units.length - 1) {
    amount /= 1000;
    unit++;
  }
  const isWhole = amount === 0 || amount >= 100 || (unit === 0 && amount >= 10);
  return `${amount.toFixed(isWhole ? 0 : 1)} ${units[unit]}`;
}

/** 42.1 % of a share from 0 to 1 */
export function percent(share: number | null | undefined): string {
  if (share === null || share === undefined) return "–";
  return share > 0 && share < 0.001 ? "<0.1%" : PERCENT.format(share);
}

/** A length of time in seconds: 850 ms, 12 s, 3 min, 2 h 5 min, 4 d 3 h */
export function duration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined) return "–";
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 60) return `${seconds < 10 ? Number(seconds.toFixed(1)) : Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
  const days = Math.floor(hours / 24);
  return hours % 24 ? `${days} d ${hours % 24} h` : `${days} d`;
}

type When = string | number | Date | null | undefined;

function date(when: When): Date | null {
  if (when === null || when === undefined || when === "") return null;
  const parsed = new Date(when);
  return Number.isNaN(parsed.getTime()) ? null : parsed;
}

const TWO: string[] = Array.from({ length: 60 }, (_, i) => String(i).padStart(2, "0"));

/** 2026-11-22 14:30:05, local time */
export function time(when: When): string {
  const at = date(when);
  if (!at) return "–";
  const day = `${at.getFullYear()}-${TWO[at.getMonth() + 1]}-${TWO[at.getDate()]}`;
  return `${day} ${TWO[at.getHours()]}:${TWO[at.getMinutes()]}:${TWO[at.getSeconds()]}`;
}

/** 14:30:05, local time */
export function clock(when: When): string {
  return time(when).slice(-8);
}

/** 3 min ago, in 5 h; just now within a second */
export function ago(when: When, now: number = Date.now()): string {
  const at = date(when);
  if (!at) return "never";
  const seconds = (now - at.getTime()) / 1000;
  if (Math.abs(seconds) < 1) return "just now";
  const length = duration(Math.abs(seconds));
  return seconds > 0 ? `${length} ago` : `in ${length}`;
}
