import { Problem } from "../../api/client";
import { credentials } from "../../lib/session.svelte";

/**
 * Sends a file as a form does, and says how much of it is gone; `fetch` does not tell.
 *
 * @param told from 0 to 1
 * @throws Problem unless it succeeds
 */
export function upload(
  path: string,
  name: string,
  file: File,
  told: (share: number) => void,
): Promise<unknown> {
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    request.open("POST", path);
    request.responseType = "json";
    for (const [header, value] of Object.entries(credentials())) {
      request.setRequestHeader(header, value);
    }
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) told(event.loaded / event.total);
    };
    request.onload = () => {
      if (request.status < 300) done(request.response);
      else failed(Problem.ofBody(request.status, request.response));
    };
    request.onerror = () => failed(Problem.of(null));
    const form = new FormData();
    form.set(name, file);
    request.send(form);
  });
}
