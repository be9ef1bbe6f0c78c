// Runs a program in TypeScript: node build/run.js PROGRAM [ARGUMENTS]
import { resolve } from "node:path";
import { runnerImport } from "vite";

const [program = ""] = process.argv.splice(2, 1);
await runnerImport(resolve(program), { configFile: false, logLevel: "warn" });
